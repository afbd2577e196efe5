/** The points that lie in Redis as the stream's own entries: those of every stream that is of no special kind. */
import { defer, map, type Observable } from 'rxjs';
import type { ChunkData, PointValue, StreamType } from '../model/stream-type.js';
import { knownLength } from '../reading/known-length.js';
import { ChunkReader } from './chunk-reader.js';
import type { ReadableStream } from './readable-stream.js';
import type { ReaderOptions } from './reader-options.js';
import { readPoint, readSlice, type SliceBounds } from './random-access.js';
import { hasCome, whereOf } from './second-look.js';
import type { PointReader, StreamPoints } from './stream-points.js';
import type { Where } from '../wire/encoding/encoding.js';

export class EntryPoints<T extends StreamType> implements StreamPoints<T> {
  constructor(private readonly stream: ReadableStream<T>) {}

  get where(): Where {
    return whereOf(this.stream);
  }

  reader(options: ReaderOptions): PointReader<T> {
    return new ChunkReader(this.stream, options);
  }

  length(): Observable<number> {
    const { core, source } = this.stream;
    return defer(() => core.database.heads([source])).pipe(
      map(([head]) => {
        hasCome(this.stream, head);
        return knownLength(head, whereOf(this.stream));
      }),
    );
  }

  at(index: number): Observable<PointValue<T>> {
    return readPoint(this.stream, index);
  }

  slice(bounds: SliceBounds): Observable<ChunkData<T>> {
    return readSlice(this.stream, bounds);
  }
}
