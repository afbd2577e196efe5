/**
 * Reading across a server that is away: what was asked for is asked again, here after 4 ms, 8 ms and then every 12 ms, and nothing
 * else is noticed.
 *
 * ```
 * published:  -a--b---------------
 * asked:      aa--b---b-------b---     fails twice
 * points$:    -a--------------b---
 * ```
 *
 * @draws Stream.points$
 */
import { describe, expect, it } from '@jest/globals';
import { map, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../lib/memory/memory-database.js';
import { MemoryServer } from '../lib/memory/memory-server.js';
import { blissdataError } from '../lib/model/errors.js';
import { ScanState } from '../lib/model/scan-state.js';
import type { RetryOptions } from '../lib/retry/policy.js';
import type { Status } from '../lib/ports/status.js';
import { DataStore } from '../lib/store/data-store.js';
import type { StoreOptions } from '../lib/store/store-options.js';
import type { Stream } from '../lib/stream/stream.js';
import { atOnce } from '../specs/support/at-once.js';
import { ScriptedScan } from '../specs/support/scripted-scan.js';
import { held, logSubscriptions, type LoggedDatabase } from '../specs/support/subscription-logs.js';
import { letters } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

const retry: RetryOptions = { firstDelay: 4, factor: 2, maxDelay: 12, jitter: 0 };
const disconnected = blissdataError('Disconnected', { url: 'memory:', reason: 'test' });

interface Resuming {
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  readonly store: DataStore;
  readonly scan: ScriptedScan;
  readonly stream: Stream<'json'>;
  /** From then on so many reads fail. */
  readonly failing: (times$: Observable<string>) => void;
}

function resuming(scheduler: TestScheduler, options: Pick<StoreOptions, 'retry' | 'waitForServer'> = { retry }): Resuming {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server });
  const database = logSubscriptions(memory, scheduler);
  const store = DataStore.over(database, { scheduler, ...options });
  const scan = new ScriptedScan(server);
  scan.declare('diode');
  scan.step(ScanState.CREATED);
  scan.step(ScanState.PREPARED);
  const stream = atOnce(atOnce(store.loadScan(scan.key)).stream('diode', 'json'));
  const failing = (times$: Observable<string>): void => void times$.subscribe((times) => [...Array(Number(times))].forEach(() => memory.failNext('read', disconnected)));
  return { memory, database, store, scan, stream, failing };
}

const statuses = (status$: Observable<Status>): Observable<string> =>
  status$.pipe(map((status) => (status._tag === 'retrying' ? `${status.error._tag}, attempt ${status.attempt} in ${status.delay}` : status._tag)));

