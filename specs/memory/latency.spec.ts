/** How long calls in memory take. */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { blissdataError } from '../../lib/model/errors.js';
import { entry, plain, sampleScan, scanJson, readRequest } from '../contract/samples.js';
import { virtually } from '../support/virtual-time.js';

const { key, stream } = sampleScan(1);
const window = { key: stream, scan: key, expected: '0-0', entries: [entry(0)] };

describe('a database in memory without latency', () => {
  it('answers while it is being subscribed to', () => {
    const answers: unknown[] = [];
    const database = memoryDatabase();
    database.protocolVersion().subscribe({ next: (version) => answers.push(version), complete: () => answers.push('complete') });
    expect(answers).toEqual(['1', 'complete']);
  });
});

describe('a database in memory with latency', () => {
  it('answers after it', () => {
    virtually(({ expectObservable }, scheduler) => {
      const database = memoryDatabase({ scheduler, latency: 6 });
      expectObservable(database.protocolVersion()).toBe('6ms (a|)', { a: '1' });
    });
  });

  it('does its work half way', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server, latency: 6 });
      const read$ = database.read([readRequest(stream)]).pipe(map(([block]) => plain(block).entries.length));
      server.putEntry(stream, entry(0));
      cold('--a').subscribe(() => server.putEntry(stream, entry(1)));
      cold('----a').subscribe(() => server.putEntry(stream, entry(2)));
      expectObservable(read$).toBe('6ms (a|)', { a: 2 });
    });
  });

  it('has written nothing when the request is given up on its way, and has written when only the answer is', () => {
    virtually(({ expectObservable, cold }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      server.putScanJson(key, scanJson(1));
      const database = memoryDatabase({ server, latency: 6 });
      const direct = memoryDatabase({ server });
      const lengths: unknown[] = [];
      const record = (): unknown => direct.heads([{ key: stream }]).subscribe(([head]) => lengths.push(head?.length));
      expectObservable(database.append([window]), '^--!').toBe('---');
      cold('10ms a').subscribe(record);
      expectObservable(database.append([window]), '20ms ^----!').toBe('20ms -----');
      cold('30ms a').subscribe(record);
      expectObservable(cold('40ms a').pipe(map(() => lengths))).toBe('40ms a', { a: [0, 1] });
    });
  });

  it('lets errors take as long', () => {
    virtually(({ expectObservable }, scheduler) => {
      const database = memoryDatabase({ scheduler, latency: 6 });
      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      database.failNext('heads', error);
      expectObservable(database.heads([{ key: stream }])).toBe('6ms #', {}, error);
    });
  });

  it('breaks calls under way off when it is closed', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const database = memoryDatabase({ scheduler, latency: 6 });
      cold('--a').subscribe(() => database.close().subscribe());
      expectObservable(database.protocolVersion()).toBe('--#', {}, blissdataError('StoreClosed', {}));
    });
  });

  it('reports a change while the answer to the watching read is still under way', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server, latency: 6 });
      expectObservable(database.invalidations$.pipe(map(() => 'w'))).toBe('----w');
      expectObservable(database.read([readRequest(stream)]).pipe(map(([block]) => plain(block).entries.length))).toBe('6ms (a|)', { a: 0 });
      cold('----a').subscribe(() => server.putEntry(stream, entry(0)));
    });
  });
});
