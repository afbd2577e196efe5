/** The points that lie in Redis as the stream's own entries: those of every stream without a special kind. */
import { defer, map, Observable, Subscription, type Unsubscribable } from 'rxjs';
import type { BlissdataError } from '../model/errors.js';
import type { ChunkData, PacedChunk, PointValue, StreamType } from '../model/stream-type.js';
import { knownLength } from '../reading/known-length.js';
import type { ChunkConsumer, NextOptions } from '../reading/reader/demand.js';
import type { EncodedChunk } from '../reading/reader/encoded-chunk.js';
import type { ReaderOptions } from '../reading/reader/reader-options.js';
import type { ReaderStatus } from '../reading/reader-status.js';
import { StreamReader, type StreamReaderOptions } from '../reading/reader/stream-reader.js';
import { whereOf, type ReadableStream } from '../reading/reader/stream-source.js';
import type { Where } from '../wire/encoding/encoding.js';
import { rememberLength } from './locate-point.js';
import { readPoint, readSlice, type SliceBounds } from './random-access.js';
import type { ChunkTaker, PointReader, StreamPoints } from './stream-points.js';

export class EntryPoints<T extends StreamType> implements StreamPoints<T> {
  constructor(private readonly stream: ReadableStream<T>) {}

  get where(): Where {
    return whereOf(this.stream.source);
  }

  reader(options: ReaderOptions): PointReader<T> {
    return new ChunkReader(this.stream, options);
  }

  length(): Observable<number> {
    const { core, source } = this.stream;
    return defer(() => core.database.heads([source])).pipe(
      map(([head]) => {
        rememberLength(this.stream, head);
        return knownLength(head, this.where);
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

/** Decodes what a {@link StreamReader} gets. */
export class ChunkReader<T extends StreamType> implements PointReader<T> {
  private readonly reader: StreamReader;
  /** Whether the stream has no chunks after those that were delivered. */
  private done = false;
  /** What is wrong with the entry after the last chunk. */
  private bad: BlissdataError | null = null;
  lastBytes = 0;
  lent: (() => void) | undefined;

  /** @throws InvalidArgument for an invalid index, credit or policy. */
  constructor(
    private readonly stream: ReadableStream<T>,
    private readonly options: ReaderOptions & StreamReaderOptions,
  ) {
    this.reader = new StreamReader(stream.core, stream.source, options);
  }

  get ended(): boolean {
    return this.done && this.bad === null;
  }

  get status(): ReaderStatus {
    return this.reader.status;
  }

  next(options: NextOptions = {}): Observable<PacedChunk<T>> {
    return new Observable((subscriber) =>
      this.demand(options, {
        chunk: (chunk) => {
          subscriber.next(chunk);
          subscriber.complete();
        },
        none: () => subscriber.complete(),
        error: (error) => subscriber.error(error),
      }),
    );
  }

  demand(options: NextOptions, taker: ChunkTaker<T>): Unsubscribable {
    if (this.bad !== null) taker.error(this.bad);
    else if (this.done) {
      // After the end nothing is held any more, even if a cursor is never closed.
      this.reader.close();
      taker.none();
    } else {
      const demand = new ChunkDemand(this, this.reader, options, taker);
      demand.begin();
      return demand;
    }
    return Subscription.EMPTY;
  }

  close(): void {
    this.reader.close();
  }

  /** @internal The chunk, unless it has no points and reports none lost. */
  decoded({ index, dropped, expired, block, skip, ended }: EncodedChunk): PacedChunk<T> | undefined {
    const { codec, source, core } = this.stream;
    const { data, count, bad } = codec.decode(block, whereOf(source));
    this.bad = bad;
    this.done = ended;
    this.lastBytes = block.bytes.length;
    this.lent = undefined;
    // JSON values share no memory with what they were parsed from.
    if (codec.encoding._tag === 'json') core.database.recycle(block);
    else if (this.options.lend === true) this.lent = () => core.database.recycle(block);
    if (count <= skip && expired === 0 && dropped === 0) return undefined;
    return { index: index + dropped, expired, dropped, data: codec.compact(skip > 0 ? codec.slice(data, skip, Infinity) : data) };
  }
}

/** A demand of a {@link ChunkReader}, which takes further reads where one brings nothing to tell. */
class ChunkDemand<T extends StreamType> implements ChunkConsumer, Unsubscribable {
  private demand: Unsubscribable | undefined;
  private further: Unsubscribable | undefined;

  constructor(
    private readonly chunks: ChunkReader<T>,
    private readonly reader: StreamReader,
    private readonly options: NextOptions,
    private readonly taker: ChunkTaker<T>,
  ) {}

  begin(): void {
    this.demand = this.reader.next(this.options, this);
  }

  unsubscribe(): void {
    this.demand?.unsubscribe();
    this.further?.unsubscribe();
  }

  next(encoded: EncodedChunk): void {
    let chunk: PacedChunk<T> | undefined;
    try {
      chunk = this.chunks.decoded(encoded);
    } catch (error) {
      this.taker.error(error);
      return;
    }
    if (chunk === undefined) this.further = this.chunks.demand(this.options, this.taker);
    else this.taker.chunk(chunk);
  }

  nothing(): void {
    this.taker.none();
  }

  error(error: unknown): void {
    this.taker.error(error);
  }
}
