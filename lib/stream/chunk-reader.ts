/** Reads a stream chunk by chunk, each when it is asked for. */
import { Observable, type Subscriber } from 'rxjs';
import type { BlissdataError } from '../model/errors.js';
import type { PacedChunk, StreamType } from '../model/stream-type.js';
import { StreamReader, type Ask, type StreamReaderSettings } from '../reading/reader/stream-reader.js';
import type { Pulled } from '../reading/reader/pulled.js';
import type { ReaderStatus } from '../reading/reader/reader-status.js';
import type { ReadableStream } from './readable-stream.js';
import type { ReaderOptions } from './reader-options.js';
import type { PointReader } from './stream-points.js';

export class ChunkReader<T extends StreamType> implements PointReader<T> {
  private readonly pull: StreamReader;
  /** Whether the stream has no more chunks after those that were given. */
  private done = false;
  /** What is wrong with the entry after the last chunk. */
  private bad: BlissdataError | null = null;
  /** How many bytes of payload the last chunk was made of. */
  lastBytes = 0;
  lent: (() => void) | undefined;

  /** @throws InvalidArgument for a credit or a policy that is none. */
  constructor(
    private readonly stream: ReadableStream<T>,
    private readonly options: ReaderOptions & StreamReaderSettings,
  ) {
    this.pull = new StreamReader(stream.core, stream.source, options);
  }

  /** Whether the end of the stream has been seen, and everything before it given. */
  get ended(): boolean {
    return this.done && this.bad === null;
  }

  get status(): ReaderStatus {
    return this.pull.status;
  }

  /** Emits one chunk and completes; completes without one at the end of the stream, and where it is asked not to wait and there is nothing. */
  next(ask?: Ask): Observable<PacedChunk<T>> {
    return new Observable((subscriber) => this.read(subscriber, ask));
  }

  private read(subscriber: Subscriber<PacedChunk<T>>, ask: Ask | undefined): void {
    if (this.bad !== null) return subscriber.error(this.bad);
    if (this.done) {
      // Who was told of the end holds nothing any more, also where a cursor is never closed.
      this.pull.close();
      return subscriber.complete();
    }
    const next = (pulled: Pulled): void => {
      const chunk = this.decoded(pulled);
      if (chunk === undefined) return this.read(subscriber, ask);
      subscriber.next(chunk);
      subscriber.complete();
    };
    let pulled: Pulled | undefined;
    subscriber.add(
      this.pull.next(ask).subscribe({
        next: (value) => {
          pulled = value;
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          if (pulled === undefined) subscriber.complete();
          else next(pulled);
        },
      }),
    );
  }

  close(): void {
    this.pull.close();
  }

  /** The chunk, if there were points or any were lost. */
  private decoded({ index, dropped, expired, block, skip, ended }: Pulled): PacedChunk<T> | undefined {
    const { codec, source } = this.stream;
    const { data, count, bad } = codec.decode(block, { key: source.key, stream: source.name });
    this.bad = bad;
    this.done = ended;
    this.lastBytes = block.bytes.length;
    this.lent = undefined;
    // JSON values have nothing of the memory they were parsed from.
    if (codec.encoding._tag === 'json') this.stream.core.database.recycle(block);
    else if (this.options.lend === true) this.lent = () => this.stream.core.database.recycle(block);
    if (count <= skip && expired === 0 && dropped === 0) return undefined;
    return { index: index + dropped, expired, dropped, data: codec.compact(skip > 0 ? codec.slice(data, skip, Infinity) : data) };
  }
}
