/** Every time that a user may give is waited for, however long: none of them fires at once, as a native timer of 2^31 ms or more does. */
import { describe, expect, it } from '@jest/globals';
import { concat, defer, EMPTY, ignoreElements, map, NEVER, of, switchMap, take, tap, throwError, type Observable } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { memoryHousekeeping } from '../../lib/memory/memory-housekeeping.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { blissdataError } from '../../lib/model/errors.js';
import { ScanState } from '../../lib/model/scan-state.js';
import { lag } from '../../lib/operators/lag.js';
import { rate } from '../../lib/operators/rate.js';
import { retryBackoff } from '../../lib/operators/retry-backoff.js';
import type { StoreOptions } from '../../lib/store/store-options.js';
import { DataStore } from '../../lib/store/data-store.js';
import { trackMemoryOf } from '../../lib/tracker/memory-tracker.js';
import { json } from '../../lib/wire/encoding/encoders.js';
import { settled } from '../support/live-stream.js';
import { NativeTime } from '../support/native-time.js';
import { ScriptedScan } from '../support/scripted-scan.js';

const passing = blissdataError('Disconnected', { url: 'memory:', reason: 'test' });

/** One attempt fails, the next one tells. */
const failsOnce = <A>(value: A): Observable<A> => {
  let attempts = 0;
  return defer(() => (attempts++ === 0 ? throwError(() => passing) : of(value)));
};

interface Scene {
  readonly time: NativeTime;
  readonly server: MemoryServer;
  readonly store: (options?: StoreOptions) => DataStore;
}

/** What begins to wait so many ms, and emits when it has. */
const waits: Readonly<Record<string, (ms: number, scene: Scene) => Observable<unknown>>> = {
  'the period of rate': (period, { time }) => NEVER.pipe(rate({ period, scheduler: time })),
  'the period of lag': (period, { time }) => NEVER.pipe(lag(of(1), { period, scheduler: time })),
  'the period of readers': (period, { store }) => store().readers({ period }).pipe(skipFirst()),
  'the first delay of retryBackoff': (ms, { time }) => failsOnce(1).pipe(retryBackoff({ firstDelay: ms, maxDelay: ms, jitter: 0, scheduler: time })),
  'the first delay of a store': (ms, { server, time }) => {
    const memory = memoryDatabase({ server });
    memory.failNext('logTail', passing);
    return DataStore.over(memory, { scheduler: time, retry: { firstDelay: ms, maxDelay: ms, jitter: 0 } }).lastTimetag();
  },
  'the latency of a database in memory': (ms, { server }) => memoryDatabase({ server, latency: ms }).text('x'),
  'the latency of housekeeping in memory': (ms, { server }) => memoryHousekeeping({ server, latency: ms }).memory(),
  'the pause of a server in memory': (ms, { server }) => {
    server.pause(ms);
    return memoryDatabase({ server }).text('x');
  },
  'what is late at a server in memory': (lateBy, { server }) => {
    const memory = memoryDatabase({ server });
    const scan = new ScriptedScan(server);
    scan.step(ScanState.CREATED);
    memory.cutDuring('deleteScan', { lost: { lateBy } });
    memory.deleteScan({ key: scan.key, force: true }).subscribe({ error: () => undefined });
    return changed(scan.stateKey, server);
  },
  'the period of the tracker': (ms, { server, time }) =>
    trackMemoryOf(memoryDatabase({ server }), memoryHousekeeping({ server, limit: 100 }), { scheduler: time, monitoringPeriod: ms }).pipe(skipFirst(2)),
  'the policy { every }': (ms, { server, store }) => {
    const scan = new ScriptedScan(server);
    scan.declare('diode');
    scan.step(ScanState.CREATED);
    scan.step(ScanState.PREPARED);
    scan.append('diode', '"a"');
    return store()
      .loadScan(scan.key)
      .pipe(
        switchMap((loaded) => loaded.stream('diode', 'json')),
        switchMap((stream) => stream.consume((chunk) => of(chunk), { policy: { every: ms } })),
        tap(() => scan.append('diode', '"b"')),
        skipFirst(),
      );
  },
};

