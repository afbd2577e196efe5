/** A cursor of the pull core over a stream in memory, in virtual time, with the subscriptions to its ports on record. */
import { map, mergeMap, type Observable, type OperatorFunction } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { ScanState } from '../../lib/model/scan-state.js';
import { Pull, type Position, type Pulled } from '../../lib/polling/pull.js';
import type { StreamSource } from '../../lib/polling/stream-source.js';
import { WakeHub } from '../../lib/polling/wake-hub.js';
import { textOf } from '../contract/samples.js';
import { ScriptedScan } from './scripted-scan.js';
import { logSubscriptions, type LoggedDatabase } from './subscription-logs.js';

export interface Pulling {
  readonly server: MemoryServer;
  readonly scan: ScriptedScan;
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  readonly source: StreamSource;
  readonly pull: Pull;
}

/** A call takes 4 ms, and the server looks half way. One read takes about 1 MiB, so `entryBytes` decides how many entries it asks for at first. */
export const pulling = (scheduler: TestScheduler, { entryBytes = 8, position }: { readonly entryBytes?: number; readonly position?: Position } = {}): Pulling => {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server, latency: 4 });
  const database = logSubscriptions(memory);
  const scan = new ScriptedScan(server);
  scan.step(ScanState.CREATED);
  const source = { key: scan.declare('diode'), name: 'diode', scanKey: scan.key, stateKey: scan.stateKey, entryBytes };
  return { server, scan, memory, database, source, pull: new Pull(database, new WakeHub(database), source, position) };
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
export const atEach = (demand$: Observable<string>, pull: Pull): Observable<Shown> => demand$.pipe(mergeMap(() => pull.next()), shown);

/** Each letter repeated until only one entry fits into a read. */
export const big: OperatorFunction<string, string> = map((letter) => letter.repeat(600_000));
