/** What can happen to a server in memory. */
import { describe, expect, it } from '@jest/globals';
import { map, type Observable } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import type { Database } from '../../lib/ports/database.js';
import { entry, plain, sampleScan, scanJson, readRequest } from '../contract/samples.js';
import { virtually } from '../support/virtual-time.js';

const { key: scan, stateKey, stream: key } = sampleScan(1);

function withScan(scheduler: MemoryServer['scheduler']): MemoryServer {
  const server = new MemoryServer({ scheduler });
  server.putScanJson(scan, scanJson(1));
  return server;
}

const append = (database: Database, index: number, expected: string): Observable<string | undefined> =>
  database.append([{ key, scan, expected, entries: [entry(index)] }]).pipe(map(([result]) => result?._tag));

const outOfMemory = (of: string): unknown => expect.objectContaining({ _tag: 'OutOfMemory', key: of });
const disconnected = expect.objectContaining({ _tag: 'Disconnected' });

const payloads = (database: Database): Observable<string> => database.range({ key }, {}).pipe(map((block) => plain(block).entries.map(([, , text]) => text).join('')));

describe('a server in memory that is out of memory', () => {
  it('refuses what would add something, for a time, and has done nothing of it', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = withScan(scheduler);
      const database = memoryDatabase({ server });
      cold('--x').subscribe(() => server.runOutOfMemory(5));
      expectObservable(append(database, 0, '0-0')).toBe('(a|)', { a: 'appended' });
      expectObservable(append(database, 1, '0-1'), '--^').toBe('--#', {}, outOfMemory(key));
      expectObservable(database.seal({ key, scan, length: 1 }), '---^').toBe('---#', {}, outOfMemory(key));
      expectObservable(database.commit({ key: scan, json: '{}', stateKey, state: 1, after: '0-1', announce: false }), '---^').toBe('---#', {}, outOfMemory(scan));
      expectObservable(database.heads([{ key }]).pipe(map(([head]) => head?.length)), '---^').toBe('---(a|)', { a: 1 });
      expectObservable(append(database, 1, '0-1'), '-------^').toBe('-------(a|)', { a: 'appended' });
    });
  });

  it('still says why it would not do it anyhow, and lets scans go', () => {
    virtually(({ expectObservable }, scheduler) => {
      const server = withScan(scheduler);
      const database = memoryDatabase({ server });
      append(database, 0, '0-0').subscribe();
      server.runOutOfMemory();
      expectObservable(append(database, 5, '4-1')).toBe('(a|)', { a: 'conflict' });
      expectObservable(database.deleteScan({ key: scan, force: true })).toBe('(a|)', { a: { _tag: 'deleted' } });
      expectObservable(append(database, 1, '0-1'), '-^').toBe('-(a|)', { a: 'scanDeleted' });
    });
  });
});

describe('a server in memory that is paused', () => {
  it('does and answers everything afterwards, in order', () => {
    for (const latency of [0, 2]) {
      virtually(({ cold, expectObservable }, scheduler) => {
        const server = withScan(scheduler);
        const database = memoryDatabase({ server, latency });
        cold('--x').subscribe(() => server.pause(6));
        cold('-----x').subscribe(() => server.pause(6));
        const later = `11ms ${'-'.repeat(latency / 2)}(a|)`;
        expectObservable(append(database, 0, '0-0'), '--^').toBe(later, { a: 'appended' });
        expectObservable(append(database, 1, '0-1'), '---^').toBe(later, { a: 'appended' });
        expectObservable(payloads(database), '--------^').toBe(later, { a: 'p0p1' });
      });
    }
  });

  it('does nothing for a call cancelled meanwhile, and keeps no timer for it', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = withScan(scheduler);
      const database = memoryDatabase({ server });
      server.pause(1000);
      expectObservable(append(database, 0, '0-0'), '--^--!').toBe('');
      cold('------x').subscribe(() => expect(scheduler.actions).toHaveLength(0));
      scheduler.flush();
      server.pause(0);
      expect(server.ttlOf(key)).toBeNull();
    });
  });
});

