/** A cursor of the pull core over a stream in memory, in virtual time, with the subscriptions to its ports on record. */
import { identity, map, mergeMap, type Observable, type OperatorFunction } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { ScanState } from '../../lib/model/scan-state.js';
import { defaultByteBudget } from '../../lib/reading/byte-budget.js';
import { coreOver, type Core, type CoreOptions } from '../../lib/reading/core.js';
import { StreamReader, type StreamReaderOptions } from '../../lib/reading/reader/stream-reader.js';
import type { Pulled } from '../../lib/reading/reader/pulled.js';
import type { StreamSource } from '../../lib/reading/reader/stream-source.js';
import { textOf } from '../contract/samples.js';
import { ScriptedScan } from './scripted-scan.js';
import { logSubscriptions, type LoggedDatabase } from './subscription-logs.js';

export interface Pulling {
  readonly server: MemoryServer;
  readonly scan: ScriptedScan;
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  readonly core: Core;
  readonly source: StreamSource;
  readonly pull: StreamReader;
}

interface Options extends StreamReaderOptions, Pick<CoreOptions, 'byteBudget'> {
  readonly entryBytes?: number;
}

/** A call takes 4 ms, and the server looks half way. One read takes about 1 MiB, so `entryBytes` decides how many entries it asks for at first. */
export const pulling = (scheduler: TestScheduler, { entryBytes = 8, byteBudget = defaultByteBudget, ...options }: Options = {}): Pulling => {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server, latency: 4 });
  const database = logSubscriptions(memory, scheduler);
  const scan = new ScriptedScan(server);
  scan.step(ScanState.CREATED);
  const source = { key: scan.declare('diode'), name: 'diode', scan: scan.key, stateKey: scan.stateKey, entryBytes };
  const core = coreOver(database, { untilClosed: identity, endOfTick: scheduler, scheduler, byteBudget, bytesPerRead: 1 << 20 });
  return { server, scan, memory, database, core, source, pull: new StreamReader(core, source, options) };
};

/** What was pulled, in short. */
export interface Shown {
  readonly index: number;
  readonly expired: number;
  /** The first letter of each entry. */
  readonly entries: string;
  readonly ended: boolean;
}

export const shown: OperatorFunction<Pulled, Shown> = map(({ index, expired, block, ended }) => {
  const payloads = Array.from(block.ends, (end, i) => textOf(block.bytes.subarray(i === 0 ? 0 : block.ends[i - 1], end)));
  return { index, expired, entries: payloads.map((payload) => payload.replace('"', '').charAt(0)).join(''), ended };
});

/** Pulls at every letter of a diagram. */
export const atEach = (demand$: Observable<string>, pull: StreamReader): Observable<Shown> => demand$.pipe(mergeMap(() => pull.next()), shown);

/** Each letter repeated until only one entry fits into a read. */
export const big: OperatorFunction<string, string> = map((letter) => letter.repeat(600_000));
