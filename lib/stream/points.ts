/** The points of a chunk, one by one. */
import type { Subscriber } from 'rxjs';
import { pointCount, pointOf } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { Chunk, Point, StreamType } from '../model/stream-type.js';
import type { StreamSource } from '../reading/reader/stream-source.js';

/** Hands the points on, as long as somebody wants them. Throws `IndexNoMoreThere` if some before them were trimmed off, unless those are to be skipped. */
export function emitPoints<T extends StreamType>(chunk: Chunk<T>, { key, name }: StreamSource, { expired, hint }: { readonly expired: 'error' | 'skip'; readonly hint?: string | undefined }, subscriber: Subscriber<Point<T>>): void {
  if (chunk.expired > 0 && expired === 'error') throw blissdataError('IndexNoMoreThere', { key, stream: name, index: chunk.index, ...(hint === undefined ? {} : { hint }) });
  const start = chunk.index + chunk.expired;
  const count = pointCount(chunk.data);
  for (let i = 0; i < count && !subscriber.closed; i++) subscriber.next({ index: start + i, value: pointOf<T>(chunk.data, i) });
}

/** Hands only the last of the points on. */
export function emitLastPoint<T extends StreamType>({ index, expired, data }: Chunk<T>, subscriber: Subscriber<Point<T>>): void {
  const last = pointCount(data) - 1;
  if (last >= 0) subscriber.next({ index: index + expired + last, value: pointOf<T>(data, last) });
}
