/** Lets a story happen, on a server in memory and in virtual time, and gives its history. */
import { firstValueFrom } from 'rxjs';
import { memoryDatabase, type MemoryDatabase } from '../../../lib/memory/memory-database.js';
import { MemoryServer } from '../../../lib/memory/memory-server.js';
import { isBlissdataError } from '../../../lib/model/errors.js';
import { numeric } from '../../../lib/wire/encoding/encoders.js';
import type { ScanWriter } from '../../../lib/scan/scan-writer.js';
import { DataStore } from '../../../lib/store/data-store.js';
import type { StreamWriter } from '../../../lib/stream/stream-writer.js';
import type { Stream } from '../../../lib/stream/stream.js';
import { SteppedTime } from '../../support/stepped-time.js';
import { held, logSubscriptions, type LoggedDatabase } from '../../support/subscription-logs.js';
import type { Cut } from '../../../lib/memory/connection.js';
import type { History, Request, WriterRecord } from './history.js';
import { Reader } from './reader.js';
import type { Step, Story } from './step.js';
import { StreamWatch, type Saved } from './stream-watch.js';

/** Longer than any fault lasts, and than the longest pause between two attempts after it. */
const longEnough = 30_000;

interface Client {
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  readonly store: DataStore;
}

export interface Aftermath {
  readonly history: History;
  /** What is left when all readers and writers have ended: subscriptions to ports, and what is scheduled. */
  readonly left: { readonly ports: readonly string[]; readonly scheduled: number };
  /** How closing the stores went that did not go well, and requests that nothing came of. */
  readonly unsettled: readonly string[];
}

export async function tell({ latency, coalesce, steps }: Story): Promise<Aftermath> {
  const time = new SteppedTime();
  const server = new MemoryServer({ scheduler: time });
  const writing = client(server, latency.writer);
  const reading = client(server, latency.reader);
  const scan = await time.outcomeOf(writing.store.createScan({ name: 'story', number: 1, data_policy: 'esrf' }), 1000);
  const writer = scan.createStream('values', numeric('int32'), {}, { coalesce });
  await time.outcomeOf(scan.prepare(), 1000);
  const loaded = await time.outcomeOf(firstValueFrom(reading.store.loadScan(scan.key)), 1000);
  const stream = await time.outcomeOf(firstValueFrom(loaded.stream('values', 'int32')), 1000);
  const world = new World(time, server, writing, reading, scan, writer, stream);
  for (const step of steps) {
    world.take(step);
    // Without a wait between them, steps happen in the same moment.
    if (step._ === 'wait') await time.advance(step.ms);
  }
  world.endFaults();
  await time.advance(longEnough);
  return await world.end();
}

function client(server: MemoryServer, latency: number): Client {
  const memory = memoryDatabase({ server, latency });
  const database = logSubscriptions(memory, server.scheduler);
  return { memory, database, store: DataStore.over(database, { scheduler: server.scheduler, retry: { random: () => 0 } }) };
}

class World {
  private readonly watch: StreamWatch;
  private readonly record: WriterRecord = { sent: [], sends: [], acknowledged: [], end: undefined, requests: [] };
  private readonly readers: Reader[] = [];
  private saved: Saved;
  private nextForeign = 1_000_000;
  private readonly pending = new Set<string>();

  constructor(
    private readonly time: SteppedTime,
    private readonly server: MemoryServer,
    private readonly writing: Client,
    private readonly reading: Client,
    private readonly scan: ScanWriter,
    private readonly writer: StreamWriter<'int32'>,
    private readonly stream: Stream<'int32'>,
  ) {
    this.watch = new StreamWatch(server, writer.key, scan.key);
    this.saved = this.watch.save();
    writer.acknowledged$.subscribe({
      next: (count) => this.record.acknowledged.push({ at: time.now(), count }),
      error: (error: unknown) => (this.record.end = { at: time.now(), error }),
      complete: () => (this.record.end = { at: time.now() }),
    });
  }

