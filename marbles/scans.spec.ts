/**
 * Scans as they are created: `scans$` from the subscription on, `scansSince(timetag)` those after a timetag first.
 *
 * ```
 * created:          -a--b------c--
 * subscribed:       -------^------
 * scans$:           -----------c--
 * scansSince(0-0):  -------(ab)c--
 * scansSince(a):    -------b---c--
 * ```
 *
 * @draws DataStore.scans$, DataStore.scansSince
 */
import { describe, expect, it } from '@jest/globals';
import * as O from 'fp-ts/lib/Option.js';
import { delay, map, take, type Observable, type OperatorFunction } from 'rxjs';
import type { MemoryServer } from '../lib/memory/memory-server.js';
import { blissdataError } from '../lib/model/errors.js';
import { ScanState } from '../lib/model/scan-state.js';
import { DataStore } from '../lib/store/data-store.js';
import type { ScanReference } from '../lib/store/history.js';
import { sampleScan } from '../specs/contract/samples.js';
import { ScriptedScan } from '../specs/support/scripted-scan.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStore } from '../specs/support/virtual-store.js';
import { virtually } from '../specs/support/virtual-time.js';

const numberOf = (letter: string): number => letter.charCodeAt(0);

/** Creates the scan of each letter. */
const create = (server: MemoryServer, letters$: Observable<string>): void => {
  letters$.subscribe((letter) => new ScriptedScan(server, numberOf(letter)).step(ScanState.CREATED));
};

/** The letters of scans. */
const letters: OperatorFunction<ScanReference, string> = map(({ key }) => ['a', 'b', 'c', 'd'].find((letter) => sampleScan(numberOf(letter)).key === key) ?? key);

describe('scans$', () => {
  it('emits what is created from the subscription on', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { server, store, database } = virtualStore(scheduler);
      const created$ = cold('-a--b------c--d--');
      const unsub = '        -------^--------!';
      const expected = '     -----------c--d--';

      create(server, created$);
      expectObservable(store.scans$.pipe(letters), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(unsub);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('emits each with the timetag of its creation', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, store } = virtualStore(scheduler);
      const created$ = cold('---a--(bc)-');
      const expected = '     ---a--(bc)-';

      create(server, created$);
      const timetags = { a: '3-0', b: '6-0', c: '6-1' };
      expectObservable(store.scans$.pipe(map(({ timetag }) => timetag))).toBe(expected, timetags);
    });
  });

  it('never emits where nothing is created', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { store, database } = virtualStore(scheduler, 4);
      const unsub = '   ^-------------------!';
      const expected = '---------------------';
      const version = ' ^---!';
      const tail = '    ----^---!';
      const log = '     --------^---!';
      const woken = '   --------^-----------!';

      expectObservable(store.scans$, unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.protocolVersion).toBe(version);
      expectSubscriptions(database.subscriptions.logTail).toBe(tail);
      expectSubscriptions(database.subscriptions.history).toBe(log);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('loses no scan that is created while the first calls travel', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, store } = virtualStore(scheduler, 4);
      // The first call asks for the protocol version, the second for the last timetag: the server looks at frame 6.
      const created$ = cold('-----a-b-c-d-----------------');
      const unsub = '        ^---------------------------!';
      const expected = '     ----------------(bc)d--------';

      create(server, created$);
      expectObservable(store.scans$.pipe(letters), unsub).toBe(expected);
    });
  });

  it('loses no scan that is found while the one before is being checked', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, database } = virtualStore(scheduler);
      const created$ = cold('--a-b-c--------');
      const expected = '     ------a---b---c';

      const store = DataStore.over({ ...database, scansExist: (keys) => database.scansExist(keys).pipe(delay(4)) }, { scheduler });
      create(server, created$);
      expectObservable(store.scans$.pipe(letters)).toBe(expected);
    });
  });

  it('leaves out a scan that is deleted before its creation was delivered', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { server, store, database } = virtualStore(scheduler);
      const created$ = cold('--(ab)-----');
      const unsub = '        ^---------!';
      const expected = '     --b--------';
      const asked = '        --(^!)';

      created$.subscribe((letter) => {
        const scan = new ScriptedScan(server, numberOf(letter));
        scan.step(ScanState.CREATED);
        if (letter === 'a') scan.delete();
      });
      expectObservable(store.scans$.pipe(letters), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.scansExist).toBe(asked);
    });
  });

  it('errors with what a call errors with, and holds nothing after', () => {
    for (const method of ['logTail', 'history', 'scansExist'] as const) {
      virtually(({ cold, expectObservable, flush }, scheduler) => {
        const { server, store, database, memory } = virtualStore(scheduler);
        const error = blissdataError('ServerError', { command: 'XREAD', code: 'NOPERM', reply: 'NOPERM no permission' });
        const created$ = cold('--a--');
        const expected = method === 'scansExist' ? '--#' : '#';

        memory.failNext(method, error);
        create(server, created$);
        expectObservable(store.scans$).toBe(expected, undefined, error);
        flush();
        expect(held(database)).toEqual([]);
      });
    }
  });

  it('errors with NotInitialized or ProtocolVersionMismatch before any other request', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { server, store, database } = virtualStore(scheduler);
      server.setProtocolVersion(null);

      expectObservable(store.scans$).toBe('#', undefined, blissdataError('NotInitialized', { url: database.url }));
      expectSubscriptions(database.subscriptions.logTail).toBe([]);
    });
    virtually(({ expectObservable }, scheduler) => {
      const { server, store, database } = virtualStore(scheduler);
      server.setProtocolVersion('2');

      const error = blissdataError('ProtocolVersionMismatch', { url: database.url, expected: 1, found: '2' });
      expectObservable(store.scans$).toBe('#', undefined, error);
    });
  });

  it('gives up the call that is under way when the subscriber leaves', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { server, store, database } = virtualStore(scheduler, 4);
      const created$ = cold('-------a------');
      const unsub = '        ^------------!';
      const expected = '     --------------';
      const log = '          --------^---!';
      const asked = '        ------------^!';

      create(server, created$);
      expectObservable(store.scans$, unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.history).toBe(log);
      expectSubscriptions(database.subscriptions.scansExist).toBe(asked);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('can be left from within: the next scan, and nothing more', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { server, store, database } = virtualStore(scheduler);
      const created$ = cold('---a--b--');
      const expected = '     ---(a|)';
      const woken = '        ^--!';

      create(server, created$);
      expectObservable(store.scans$.pipe(take(1), letters)).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });
});

