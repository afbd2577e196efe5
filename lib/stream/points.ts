/** The points of a chunk, one by one. */
import { Observable } from 'rxjs';
import { pointCount, valueAt } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { Chunk, Point, StreamType } from '../model/stream-type.js';
import type { StreamSource } from '../polling/stream-source.js';

/** Emits the points synchronously, as `from(array)` would, without an array of them in between. */
export function pointsOf<T extends StreamType>(chunk: Chunk<T>, { key, name }: StreamSource, expired: 'error' | 'skip'): Observable<Point<T>> {
  return new Observable((subscriber) => {
    if (chunk.expired > 0 && expired === 'error') {
      subscriber.error(blissdataError('IndexNoMoreThere', { key, stream: name, index: chunk.index }));
      return;
    }
    const start = chunk.index + chunk.expired;
    const count = pointCount(chunk.data);
    for (let i = 0; i < count && !subscriber.closed; i++) subscriber.next({ index: start + i, value: valueAt<T>(chunk.data, i) });
    subscriber.complete();
  });
}
