/** A stream of JSON values in memory, in virtual time: its publisher, its reader, and the subscriptions to the reader's ports. */
import { expect } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import { map, NEVER, takeUntil, timer, type Observable, type OperatorFunction } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { ScanState } from '../../lib/model/scan-state.js';
import { isNdArrayData } from '../../lib/model/chunk-data.js';
import type { Chunk, PacedChunk, Point } from '../../lib/model/stream-type.js';
import { defaultByteBudget } from '../../lib/reading/byte-budget.js';
import { coreOver, type CoreOptions } from '../../lib/reading/core.js';
import { retryingDatabase } from '../../lib/retry/middleware.js';
import { Retries } from '../../lib/retry/retries.js';
import { retryPolicy, type RetryOptions } from '../../lib/retry/policy.js';
import type { Database } from '../../lib/ports/database.js';
import type { Key } from '../../lib/ports/keys.js';
import { numeric } from '../../lib/wire/encoding/encoders.js';
import { AppendScheduler } from '../../lib/stream/append-scheduler.js';
import { PendingWrites, type WritingCore } from '../../lib/stream/pending-writes.js';
import { StreamWriter, type StreamWriterOptions } from '../../lib/stream/stream-writer.js';
import { Stream } from '../../lib/stream/stream.js';
import { codecOf } from '../../lib/wire/encoding/codec.js';
import { jsonEncoding } from '../../lib/wire/encoding/encoding.js';
import { ScriptedScan } from './scripted-scan.js';
import { held, logSubscriptions, type LoggedDatabase } from './subscription-logs.js';

export interface VirtualStream {
  readonly server: MemoryServer;
  /** The ports without the records, to make them fail. */
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  readonly core: WritingCore;
  readonly scan: ScriptedScan;
  readonly key: Key;
  readonly stream: Stream<'json'>;
  /** The same stream, taken as one of bytes, which may come in batches. */
  readonly bytes: Stream<'uint8'>;
  /** A writer of the reader's own database, for a stream without other writers. */
  readonly writer: StreamWriter<'json'>;
  /** The publisher appends each value as an entry; completion seals the stream, an error deletes the scan. */
  readonly publish: (values$: Observable<string>) => void;
}

interface Options extends Pick<CoreOptions, 'byteBudget'> {
  /** How long a call takes; 0 by default, so that what is read stands right below what is published. */
  readonly latency?: number;
  /** When this errors, the reader's store is closed. */
  readonly closed$?: Observable<never>;
  /** What the reader takes an entry for before it has seen one, in bytes. */
  readonly entryBytes?: number;
  /** When what fails is tried again; never by default. */
  readonly retry?: RetryOptions;
  /** What stands between the reader or the writer and the database, for faults. */
  readonly fault?: (database: Database) => Database;
  readonly writer?: StreamWriterOptions;
}

export function virtualStream(scheduler: TestScheduler, options: Options = {}): VirtualStream {
  const { latency = 0, closed$ = NEVER, entryBytes = 8, byteBudget = defaultByteBudget, retry = false, fault = (database: Database): Database => database } = options;
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server, latency });
  const database = logSubscriptions(fault(memory), scheduler);
  const retries = new Retries(retryPolicy(retry), scheduler, { waitForServer: true });
  const reading = coreOver(retryingDatabase(database, retries), { untilClosed: (source$) => source$.pipe(takeUntil(closed$)), endOfTick: scheduler, scheduler, byteBudget, bytesPerRead: 1 << 20 });
  const core = { ...reading, retries, pendingWrites: new PendingWrites(), appends: new AppendScheduler(reading.database, scheduler) };
  const scan = new ScriptedScan(server);
  scan.step(ScanState.CREATED);
  const key = scan.declare('diode');
  const source = { key, name: 'diode', scan: scan.key, stateKey: scan.stateKey, entryBytes };
  const stream = new Stream<'json'>(core, source, E.right(jsonEncoding), {});
  const bytes = new Stream<'uint8'>(core, source, E.right(numeric('uint8').encoding), {});
  const writer = new StreamWriter<'json'>(core, source, codecOf(jsonEncoding), options.writer);
  return { server, memory, database, core, scan, key, stream, bytes, writer, publish: (values$) => scan.publish(values$, 'diode') };
}

/** Checks that every reader has ended: no subscription, no reader, no bytes are held. */
export function nothingIsHeld({ database, core }: VirtualStream): void {
  expect(held(database)).toEqual([]);
  expect(core.readers.size).toBe(0);
  expect(core.budget.used).toBe(0);
}

/** A point by its value, which is a letter: `a` of `abc` has the index 0. */
export const letters: OperatorFunction<Point<'json'>, string> = map(({ index, value }) => {
  if (value !== String.fromCharCode('a'.charCodeAt(0) + index)) throw new Error(`point ${index} is ${JSON.stringify(value)}`);
  return value;
});

/** A chunk by the letters of its points, after as many dots as points were trimmed off before them. */
export const words: OperatorFunction<Chunk<'json'>, string> = map(({ expired, data }) => '.'.repeat(expired) + data.map((value) => (typeof value === 'string' ? value : '?')).join(''));

/** A chunk in short. */
export interface ChunkSummary {
  readonly index: number;
  readonly dropped: number;
  readonly expired: number;
  /** The first letter of each point. */
  readonly points: string;
}

export const summaryOf = ({ index, dropped, expired, data }: PacedChunk<'json' | 'uint8'>): ChunkSummary => {
  const points = isNdArrayData(data) ? String.fromCharCode(...data.data) : data.map((value) => (typeof value === 'string' ? value.charAt(0) : '?')).join('');
  return { index, dropped, expired, points };
};

/** Work that takes so many ms, and then emits what it got. */
export const working =
  (ms: number) =>
  (chunk: PacedChunk<'json' | 'uint8'>): Observable<ChunkSummary> =>
    timer(ms).pipe(map(() => summaryOf(chunk)));