describe('points$ across a server that is away', () => {
  it('go on where they were, after longer and longer waits', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, stream, failing, database } = resuming(scheduler);
      const published$ = cold('-a--b-----------c------|');
      const failures$ = cold('--2---------------------');
      const reads = [
        '                      (^!)',
        '                      -(^!)',
        '                      ----(^!)',
        '                      --------(^!)',
        '                      ----------------(^!)',
        '                      -----------------------(^!)',
      ];
      const watch = '          ^----------------------!';
      const expected = '       -a--------------(bc)---|';

      scan.publish(published$, 'diode');
      failing(failures$);
      expectObservable(stream.points$.pipe(letters)).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('are reported in status$, until they go on', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, stream, store, failing } = resuming(scheduler);
      const published$ = cold('-a--b-----------------');
      const failures$ = cold('--2-------------------');
      const expected = '       r---(x)-y-------r-----';

      scan.publish(published$, 'diode');
      failing(failures$);
      stream.points$.subscribe();
      expectObservable(statuses(store.status$)).toBe(expected, { r: 'ready', x: 'Disconnected, attempt 1 in 4', y: 'Disconnected, attempt 2 in 8' });
    });
  });

  it('error with what was wrong last, once the attempts are used up', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, stream, failing } = resuming(scheduler, { retry: { ...retry, attempts: 2 } });
      const published$ = cold('-a--b-----------------');
      const failures$ = cold('--9-------------------');
      const expected = '       -a--------------#-----';

      scan.publish(published$, 'diode');
      failing(failures$);
      expectObservable(stream.points$.pipe(letters)).toBe(expected, undefined, disconnected);
    });
  });

  it('each have all their attempts, and status$ reports that one has given up', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, store, stream, failing } = resuming(scheduler, { retry: { ...retry, attempts: 2 } });
      const published$ = cold('-a--b-----------------');
      const failures$ = cold('--99------------------');
      const late = '           ----------^           ';
      const expected = '       -a--------------#-----';
      const after = '          ----------------------------#';
      const reported = '      r---(x)-y-------(fz)--------f';

      scan.publish(published$, 'diode');
      failing(failures$);
      expectObservable(stream.points$.pipe(letters)).toBe(expected, undefined, disconnected);
      expectObservable(stream.points$.pipe(letters), late).toBe(after, undefined, disconnected);
      expectObservable(statuses(store.status$)).toBe(reported, {
        r: 'ready',
        x: 'Disconnected, attempt 1 in 4',
        y: 'Disconnected, attempt 2 in 8',
        z: 'Disconnected, attempt 3 in 12',
        f: 'failed',
      });
    });
  });

  it('error once the time is up, and at once where nothing is to be retried', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, stream, failing } = resuming(scheduler, { retry: { ...retry, within: 20 } });
      scan.publish(cold('-a--b-----------------'), 'diode');
      failing(cold('     --9-------------------'));
      expectObservable(stream.points$.pipe(letters)).toBe('-a--------------#', undefined, disconnected);
    });
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, stream, failing } = resuming(scheduler, { retry: false });
      scan.publish(cold('-a--b-----------------'), 'diode');
      failing(cold('     --9-------------------'));
      expectObservable(stream.points$.pipe(letters)).toBe('-a--#', undefined, disconnected);
    });
  });

  it('share the waits, however many they are', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, stream, failing, database } = resuming(scheduler);
      const published$ = cold('-a--b-----------------');
      const failures$ = cold('--1-------------------');
      const reads = [
        '                      (^!)',
        '                      -(^!)',
        '                      ----(^!)',
        '                      --------(^!)',
      ];
      const expected = '       -a------b-------------';

      scan.publish(published$, 'diode');
      failing(failures$);
      for (let i = 0; i < 3; i++) expectObservable(stream.points$.pipe(letters)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('are unsubscribed while they wait, and hold nothing after: nothing is retried, as status$ reports', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { scan, stream, store, failing, database } = resuming(scheduler);
      const published$ = cold('-a--b-----------------');
      const failures$ = cold('--9-------------------');
      const unsub = '          ^---------!';
      const expected = '       -a--------------------';
      const seen = '           r---(x)-y-f-----------';

      scan.publish(published$, 'diode');
      failing(failures$);
      expectObservable(stream.points$.pipe(letters), unsub).toBe(expected);
      expectObservable(statuses(store.status$)).toBe(seen, { r: 'ready', x: 'Disconnected, attempt 1 in 4', y: 'Disconnected, attempt 2 in 8', f: 'failed' });
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('end the retrying where the server answers, and be it by an error', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, stream, store, memory, failing } = resuming(scheduler);
      const refused = blissdataError('ServerError', { command: 'XREAD', code: 'NOPERM', reply: 'NOPERM' });

      scan.publish(cold('-a--b---------'), 'diode');
      failing(cold('     --1-----------'));
      cold('             ---x----------').subscribe(() => memory.failNext('read', refused));
      expectObservable(stream.points$.pipe(letters)).toBe('-a------#', undefined, refused);
      expectObservable(statuses(store.status$)).toBe('r---(x)-r', { r: 'ready', x: 'Disconnected, attempt 1 in 4' });
    });
  });

  it('are not retried for an error that does not pass', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, stream, memory } = resuming(scheduler);
      const refused = blissdataError('ServerError', { command: 'XREAD', code: 'NOPERM', reply: 'NOPERM' });

      scan.publish(cold('-a--b---'), 'diode');
      cold('             --x-----').subscribe(() => memory.failNext('read', refused));
      expectObservable(stream.points$.pipe(letters)).toBe('-a--#', undefined, refused);
    });
  });
});
