/** Publishes points whose values follow from their indices, and records what is acknowledged. */
import { numeric, type ConnectOptions, type DataStore, type ScanWriter, type StreamWriter, type StreamWriterOptions } from '../../lib/index.js';
import { publishing } from '../scan/publishing.js';
import { Acknowledged, valueAt, valuesFrom } from './records.js';

/** The options of a store that reads a backlog in small pieces. */
export const bitByBit: ConnectOptions = { byteBudget: 1 << 16 };

export class Publisher {
  readonly acknowledged: Acknowledged;

  constructor(
    readonly scan: ScanWriter,
    readonly writer: StreamWriter<'int32'>,
  ) {
    this.acknowledged = new Acknowledged(writer.acknowledged$);
  }

  /** On a scan of its own, started. */
  static async on(store: DataStore, options: StreamWriterOptions = {}): Promise<Publisher> {
    const { scan, writer } = await publishing(store, numeric('int32'), options);
    return new Publisher(scan, writer);
  }

  /** A scan that has ended, with a stream that takes a reader `bitByBit` about six reads. */
  static async ofBacklog(store: DataStore): Promise<Publisher> {
    const publisher = await Publisher.ofOpenBacklog(store);
    await publisher.scan.close();
    return publisher;
  }

  /** The same of a scan that goes on. */
  static async ofOpenBacklog(store: DataStore): Promise<Publisher> {
    const publisher = await Publisher.on(store, { coalesce: false });
    for (let i = 0; i < 250; i++) publisher.send(512);
    await publisher.writer.flush();
    return publisher;
  }

  get key(): string {
    return this.writer.key;
  }

  /** How many points were sent. */
  get sent(): number {
    return this.writer.length;
  }

  /** Sends the next points; false when the next but these should wait. */
  send(count = 1): boolean {
    return this.writer.sendBatch(valuesFrom(this.sent, count));
  }

  /** Sends the next points, and resolves when they are acknowledged. */
  async publish(count = 1): Promise<void> {
    this.send(count);
    await this.writer.flush();
  }

  /** Sends the next points one by one: each is an entry of its own where the writer does not coalesce them. */
  sendSingly(count: number): void {
    for (let i = 0; i < count; i++) this.writer.send(valueAt(this.sent));
  }
}
