/** The length of a stream, where it can be told. */
import { blissdataError, type BlissdataErrorOf } from '../model/errors.js';
import type { Head } from '../ports/streams.js';
import type { Where } from '../wire/encoding/encoding.js';

/** Whether the seal was trimmed off with everything else: it told how many points there were. */
export const lostItsSeal = (head: Head | undefined): boolean => head?.sealed === true && head.emptied === true;

/** The number of points ever published. Throws `IndexNoMoreThere` where that was trimmed off with everything else. */
export function knownLength(head: Head | undefined, where: Where): number {
  if (head === undefined) return 0;
  if (lostItsSeal(head)) throw sealLost(where, head.length);
  return head.length;
}

/** @param index a point that there was, or may have been */
export const sealLost = ({ key, stream }: Where, index: number): BlissdataErrorOf<'IndexNoMoreThere'> =>
  blissdataError('IndexNoMoreThere', { key, stream, index, hint: 'so has the seal, which told how many points there were' });
