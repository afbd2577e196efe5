/** A reader of a stream in memory, in virtual time, with the subscriptions to its ports on record. */
import { identity, map, mergeMap, Observable, type OperatorFunction } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { ScanState } from '../../lib/model/scan-state.js';
import { defaultByteBudget } from '../../lib/reading/byte-budget.js';
import { coreOver, type Core, type CoreOptions } from '../../lib/reading/core.js';
import type { NextOptions } from '../../lib/reading/reader/demand.js';
import type { EncodedChunk } from '../../lib/reading/reader/encoded-chunk.js';
import type { ReaderStatus } from '../../lib/reading/reader-status.js';
import { StreamReader, type StreamReaderOptions } from '../../lib/reading/reader/stream-reader.js';
import type { Database } from '../../lib/ports/database.js';
import type { Block, ReadRequest } from '../../lib/ports/streams.js';
import type { StreamSource } from '../../lib/reading/reader/stream-source.js';
import { textOf } from '../contract/samples.js';
import { ScriptedScan } from './scripted-scan.js';
import { logSubscriptions, type LoggedDatabase } from './subscription-logs.js';

/** A reader whose chunks are Observables. */
export class DemandReader {
  constructor(private readonly reader: StreamReader) {}

  next(options: NextOptions = {}): Observable<EncodedChunk> {
    return new Observable((subscriber) =>
      this.reader.next(options, {
        next: (chunk) => {
          subscriber.next(chunk);
          subscriber.complete();
        },
        nothing: () => subscriber.complete(),
        error: (error) => subscriber.error(error),
      }),
    );
  }

  get status(): ReaderStatus {
    return this.reader.status;
  }

  close(): void {
    this.reader.close();
  }
}

export interface OneReader {
  readonly server: MemoryServer;
  readonly scan: ScriptedScan;
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  /** What was requested by `read`. */
  readonly requests: readonly ReadRequest[];
  readonly core: Core;
  readonly source: StreamSource;
  readonly reader: DemandReader;
}

interface Options extends StreamReaderOptions, Pick<CoreOptions, 'byteBudget'> {
  readonly entryBytes?: number;
  /** What becomes of each block on its way to the reader. */
  readonly change?: (block: Block) => Block;
}

/** A call takes 4 ms, and the server looks half way. One read takes about 1 MiB, so `entryBytes` decides how many entries it asks for at first. */
export const oneReader = (scheduler: TestScheduler, { entryBytes = 8, byteBudget = defaultByteBudget, change = identity, ...options }: Options = {}): OneReader => {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server, latency: 4 });
  const database = logSubscriptions(memory, scheduler);
  const scan = new ScriptedScan(server);
  scan.step(ScanState.CREATED);
  const source = { key: scan.declare('diode'), name: 'diode', scan: scan.key, stateKey: scan.stateKey, entryBytes };
  const requests: ReadRequest[] = [];
  const read: Database['read'] = (batch) => {
    requests.push(...batch);
    return database.read(batch).pipe(map((blocks) => blocks.map(change)));
  };
  const core = coreOver({ ...database, read }, { untilClosed: identity, endOfTick: scheduler, scheduler, byteBudget, bytesPerRead: 1 << 20 });
  return { server, scan, memory, database, requests, core, source, reader: new DemandReader(new StreamReader(core, source, options)) };
};

/** A chunk, in short. */
export interface Shown {
  readonly index: number;
  readonly expired: number;
  /** The first letter of each entry. */
  readonly entries: string;
  readonly ended: boolean;
}

export const shown: OperatorFunction<EncodedChunk, Shown> = map(({ index, expired, block, ended }) => {
  const payloads = Array.from(block.ends, (end, i) => textOf(block.bytes.subarray(i === 0 ? 0 : block.ends[i - 1], end)));
  return { index, expired, entries: payloads.map((payload) => payload.replace('"', '').charAt(0)).join(''), ended };
});

/** Demands a chunk at every letter of a diagram. */
export const atEach = (demand$: Observable<string>, reader: DemandReader): Observable<Shown> => demand$.pipe(mergeMap(() => reader.next()), shown);

/** Each letter repeated until only one entry fits into a read. */
export const big: OperatorFunction<string, string> = map((letter) => letter.repeat(600_000));
