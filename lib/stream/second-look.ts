/** Where a stream stands, and what lies around an index where no point was found: payloads stay on the server. */
import { map, of, switchMap, tap, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { StreamType } from '../model/stream-type.js';
import { lostItsSeal } from '../reading/known-length.js';
import type { Block, Head } from '../ports/streams.js';
import type { Where } from '../wire/encoding/encoding.js';
import type { ReadableStream } from './readable-stream.js';

/** How many entries to look back for a batch that others were put into, where a point is not found. */
const mostLookBack = 64;

/** How far streams reached when somebody last looked: what lies before need not be looked for with care. */
const reached = new WeakMap<object, number>();

export const whereOf = <T extends StreamType>({ source }: ReadableStream<T>): Where => ({ key: source.key, stream: source.name });

/** Whether the stream is known to have come as far as a point, which may have been trimmed off since. */
export const hasReached = <T extends StreamType>(stream: ReadableStream<T>, index: number): boolean => index < (reached.get(stream) ?? 0);

/** Where the stream stands. Whoever wants to know it within one tick asks once. */
export const headOf = <T extends StreamType>(stream: ReadableStream<T>): Observable<Head | undefined> => {
  const { core, source } = stream;
  return core.sameTick
    .ask(`${source.key} head`, () => core.database.heads([source]))
    .pipe(
      map(([first]) => first),
      tap((found) => hasCome(stream, found)),
    );
};

/** Remembers how far a stream has come. */
export function hasCome<T extends StreamType>(stream: ReadableStream<T>, head: Head | undefined): void {
  reached.set(stream, head?.length ?? 0);
}

export interface SecondLook {
  /** Whether an entry holds the point, which has come since the first look. */
  readonly there: boolean;
  readonly length: number;
  readonly sealed: boolean;
  /** Whether nobody knows how many points there were. */
  readonly sealLost: boolean;
}

/**
 * A point was not found: looks again, knowing how long the stream is. The length is looked up before the entries: what was there
 * then and is missing now has been trimmed off. Errors with `StreamOverlap`.
 *
 * @param head where the stream stands, if somebody has just looked
 */
export function lookAgain<T extends StreamType>(stream: ReadableStream<T>, index: number, head?: Head): Observable<SecondLook> {
  const { core, source } = stream;
  return (head === undefined ? headOf(stream) : of(head)).pipe(
    switchMap((found) =>
      core.database.range(source, { max: index, count: 1 + mostLookBack, reverse: true, bare: true }).pipe(
        map((block) => {
          const there = holds(block, block.firsts.length - 1, index);
          if (!there) requireNoOverlap(block, index, whereOf(stream));
          return { there, length: found?.length ?? 0, sealed: found?.sealed === true, sealLost: lostItsSeal(found) };
        }),
      ),
    ),
  );
}

/** Whether a point lies in an entry. The point that it starts with always does: what is no number of points is for the decoder to complain of. */
export function holds({ firsts, lens }: Block, entry: number, index: number): boolean {
  const first = firsts[entry];
  return first !== undefined && first <= index && (first === index || !(index >= first + (lens[entry] ?? 1)));
}

/** Redis compares the ids of entries only, so a second writer's may start within a batch: then the batch's points after it are not found. */
function requireNoOverlap({ firsts, lens }: Block, index: number, where: Where): void {
  for (let k = 0; k + 1 < firsts.length; k++) {
    const expected = (firsts[k] ?? 0) + (lens[k] ?? 1);
    const found = firsts[k + 1] ?? 0;
    if (found < expected && index < expected) throw blissdataError('StreamOverlap', { ...where, expected, found });
  }
}