describe('a server in memory that is restarted', () => {
  it('is lost for all its databases, and away for those opened later, too', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = withScan(scheduler);
      const [one, other] = [memoryDatabase({ server, latency: 4 }), memoryDatabase({ server })];
      const [statuses, errors]: [string[], unknown[]] = [[], []];
      cold('-x').subscribe(() => server.restart({ away: 6 }));
      expectObservable(one.heads([{ key }])).toBe('-#', {}, disconnected);
      expectObservable(other.invalidations$).toBe('-a', { a: { _tag: 'all', interrupted: true } });
      expectObservable(other.heads([{ key }]).pipe(map(() => 'h')), '------^').toBe('------#', {}, disconnected);
      expectObservable(other.heads([{ key }]).pipe(map(() => 'h')), '-------^').toBe('-------(h|)');
      cold('---x').subscribe(() => {
        const late = memoryDatabase({ server });
        late.status$.subscribe(({ _tag }) => statuses.push(_tag));
        late.heads([{ key }]).subscribe({ error: (error: unknown) => errors.push(error) });
      });
      expectObservable(cold('---a').pipe(map(() => [statuses, errors]))).toBe('---a', { a: [['idle', 'connecting', 'failed'], [disconnected]] });
    });
  });

  it('has all that it had, expiries included, or what it had when it was saved', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = withScan(scheduler);
      const database = memoryDatabase({ server });
      server.putEntry(key, entry(0, 'a'));
      server.expire([key], 1000);
      const saved = server.save();
      server.putEntry(key, entry(1, 'b'));
      cold('x').subscribe(() => server.restart());
      cold('--x').subscribe(() => server.restart({ data: saved }));
      cold('----x').subscribe(() => server.putEntry(key, entry(1, 'c')));
      cold('------x').subscribe(() => server.restart({ data: saved }));
      expectObservable(cold('-a-a-a-a').pipe(map(() => textOf(database)))).toBe('-a-b-c-b', { a: 'ab', b: 'a', c: 'ac' });
      expectObservable(cold('1s a').pipe(map(() => server.ttlOf(key)))).toBe('1s a', { a: null });
    });
  });

  it('has carried out the requests, if only the answers were lost', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = withScan(scheduler);
      const database = memoryDatabase({ server, latency: 4 });
      cold('-x').subscribe(() => server.restart({ lost: 'answers' }));
      expectObservable(append(database, 0, '0-0')).toBe('-#', {}, expect.objectContaining({ _tag: 'OutcomeUnknown' }));
      expectObservable(cold('--a').pipe(map(() => server.ttlOf(key)))).toBe('--a', { a: Infinity });
    });
  });

  it('has memory again, is not paused, and gets no requests of its former life', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = withScan(scheduler);
      const database = memoryDatabase({ server, latency: 4 });
      server.runOutOfMemory();
      server.pause(1000);
      expectObservable(append(database, 0, '0-0')).toBe('-#', {}, expect.objectContaining({ _tag: 'OutcomeUnknown' }));
      cold('-x').subscribe(() => database.cut({ lost: { lateBy: 3 } }));
      cold('--x').subscribe(() => server.restart());
      expectObservable(append(database, 0, '0-0'), '--^').toBe('------(a|)', { a: 'appended' });
      cold('9ms |').subscribe();
    });
  });

  it('reports changes to those that have read since', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = withScan(scheduler);
      const database = memoryDatabase({ server });
      cold('--x').subscribe(() => server.restart());
      cold('---x').subscribe(() => database.read([readRequest(key)]).subscribe());
      cold('-----x').subscribe(() => server.putEntry(key, entry(0)));
      expectObservable(database.invalidations$.pipe(map(({ _tag }) => _tag))).toBe('--a--k', { a: 'all', k: 'keys' });
    });
  });
});

function textOf(database: Database): string {
  let text = '';
  payloads(database).subscribe((found) => (text = found));
  return text;
}
