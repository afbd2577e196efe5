/** The length of a stream, if it can be known. */
import { blissdataError, type BlissdataErrorOf } from '../model/errors.js';
import type { Head } from '../ports/streams.js';
import type { Where } from '../wire/encoding/encoding.js';

/** Whether the seal, which holds the number of points, was trimmed off with everything else. */
export const lostItsSeal = (head: Head | undefined): boolean => head?.sealed === true && head.emptied === true;

/** The number of points ever published. Throws `IndexNoMoreThere` if the seal was trimmed off. */
export function knownLength(head: Head | undefined, where: Where): number {
  if (head === undefined) return 0;
  if (lostItsSeal(head)) throw sealLost(where, head.length);
  return head.length;
}

/** @param index a point that exists, or may have existed */
export const sealLost = ({ key, stream }: Where, index: number): BlissdataErrorOf<'IndexNoMoreThere'> =>
  blissdataError('IndexNoMoreThere', { key, stream, index, hint: 'so has the seal, which told how many points there were' });
