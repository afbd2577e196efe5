/**
 * `followSearch`: the scans that a search finds, then every new one that it would find.
 *
 * ```
 * created:                      -a1--b1--a2-----b2--a3--
 * subscribed:                   -----------^------------
 * followSearch({ name: 'a*' }): -----------(a1a2)---a3--
 * ```
 *
 * @draws DataStore.followSearch
 */
import { describe, expect, it } from '@jest/globals';
import { map, type Observable, type OperatorFunction } from 'rxjs';
import type { MemoryServer } from '../lib/memory/memory-server.js';
import { memoryDatabase } from '../lib/memory/memory-database.js';
import { blissdataError } from '../lib/model/errors.js';
import { ScanState } from '../lib/model/scan-state.js';
import type { ScanReference } from '../lib/store/history.js';
import { sampleScan, scanJson } from '../specs/contract/samples.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStore } from '../specs/support/virtual-store.js';
import { virtually } from '../specs/support/virtual-time.js';

const numberOf = (letter: string): number => letter.charCodeAt(0);

/** Creates the scan of each letter: those of capital letters are called `align`, those of small ones `scan`. */
const create = (server: MemoryServer, letters$: Observable<string>): void => {
  const database = memoryDatabase({ server });
  letters$.subscribe((letter) => {
    const { key, stateKey } = sampleScan(numberOf(letter));
    const name = letter === letter.toUpperCase() ? `align ${letter}` : `scan ${letter}`;
    database.commit({ key, json: scanJson(numberOf(letter), { name }), stateKey, state: ScanState.CREATED, after: '0-0', announce: true }).subscribe();
  });
};

const remove = (server: MemoryServer, letters$: Observable<string>): void => {
  const database = memoryDatabase({ server });
  letters$.subscribe((letter) => database.deleteScan({ key: sampleScan(numberOf(letter)).key, force: true }).subscribe());
};

const letters: OperatorFunction<ScanReference, string> = map(({ key }) => Array.from('abcABCD').find((letter) => sampleScan(numberOf(letter)).key === key) ?? key);

const criteria = { name: 'ALI*' };

describe('followSearch', () => {
  it('emits what is there, then what comes, of both only what matches', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { server, store, database } = virtualStore(scheduler);
      const created$ = cold('-A-a-B-----b-C--c-D--');
      const unsub = '        --------^-----------!';
      const expected = '     --------(AB)-C----D--';
      const searches = '     --------(^!)';

      create(server, created$);
      expectObservable(store.followSearch(criteria).pipe(letters), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.search).toBe(searches);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('gives those that are there the timetag of the search, the others that of their creation', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, store } = virtualStore(scheduler);
      const created$ = cold('A-Ba-----C-');
      const unsub = '        ----^-----!';
      const expected = '     ----(ss)-C-';

      create(server, created$);
      const timetags = { s: '3-0', C: '9-0' };
      expectObservable(store.followSearch(criteria).pipe(map(({ timetag }) => timetag)), unsub).toBe(expected, timetags);
    });
  });

  it('misses none and gives none twice, whenever it is created while the calls travel', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, store } = virtualStore(scheduler, 4);
      // The version, the search, whether what it found is there, the history; and the identities of what that named.
      const created$ = cold('A----B-C-----D-----------------');
      const unsub = '        ^------------------------------!';
      const expected = '     ------------(AB)----(CD)-------';

      create(server, created$);
      expectObservable(store.followSearch(criteria).pipe(letters), unsub).toBe(expected);
    });
  });

  it('leaves out what is deleted, before the search or before its identity is read', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, store } = virtualStore(scheduler, 2);
      const created$ = cold('AB-----------C--D-------');
      const deleted$ = cold('-A------------C---------');
      const unsub = '        --^---------------------!';
      const expected = '     --------B-----------D---';

      create(server, created$);
      remove(server, deleted$);
      expectObservable(store.followSearch(criteria).pipe(letters), unsub).toBe(expected);
    });
  });

  it('passes over scans of other models, though they are in the same history', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, store } = virtualStore(scheduler);
      const created$ = cold('--x-A-');
      const expected = '     ----A-';

      cold('--x').subscribe(() => {
        const other = { key: 'lab:scan:01J00000000000000000000009', stateKey: 'lab:stream:01J00000000000000000000009' };
        memoryDatabase({ server }).commit({ ...other, json: scanJson(9, { name: 'align' }), state: ScanState.CREATED, after: '0-0', announce: true }).subscribe();
      });
      create(server, created$);
      expectObservable(store.followSearch(criteria).pipe(letters)).toBe(expected);
    });
  });

  it('never emits where nothing matches, and never completes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { server, store, database } = virtualStore(scheduler);
      const created$ = cold('-a---b--');
      const unsub = '        --^-----!';
      const expected = '     ---------';

      create(server, created$);
      expectObservable(store.followSearch(criteria), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(unsub);
    });
  });

  it('errors with what it cannot search by, and sends no request', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { store, database } = virtualStore(scheduler);
      const error = blissdataError('UnsupportedQuery', { field: 'name', expected: "at least 2 characters beside '*'", received: '"a*"' });

      expectObservable(store.followSearch({ name: 'a*' })).toBe('#', undefined, error);
      expectSubscriptions(database.subscriptions.search).toBe([]);
    });
  });

  it('errors with what a call errors with, and holds nothing after', () => {
    for (const method of ['search', 'scansExist', 'history', 'identities'] as const) {
      virtually(({ cold, expectObservable, flush }, scheduler) => {
        const { server, store, database, memory } = virtualStore(scheduler);
        const error = blissdataError('ServerError', { command: 'XREAD', code: 'NOPERM', reply: 'NOPERM no permission' });
        const created$ = cold('--A--');
        const expected = method === 'identities' ? '--#' : '#';

        memory.failNext(method, error);
        create(server, created$);
        expectObservable(store.followSearch(criteria)).toBe(expected, undefined, error);
        flush();
        expect(held(database)).toEqual([]);
      });
    }
  });
});
