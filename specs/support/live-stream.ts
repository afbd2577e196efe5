/** A stream of JSON values in memory whose calls take no time, for reading with Promises. */
import * as E from 'fp-ts/lib/Either.js';
import { asapScheduler, asyncScheduler, Subject, takeUntil, type SchedulerLike } from 'rxjs';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { blissdataError } from '../../lib/model/errors.js';
import { ScanState } from '../../lib/model/scan-state.js';
import { coreOver, type Core } from '../../lib/reading/core.js';
import type { Key } from '../../lib/ports/keys.js';
import { numeric } from '../../lib/wire/encoding/encoders.js';
import { Stream } from '../../lib/stream/stream.js';
import { jsonEncoding } from '../../lib/wire/encoding/encoding.js';
import { ScriptedScan } from './scripted-scan.js';
import { logSubscriptions, type LoggedDatabase } from './subscription-logs.js';

export interface LiveStream {
  readonly server: MemoryServer;
  /** The ports without the records, to make them fail and to count their calls. */
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  readonly core: Core;
  readonly scan: ScriptedScan;
  readonly key: Key;
  readonly stream: Stream<'json'>;
  /** The same stream, taken as one of bytes, which may come in batches. */
  readonly bytes: Stream<'uint8'>;
  /** Appends a point for each letter. */
  readonly add: (letters: string) => void;
  /** Appends an entry of 600 kB for each letter, of which a read takes one. */
  readonly addBig: (letters: string) => void;
  readonly seal: () => void;
  /** Closes the reader's store. */
  readonly closeStore: () => void;
}

interface Options {
  /** The clock and timers; RxJS' `asyncScheduler` by default. */
  readonly scheduler?: SchedulerLike;
  /** What the reader takes an entry for before it has seen one, in bytes. */
  readonly entryBytes?: number;
}

export function liveStream({ scheduler = asyncScheduler, entryBytes = 8 }: Options = {}): LiveStream {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server });
  const database = logSubscriptions(memory, scheduler);
  const closing = new Subject<never>();
  const core = coreOver(database, { untilClosed: (source$) => source$.pipe(takeUntil(closing)), endOfTick: asapScheduler, scheduler: server.scheduler, bytesPerRead: 1 << 20 });
  const scan = new ScriptedScan(server);
  scan.step(ScanState.CREATED);
  const key = scan.declare('diode');
  const source = { key, name: 'diode', scan: scan.key, stateKey: scan.stateKey, entryBytes };
  return {
    server,
    memory,
    database,
    core,
    scan,
    key,
    stream: new Stream<'json'>(core, source, E.right(jsonEncoding), {}),
    bytes: new Stream<'uint8'>(core, source, E.right(numeric('uint8').encoding), {}),
    add: (letters) => letters.split('').forEach((letter) => scan.append('diode', JSON.stringify(letter))),
    addBig: (letters) => letters.split('').forEach((letter) => scan.append('diode', JSON.stringify(letter.repeat(600_000)))),
    seal: () => scan.seal('diode'),
    closeStore: () => closing.error(blissdataError('StoreClosed', {})),
  };
}

/** Resolves when everything that was due has happened: Promises, the ends of ticks, and timers of no time. */
export const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
