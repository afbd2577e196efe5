/** Publishes scans, several at a time, and journals what is acknowledged. */
import type { DataStore, ScanWriter, StreamWriter, StreamType } from '../../../lib/index.js';
import type { Random } from '../../redis/random.js';
import { kindsOf, type Kind } from './kinds.js';
import { pause, pauseUntil } from './pause.js';

/** What was sent of a stream, and what was acknowledged. */
export interface PublishedStream {
  readonly name: string;
  readonly key: string;
  /** How many points were sent. */
  sent: number;
  /** How many were acknowledged, and when, in ms. */
  readonly acknowledged: { readonly at: number; readonly points: number }[];
  readonly saidByEntry: Kind['saidByEntry'];
}

export interface PublishedScan {
  readonly number: number;
  readonly key: string;
  readonly streams: readonly PublishedStream[];
  /** What went wrong, if something did. */
  failure: unknown;
}

export class Publisher {
  /** In the order in which they were created. */
  readonly scans: PublishedScan[] = [];
  private readonly under: Promise<void>[] = [];

  constructor(
    private readonly store: DataStore,
    private readonly random: Random,
  ) {}

  /** A new scan every second or two, each for a few seconds, until stopped. Resolves when all have ended; rejects if none can be created. */
  async run(stop: AbortSignal): Promise<void> {
    for (let number = 0; !stop.aborted; number++) {
      await this.begin(number, stop, 1000 + this.random.upTo(4000));
      await pauseUntil(stop, 800 + this.random.upTo(1500));
    }
    await Promise.all(this.under);
  }

  /** One scan, until stopped. */
  async one(stop: AbortSignal): Promise<void> {
    await this.begin(0, stop, Infinity);
    await Promise.all(this.under);
  }

  private async begin(number: number, stop: AbortSignal, life: number): Promise<void> {
    const { random } = this;
    const scan = await this.store.createScan({ name: 'chaos', number, data_policy: 'ESRF' });
    const streams: PublishedStream[] = [];
    const published: PublishedScan = { number, key: scan.key, streams, failure: undefined };
    this.scans.push(published);
    const end = performance.now() + life;
    const work: (() => Promise<void>)[] = [];
    kindsOf(number)((kind) => {
      const writer = scan.createStream(kind.name, kind.encoder, {}, { coalesce: random.chance(0.7), ...(random.chance(0.5) ? { highWaterMark: 1 << 16 } : {}) });
      const stream = recorded(writer, kind);
      streams.push(stream);
      work.push(() => this.publish(writer, kind, stream, () => stop.aborted || performance.now() > end));
    });
    this.under.push(
      this.publishAll(scan, work).catch((error: unknown) => {
        published.failure = error;
      }),
    );
  }

  private async publishAll(scan: ScanWriter, work: readonly (() => Promise<void>)[]): Promise<void> {
    try {
      await scan.prepare();
      await scan.start();
      await Promise.all(work.map((publish) => publish()));
      await scan.stop();
    } finally {
      await scan.close();
    }
  }

  private async publish<T extends StreamType>(writer: StreamWriter<T>, { batch, pace }: Kind<T>, stream: PublishedStream, isOver: () => boolean): Promise<void> {
    const { random } = this;
    do {
      const count = random.chance(0.5) ? 1 : random.upTo(pace.batch);
      const hasRoom = writer.sendBatch(batch(stream.sent, count));
      stream.sent += count;
      if (!hasRoom) await writer.ready();
      if (random.chance(0.02)) await this.flush(writer, stream);
      await pause(random.upTo(pace.pause));
    } while (!isOver());
  }

  /** Flushing is a promise of its own, of what was sent before. */
  private async flush(writer: StreamWriter, stream: PublishedStream): Promise<void> {
    const { sent } = stream;
    await writer.flush();
    stream.acknowledged.push({ at: performance.now(), points: sent });
  }
}

function recorded<T extends StreamType>(writer: StreamWriter<T>, { saidByEntry }: Kind<T>): PublishedStream {
  const stream: PublishedStream = { name: writer.name, key: writer.key, sent: 0, acknowledged: [], saidByEntry };
  // How it ends, the writer's own promises say.
  writer.acknowledged$.subscribe({ next: (points) => stream.acknowledged.push({ at: performance.now(), points }), error: () => undefined });
  return stream;
}