  take(step: Step): void {
    this.watch.look();
    const { server, watch, writer } = this;
    switch (step._) {
      case 'wait':
        return;
      case 'send':
        return this.send(step.points, (values) => values.forEach((value) => writer.send(value)));
      case 'sendBatch':
        return this.send(step.points, (values) => writer.sendBatch(values));
      case 'flush':
        return this.ask('flush', writer.flush().then(() => undefined));
      case 'seal':
        return this.ask('seal', writer.seal());
      case 'subscribe':
        this.readers.push(new Reader(this.stream, this.time, step.reading, step.from));
        return;
      case 'unsubscribe':
        this.readers[step.nth]?.leave();
        return;
      case 'cut':
        return this.client(step.side).memory.cut(lossOf(step));
      case 'cutDuring':
        return this.client(step.side).memory.cutDuring(step.method, lossOf(step));
      case 'restart':
        return server.restart({ away: step.away, ...(step.lost === undefined ? {} : { lost: step.lost }) });
      case 'pause':
        return server.pause(step.ms);
      case 'outOfMemory':
        return server.runOutOfMemory(step.ms);
      case 'trim': {
        const { entries } = watch.present;
        return server.trim(writer.key, entries[entries.length - step.keep]?.first ?? (step.keep === 0 ? Infinity : 0));
      }
      case 'save':
        this.saved = watch.save();
        return;
      case 'restore':
        server.restart({ away: step.away, data: this.saved.data });
        return watch.restored(this.saved);
      case 'flushAll':
        return server.flush();
      case 'deleteKey':
        server.delete(writer.key);
        return;
      case 'deleteScan':
        return this.expect('deleteScan', this.writing.store.deleteScan(this.scan.key, { force: true }));
      case 'secondWriter':
        return this.writeAsAnother(step.points, step.inside);
    }
  }

  /** From now on nothing goes wrong any more that did not go wrong before. */
  endFaults(): void {
    this.server.runOutOfMemory(0);
    this.server.pause(0);
  }

  /** Everybody leaves. */
  async end(): Promise<Aftermath> {
    const { time, watch, writing, reading } = this;
    watch.look();
    const endedAt = time.now();
    const unsettled = [...this.pending, ...this.record.requests.filter(({ settled }) => settled === undefined).map(({ what }) => what)];
    const readers = this.readers.map(({ record }) => ({ ...record, told: [...record.told] }));
    const writer = { ...this.record, acknowledged: [...this.record.acknowledged] };
    for (const reader of this.readers) reader.leave();
    watch.stop();
    // Looked at before closing, which ends whatever is left.
    const ports = [...held(writing.database), ...held(reading.database)];
    for (const { store } of [writing, reading]) this.expect('close', store.close());
    await time.advance(longEnough);
    unsettled.push(...this.pending);
    for (const { record, told } of this.readers.map(({ record: after }, i) => ({ record: after, told: readers[i]?.told }))) {
      if (record.told.length !== told?.length) unsettled.push(`${record.reading} went on after it had been left`);
    }
    const history = { versions: watch.versions, scan: watch.scanChanges, writer, readers, endedAt };
    return { history, left: { ports: [...ports, ...held(writing.database), ...held(reading.database)], scheduled: time.scheduled }, unsettled };
  }

  private client(side: 'writer' | 'reader'): Client {
    return side === 'writer' ? this.writing : this.reading;
  }

  private send(points: number, send: (values: readonly number[]) => void): void {
    const { sent, sends } = this.record;
    const values = Array.from({ length: points }, (_, i) => 100 * (sent.length + i) + 1);
    try {
      send(values);
      sent.push(...values);
      sends.push({ at: this.time.now(), length: sent.length });
    } catch (error) {
      // A writer that has failed, or is sealed, says so.
      if (this.record.end === undefined && !this.record.requests.some(({ what }) => what === 'seal')) throw error;
    }
  }

  private ask(what: Request['what'], answer: Promise<number | undefined>): void {
    const request: Request = { what, at: this.time.now(), sent: this.record.sent.length, settled: undefined };
    this.record.requests.push(request);
    answer.then(
      (length) => (request.settled = { at: this.time.now(), ...(length === undefined ? {} : { length }) }),
      (error: unknown) => (request.settled = { at: this.time.now(), error }),
    );
  }

  private expect(what: string, promise: Promise<unknown>): void {
    this.pending.add(what);
    const settled = (): void => void this.pending.delete(what);
    promise.then(settled, (error: unknown) => {
      settled();
      if (!isBlissdataError(error) || error.retriable) this.pending.add(`${what} gave up: ${String(error)}`);
    });
  }

  private writeAsAnother(points: number, inside: boolean): void {
    const { server, watch, writer } = this;
    const last = watch.present.entries.at(-1);
    // A stream that was deleted and begun anew, with as many entries as there were, differs from the first only if all of it is read again.
    if (watch.present.sealed !== undefined || watch.life.after === 'deletion') return;
    const isInside = inside && last !== undefined && last.values.length > 1;
    const index = isInside ? last.first + 1 : watch.length;
    watch.life.foreignSince ??= this.time.now();
    if (isInside) watch.life.overlapAt ??= index;
    const payload = new Uint8Array(4 * points);
    for (let i = 0; i < points; i++) new DataView(payload.buffer).setInt32(4 * i, this.nextForeign++, true);
    server.putEntry(writer.key, { index, len: points, payload });
    // A stream that was not there has begun a new life.
    watch.life.foreignSince ??= this.time.now();
  }
}

const lossOf = ({ lost, away }: Cut): Cut => (lost === undefined ? { away: away ?? 0 } : { away: away ?? 0, lost });