describe('scansSince', () => {
  it('emits those that exist already, then goes on', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { server, store, database } = virtualStore(scheduler);
      const created$ = cold(' -a--b------c--');
      const unsub = '         -------^-----!';
      const expectedAll = '   -------(ab)c--';
      const expectedAfterA = '-------b---c--';

      create(server, created$);
      expectObservable(store.scansSince('0-0').pipe(letters), unsub).toBe(expectedAll);
      expectObservable(store.scansSince('1-0').pipe(letters), unsub).toBe(expectedAfterA);
      expectSubscriptions(database.subscriptions.invalidations).toBe(unsub);
    });
  });

  it('emits nothing of a history whose scans are all deleted', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, store } = virtualStore(scheduler);
      const created$ = cold('ab-----------');
      const unsub = '        -----^------!';
      const expected = '     -------------';

      created$.subscribe((letter) => {
        const scan = new ScriptedScan(server, numberOf(letter));
        scan.step(ScanState.CREATED);
        scan.delete();
      });
      expectObservable(store.scansSince('0-0'), unsub).toBe(expected);
    });
  });

  it('errors with HistoryGap when the history has lost scans that it did not give yet', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { server, store, database } = virtualStore(scheduler, 2);
      // While the scan of a is being asked for, so many are created that the history cannot keep them.
      const created$ = cold('a------m--------');
      const expected = '     ------a--#';
      const woken = '        ^--------!';

      created$.subscribe((letter) => {
        const first = numberOf(letter);
        for (let n = 0; n < (letter === 'm' ? 2100 : 1); n++) new ScriptedScan(server, first + n).step(ScanState.CREATED);
      });
      const error = blissdataError('HistoryGap', { since: '0-1', completeAfter: '7-51' });
      expectObservable(store.scansSince('0-0').pipe(letters)).toBe(expected, undefined, error);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
    });
  });

  it('errors with InvalidArgument for an invalid timetag, and sends no request', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { store, database } = virtualStore(scheduler);
      const expected = 'an id such as 1700000000000-0, or 0-0 for the beginning';

      const error = blissdataError('InvalidArgument', { argument: 'timetag', expected, received: '"yesterday"' });
      expectObservable(store.scansSince('yesterday')).toBe('#', undefined, error);
      expectSubscriptions(database.subscriptions.history).toBe([]);
    });
  });
});

describe('lastScan', () => {
  it('is the newest of several, and none before the first', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, store } = virtualStore(scheduler);
      create(server, cold('-a-b'));
      const last$ = store.lastScan().pipe(map(O.match(() => 'none', ({ key }) => (key === sampleScan(numberOf('b')).key ? 'b' : key))));
      expectObservable(last$).toBe('(n|)', { n: 'none' });
      expectObservable(last$, '----^').toBe('----(b|)');
    });
  });
});