function skipFirst<A>(count = 1): (source$: Observable<A>) => Observable<A> {
  return (source$) => defer(() => {
    let seen = 0;
    return source$.pipe(switchMap((value) => (++seen > count ? of(value) : EMPTY)));
  });
}

/** Emits when the key changes, as a reader that waits sees it. */
function changed(key: string, server: MemoryServer): Observable<unknown> {
  const watching = memoryDatabase({ server });
  return concat(watching.log(key, '0-0', 1).pipe(ignoreElements()), watching.invalidations$).pipe(map(() => key));
}

const lengths = [2 ** 31 - 1, 2 ** 31, 2 ** 32];

describe.each(Object.entries(waits))('%s', (_, begin) => {
  const started = (ms: number): { readonly time: NativeTime; readonly emitted: readonly unknown[] } => {
    const time = new NativeTime();
    const server = new MemoryServer({ scheduler: time });
    const emitted: unknown[] = [];
    const scene = { time, server, store: (options = {}) => DataStore.over(memoryDatabase({ server }), { scheduler: time, ...options }) };
    begin(ms, scene).pipe(take(1)).subscribe((value) => emitted.push(value));
    return { time, emitted };
  };

  it.each(lengths)('may be %p ms', (ms) => {
    const { time, emitted } = started(ms);
    time.runTo(ms - 1);
    expect(emitted).toHaveLength(0);
    time.runTo(ms);
    expect(emitted).toHaveLength(1);
  });

  it.each([Number.MAX_SAFE_INTEGER, Infinity])('may be %p ms', (ms) => {
    const { time, emitted } = started(ms);
    time.runTo(2 ** 34);
    expect(emitted).toHaveLength(0);
  });
});

describe('closing a store with points that cannot be written', () => {
  it.each([2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, Infinity])('waits for them for %p ms', async (within) => {
    const time = new NativeTime();
    const server = new MemoryServer({ scheduler: time });
    // Tried again when the time is over, and there is memory.
    const store = DataStore.over(memoryDatabase({ server }), { scheduler: time, retry: { firstDelay: 2 ** 33, maxDelay: 2 ** 33, jitter: 0 } });
    const scan = await store.createScan({ name: 'x', number: 1, data_policy: 'none' });
    const writer = scan.createStream('diode', json());
    await scan.prepare();
    server.runOutOfMemory(2 ** 31);
    writer.send('a');
    let closed = false;
    const closing = Promise.allSettled([store.close({ within })]).then(() => {
      closed = true;
    });
    await settled();
    time.runTo(2 ** 31 - 1);
    await settled();
    expect(closed).toBe(false);
    time.runTo(2 ** 34);
    await closing;
  });
});

it.each([
  ['rate', (ms: number) => NEVER.pipe(rate({ period: ms }))],
  ['lag', (ms: number) => NEVER.pipe(lag(of(1), { period: ms }))],
  ['retryBackoff', (ms: number) => NEVER.pipe(retryBackoff({ firstDelay: ms }))],
  ['retryBackoff, within', (ms: number) => NEVER.pipe(retryBackoff({ within: ms }))],
  ['a store', (ms: number) => DataStore.over(memoryDatabase(), { retry: { maxDelay: ms } })],
  ['a database in memory', (ms: number) => memoryDatabase({ latency: ms })],
  ['housekeeping in memory', (ms: number) => memoryHousekeeping({ server: new MemoryServer(), latency: ms })],
  ['a pause', (ms: number) => new MemoryServer().pause(ms)],
  ['a restart', (ms: number) => new MemoryServer().restart({ away: ms })],
  ['running out of memory', (ms: number) => new MemoryServer().runOutOfMemory(ms)],
  ['a cut', (ms: number) => memoryDatabase().cut({ away: ms })],
] as const)('%s refuses what is no time', (_, give) => {
  for (const ms of [NaN, -1]) expect(() => void give(ms)).toThrow(expect.objectContaining({ _tag: 'InvalidArgument' }));
});
