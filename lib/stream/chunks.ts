/** From what the pull core reads to chunks of decoded points. */
import { concat, EMPTY, finalize, map, mergeMap, of, repeat, switchMap, takeWhile, throwError, type Observable } from 'rxjs';
import { pointCount, sliceData } from '../model/chunk-data.js';
import type { BlissdataError } from '../model/errors.js';
import type { Chunk, StreamType } from '../model/stream-type.js';
import { origin, Pull, type Position, type Pulled } from '../polling/pull.js';
import type { StreamSource } from '../polling/stream-source.js';
import { decodeBlock } from '../wire/encoding/decode-block.js';
import type { EncodingOf } from '../wire/encoding/encoding.js';
import { entryId, originId } from '../wire/stream-id.js';
import type { Core } from '../polling/core.js';

/** A stream that can be read: what the pull core needs of it, and how its points are encoded. */
export interface ReadableStream<T extends StreamType> {
  readonly core: Core;
  readonly source: StreamSource;
  readonly encoding: EncodingOf<T>;
}

/** All chunks from `index` on, until the seal. */
export function chunksFrom<T extends StreamType>(stream: ReadableStream<T>, index: number): Observable<Chunk<T>> {
  return startingAt(stream, index).pipe(
    switchMap((position) => {
      const pull = new Pull(stream.core.database, stream.core.hub, stream.source, position);
      return pull.next().pipe(
        repeat(),
        takeWhile((pulled) => !pulled.ended, true),
        mergeMap((pulled) => decoded(stream, pulled)),
        finalize(() => pull.close()),
      );
    }),
    mergeMap((chunk) => withoutBefore(chunk, index)),
    stream.core.untilClosed,
  );
}

/** What a pull amounts to: a chunk, if there were points or any were lost, and what is wrong with the entry that ended them. */
export function decode<T extends StreamType>(stream: ReadableStream<T>, { index, expired, block }: Pulled): { readonly chunk: Chunk<T> | undefined; readonly bad: BlissdataError | null } {
  const { key, name } = stream.source;
  const { data, count, bad } = decodeBlock(stream.encoding, block, { key, stream: name });
  return { chunk: count > 0 || expired > 0 ? { index, expired, data } : undefined, bad };
}

/** The chunk that was pulled; then the error, if not all of it could be decoded. */
function decoded<T extends StreamType>(stream: ReadableStream<T>, pulled: Pulled): Observable<Chunk<T>> {
  const { chunk, bad } = decode(stream, pulled);
  const chunk$ = chunk === undefined ? EMPTY : of(chunk);
  return bad === null ? chunk$ : concat(chunk$, throwError(() => bad));
}

/**
 * Where to begin so that the entry that holds point `index` is read, even if it starts before. Where that entry is not there
 * yet, right after the last one: the next may be a batch that starts before `index`, too.
 */
export function startingAt<T extends StreamType>({ core, source }: ReadableStream<T>, index: number): Observable<Position> {
  if (index === 0) return of(origin);
  return core.database.range(source.key, { max: index, count: 1, reverse: true }).pipe(
    map(({ firsts, lens }) => {
      const first = firsts[0];
      if (first === undefined) return origin;
      const end = first + (lens[0] ?? 1);
      if (end > index) return { index: first, after: `${first}-0`, seen: originId };
      return { index: end, after: entryId(first), seen: entryId(first) };
    }),
  );
}

/** Drops the points before `index`, and a chunk that has no others. */
function withoutBefore<T extends StreamType>(chunk: Chunk<T>, index: number): Observable<Chunk<T>> {
  if (chunk.index >= index) return of(chunk);
  const skipped = index - chunk.index;
  const expired = Math.max(chunk.expired - skipped, 0);
  const data = sliceData<T>(chunk.data, Math.max(skipped - chunk.expired, 0), Infinity);
  return expired > 0 || pointCount(data) > 0 ? of({ index, expired, data }) : EMPTY;
}
