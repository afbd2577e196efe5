/** From what the pull core reads to chunks of decoded points. */
import { concat, finalize, from, mergeMap, of, repeat, switchMap, takeWhile, throwError, type Observable } from 'rxjs';
import { sliceData } from '../model/chunk-data.js';
import type { Chunk, StreamType } from '../model/stream-type.js';
import { origin, Pull, type Position, type Pulled } from '../polling/pull.js';
import type { StreamSource } from '../polling/stream-source.js';
import { decodeBlock } from '../wire/encoding/decode-block.js';
import type { EncodingOf } from '../wire/encoding/encoding.js';
import { originId } from '../wire/stream-id.js';
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

/** The chunk that was pulled; then the error, if not all of it could be decoded. */
export function decoded<T extends StreamType>(stream: ReadableStream<T>, { index, expired, block }: Pulled): Observable<Chunk<T>> {
  const { key, name } = stream.source;
  const { data, count, bad } = decodeBlock(stream.encoding, block, { key, stream: name });
  const chunk$: Observable<Chunk<T>> = count > 0 || expired > 0 ? of({ index, expired, data }) : from([]);
  return bad === null ? chunk$ : concat(chunk$, throwError(() => bad));
}

/** Where to begin so that the entry that holds point `index` is read, even if it starts before. */
export function startingAt<T extends StreamType>({ core, source }: ReadableStream<T>, index: number): Observable<Position> {
  if (index === 0) return of(origin);
  return core.database.range(source.key, { max: index, count: 1, reverse: true }).pipe(
    switchMap(({ firsts, lens }) => {
      const first = firsts[0];
      const start = first !== undefined && first + (lens[0] ?? 1) > index ? first : index;
      return of({ index: start, after: `${start}-0`, seen: originId });
    }),
  );
}

/** Drops the points before `index` of a batch that began earlier. */
function withoutBefore<T extends StreamType>(chunk: Chunk<T>, index: number): Observable<Chunk<T>> {
  if (chunk.index >= index) return of(chunk);
  const skipped = index - chunk.index;
  return of({ index, expired: Math.max(chunk.expired - skipped, 0), data: sliceData<T>(chunk.data, Math.max(skipped - chunk.expired, 0), Infinity) });
}
