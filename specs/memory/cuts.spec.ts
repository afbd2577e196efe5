/** A database in memory that loses its connection. */
import { describe, expect, it } from '@jest/globals';
import { map, mergeMap, type Observable } from 'rxjs';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import type { AppendWindow } from '../../lib/ports/streams.js';
import { entry, sampleScan, scanJson, readRequest } from '../contract/samples.js';
import { virtually } from '../support/virtual-time.js';

const { key: scan, stateKey, stream: key } = sampleScan(1);
const window: AppendWindow = { key, scan, expected: '0-0', entries: [entry(0)] };

const disconnected = expect.objectContaining({ _tag: 'Disconnected', url: 'memory:' });
const outcomeUnknown = (of: string): unknown => expect.objectContaining({ _tag: 'OutcomeUnknown', key: of });

function opened(scheduler: MemoryServer['scheduler'], latency = 0): { server: MemoryServer; database: MemoryDatabase } {
  const server = new MemoryServer({ scheduler });
  server.putScanJson(scan, scanJson(1));
  return { server, database: memoryDatabase({ server, latency }) };
}

/** The number of points at some moments, over a connection that holds. */
const lengths = (server: MemoryServer, moments$: Observable<unknown>): Observable<number | undefined> => {
  const other = memoryDatabase({ server });
  return moments$.pipe(
    mergeMap(() => other.heads([{ key }])),
    map(([head]) => head?.length),
  );
};

describe('a connection in memory that is lost', () => {
  it('is Disconnected of what reads and OutcomeUnknown of what writes, done or not', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, database } = opened(scheduler, 6);
      cold('-----x').subscribe(() => database.cut());
      expectObservable(database.heads([{ key }])).toBe('-----#', {}, disconnected);
      // At the server after 3 ms.
      expectObservable(database.append([window]), '^').toBe('-----#', {}, outcomeUnknown(key));
      expectObservable(database.seal({ key, scan, length: 0 }), '---^').toBe('-----#', {}, outcomeUnknown(key));
      expectObservable(lengths(server, cold('-a----a')), '^').toBe('-a----b', { a: 0, b: 1 });
    });
  });

  it('may have lost requests only, answers only, or requests that arrive later', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const lost = (how: 'requests' | 'answers' | { lateBy: number }): Observable<number | undefined> => {
        const { server, database } = opened(scheduler, 6);
        expectObservable(database.append([window])).toBe('--#', {}, outcomeUnknown(key));
        cold('--x').subscribe(() => database.cut({ lost: how }));
        return lengths(server, cold('--a-----a'));
      };
      expectObservable(lost('requests')).toBe('--a-----a', { a: 0 });
      expectObservable(lost('answers')).toBe('--b-----b', { b: 1 });
      expectObservable(lost({ lateBy: 4 })).toBe('--a-----b', { a: 0, b: 1 });
    });
  });

  it('breaks neither answered calls nor cancelled ones', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, database } = opened(scheduler, 4);
      cold('-----x').subscribe(() => database.cut({ lost: 'answers' }));
      expectObservable(database.heads([{ key }]).pipe(map(() => 'h'))).toBe('----(h|)');
      expectObservable(database.append([window]), '---^!').toBe('');
      expectObservable(lengths(server, cold('------a'))).toBe('------a', { a: 0 });
    });
  });

  it('is found again at once, or after the server was away', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { database } = opened(scheduler);
      cold('--x').subscribe(() => database.cut());
      cold('-----x').subscribe(() => database.cut({ away: 3 }));
      const heads$ = database.heads([{ key }]).pipe(map(() => 'h'));
      expectObservable(heads$, '---^').toBe('---(h|)');
      expectObservable(heads$, '-----^').toBe('-----#', {}, disconnected);
      expectObservable(database.append([window]), '-------^').toBe('-------#', {}, disconnected);
      expectObservable(heads$, '--------^').toBe('--------(h|)');
    });
  });

  it('shows in the status', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { database } = opened(scheduler, 2);
      cold('--x').subscribe(() => database.cut({ away: 8 }));
      cold('-----x-----x').subscribe(() => database.heads([{ key }]).subscribe({ error: (error: unknown) => expect(error).toEqual(disconnected) }));
      expectObservable(database.status$.pipe(map(({ _tag }) => _tag.charAt(0)))).toBe('r------f---(cr)');
    });
  });

  it('is no failure at rest; where it leaves a call without an answer it is one, until the next answer', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { database } = opened(scheduler, 2);
      cold('--x--x').subscribe(() => database.cut());
      cold('----x---x').subscribe(() => database.heads([{ key }]).subscribe({ error: (error: unknown) => expect(error).toEqual(disconnected) }));
      expectObservable(database.status$.pipe(map(({ _tag }) => _tag.charAt(0)))).toBe('r----f--(cr)');
    });
  });

  it('reports no change of keys watched before, and says so', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, database } = opened(scheduler);
      database.read([readRequest(key)]).subscribe();
      cold('--x').subscribe(() => database.cut());
      cold('----x').subscribe(() => server.putEntry(key, entry(0)));
      cold('-----x').subscribe(() => database.read([readRequest(key)]).subscribe());
      cold('-------x').subscribe(() => server.putEntry(key, entry(1)));
      expectObservable(database.invalidations$).toBe('--a----b', { a: { _tag: 'all', interrupted: true }, b: { _tag: 'keys', keys: [key] } });
    });
  });

  it('is not lost any more once it is closed', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { database } = opened(scheduler);
      database.close().subscribe();
      cold('--x').subscribe(() => database.cut());
      expectObservable(database.status$.pipe(map(({ _tag }) => _tag))).toBe('(x|)', { x: 'closed' });
      expectObservable(database.heads([{ key }]), '---^').toBe('---#', {}, expect.objectContaining({ _tag: 'StoreClosed' }));
    });
  });
});

