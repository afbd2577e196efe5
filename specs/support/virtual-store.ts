/** A store over a database in memory, in virtual time, with the subscriptions to its ports on record. */
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { DataStore } from '../../lib/store/data-store.js';
import { ScriptedScan } from './scripted-scan.js';
import { logSubscriptions, type LoggedDatabase } from './subscription-logs.js';

export interface VirtualStore {
  readonly server: MemoryServer;
  /** The ports without the records, to make them fail. */
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  readonly store: DataStore;
  /** A scan of the server, by another client. */
  readonly scan: ScriptedScan;
}

/** By default a call takes no time: what a reader sees stands right below what a publisher did. */
export function virtualStore(scheduler: TestScheduler, latency = 0): VirtualStore {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server, latency });
  const database = logSubscriptions(memory, scheduler);
  return { server, memory, database, store: DataStore.over(database, { scheduler }), scan: new ScriptedScan(server) };
}
