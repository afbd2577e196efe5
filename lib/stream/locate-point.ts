/** How far a stream has come, and whether any of its entries holds a point. Payloads stay on the server. */
import { map, of, switchMap, tap, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { StreamType } from '../model/stream-type.js';
import type { Block, Head } from '../ports/streams.js';
import { lostItsSeal } from '../reading/known-length.js';
import { whereOf, type ReadableStream } from '../reading/reader/stream-source.js';
import type { Where } from '../wire/encoding/encoding.js';

/** How many entries before a point are searched for a batch that contains it, in case others were put into the batch. */
const mostSearched = 64;

/** The length of each stream when it was last read: points before it need no check. */
const lastLengths = new WeakMap<object, number>();

/** Whether the stream is known to have reached a point, which may have been trimmed off since. */
export const hasReached = <T extends StreamType>(stream: ReadableStream<T>, index: number): boolean => index < (lastLengths.get(stream) ?? 0);

export function rememberLength<T extends StreamType>(stream: ReadableStream<T>, head: Head | undefined): void {
  lastLengths.set(stream, head?.length ?? 0);
}

/** Where the stream stands: one request for all that is read within one tick. */
export const headOf = <T extends StreamType>(stream: ReadableStream<T>): Observable<Head | undefined> => {
  const { core, source } = stream;
  return core.sameTick
    .share(`${source.key} head`, () => core.database.heads([source]))
    .pipe(
      map(([head]) => head),
      tap((head) => rememberLength(stream, head)),
    );
};

export interface PointLocation {
  /** Whether an entry holds the point. */
  readonly exists: boolean;
  readonly length: number;
  readonly sealed: boolean;
  /** Whether `length` is not known, since the seal was trimmed off. */
  readonly sealLost: boolean;
}

/**
 * Finds out why a point was not found. The length is read before the entries: what existed then and is missing now was trimmed off.
 * Errors with `StreamOverlap`.
 *
 * @param head where the stream stands, if that was just read
 */
export function locatePoint<T extends StreamType>(stream: ReadableStream<T>, index: number, head?: Head): Observable<PointLocation> {
  const { core, source } = stream;
  return (head === undefined ? headOf(stream) : of(head)).pipe(
    switchMap((present) =>
      core.database.range(source, { max: index, count: 1 + mostSearched, reverse: true, bare: true }).pipe(
        map((block) => {
          const exists = holds(block, block.firsts.length - 1, index);
          if (!exists) requireNoOverlap(block, index, whereOf(source));
          return { exists, length: present?.length ?? 0, sealed: present?.sealed === true, sealLost: lostItsSeal(present) };
        }),
      ),
    ),
  );
}

/** Whether an entry holds a point: its first one in any case, for it is the decoder that checks the number of points. */
export function holds({ firsts, lens }: Block, entry: number, index: number): boolean {
  const first = firsts[entry];
  return first !== undefined && first <= index && (first === index || !(index >= first + (lens[entry] ?? 1)));
}

/** Redis compares only the ids of entries, so those of a second writer may start within a batch, and hide the batch's points after them. */
function requireNoOverlap({ firsts, lens }: Block, index: number, where: Where): void {
  for (let k = 0; k + 1 < firsts.length; k++) {
    const expected = (firsts[k] ?? 0) + (lens[k] ?? 1);
    const found = firsts[k + 1] ?? 0;
    if (found < expected && index < expected) throw blissdataError('StreamOverlap', { ...where, expected, found });
  }
}