describe('cutDuring', () => {
  it('breaks the next call of one method before it is done, or after it', () => {
    for (const latency of [0, 4]) {
      virtually(({ cold, expectObservable }, scheduler) => {
        const { server, database } = opened(scheduler, latency);
        database.cutDuring('append', { lost: 'requests' });
        database.cutDuring('append', { lost: 'answers' });
        const at = latency === 0 ? 'x' : '--x';
        expectObservable(database.heads([{ key }]).pipe(map(() => 'h')), '-----^').toBe(`-----${'-'.repeat(latency)}(h|)`);
        expectObservable(database.append([window])).toBe(at.replace('x', '#'), {}, outcomeUnknown(key));
        expectObservable(lengths(server, cold('---a'))).toBe('---a', { a: 0 });
        expectObservable(database.append([window]), '10ms ^').toBe(`10ms ${at.replace('x', '#')}`, {}, outcomeUnknown(key));
        expectObservable(lengths(server, cold('15ms a'))).toBe('15ms a', { a: 1 });
        expectObservable(database.append([{ ...window, expected: '0-1', entries: [entry(1)] }]).pipe(map(([result]) => result?._tag.charAt(0))), '20ms ^').toBe(`20ms ${'-'.repeat(latency)}(a|)`);
      });
    }
  });

  it('names what was written', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { database } = opened(scheduler);
      for (const method of ['seal', 'commit', 'deleteScan'] as const) database.cutDuring(method);
      expectObservable(database.seal({ key, scan, length: 0 })).toBe('#', {}, outcomeUnknown(key));
      expectObservable(database.commit({ key: scan, json: '{}', stateKey, state: 0, after: '0-0', announce: true })).toBe('#', {}, outcomeUnknown(scan));
      expectObservable(database.deleteScan({ key: scan, force: true })).toBe('#', {}, outcomeUnknown(scan));
    });
  });
});
