/** A memory tracker over a database in memory, in virtual time, and the scans that it tracks. */
import { map, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { memoryHousekeeping, type MemoryHousekeeping } from '../../lib/memory/memory-housekeeping.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { DataStore } from '../../lib/store/data-store.js';
import { trackMemoryOf } from '../../lib/tracker/memory-tracker.js';
import type { TrackerEvent } from '../../lib/tracker/tracker-event.js';
import type { TrackerOptions } from '../../lib/tracker/tracker-options.js';
import { ScriptedScan } from './scripted-scan.js';
import { logSubscriptions, type LoggedDatabase } from './subscription-logs.js';

export interface VirtualTracker {
  readonly server: MemoryServer;
  /** The tracker's ports, to make them fail. */
  readonly memory: MemoryDatabase;
  readonly housekeeping: MemoryHousekeeping;
  readonly database: LoggedDatabase;
  /** For readers. */
  readonly store: DataStore;
  /** The scans of other clients, by number. */
  readonly scan: (n: number) => ScriptedScan;
  /** The tracker's events, each in a word: `started`, `found 1`, `round`, `trimmed 3`, `problem OutOfMemory`, ... */
  readonly track: (options?: TrackerOptions) => Observable<string>;
}

interface Options {
  /** How many bytes the payloads of all streams may take; 100 by default. */
  readonly limit?: number | null;
  readonly latency?: number;
}

export function virtualTracker(scheduler: TestScheduler, { limit = 100, latency = 0 }: Options = {}): VirtualTracker {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server, latency });
  const database = logSubscriptions(memory, scheduler);
  const housekeeping = memoryHousekeeping({ server, limit, latency });
  const scans = new Map<number, ScriptedScan>();
  const scan = (n: number): ScriptedScan => {
    const known = scans.get(n) ?? new ScriptedScan(server, n);
    scans.set(n, known);
    return known;
  };
  const numberOf = (key: string): string => [...scans].flatMap(([n, { key: its }]) => (its === key ? [String(n)] : []))[0] ?? key;
  return {
    server,
    memory,
    housekeeping,
    database,
    store: DataStore.over(memoryDatabase({ server }), { scheduler }),
    scan,
    track: (options = {}) => trackMemoryOf(database, housekeeping, { scheduler, ...options }).pipe(map((event) => inAWord(event, numberOf))),
  };
}

function inAWord(event: TrackerEvent, numberOf: (key: string) => string): string {
  switch (event._tag) {
    case 'scanFound':
      return `found ${numberOf(event.key)}`;
    case 'scanVanished':
      return `gone ${numberOf(event.key)}`;
    case 'scanExpires':
      return `expires ${numberOf(event.key)}`;
    case 'scanDeleted':
      return `deleted ${numberOf(event.key)}`;
    case 'trimmed':
      return `trimmed ${event.entries}`;
    case 'problem':
      return `problem ${event.error._tag}${event.key === undefined ? '' : ` ${numberOf(event.key)}`}`;
    case 'started':
    case 'round':
    case 'nothingToTrim':
      return event._tag;
  }
}
