/** Times to live in memory run by the scheduler's clock. */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { entry, scanJson, sampleScan, readRequest } from '../contract/samples.js';
import { virtually } from '../support/virtual-time.js';

const { key, stream } = sampleScan(1);

describe('a key with a time to live in memory', () => {
  it('exists until its time has come, and no longer', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      server.putEntry(stream, entry(0));
      database.expire([stream], 5).subscribe();
      const exists: boolean[] = [];
      cold('a 4998ms b a').subscribe(() => database.heads([{ key: stream }]).subscribe(([head]) => exists.push(head?.exists === true)));
      expectObservable(cold('5001ms a').pipe(map(() => exists))).toBe('5001ms a', { a: [true, true, false] });
    });
  });

  it('is reported to a waiting reader when its time has come', () => {
    virtually(({ expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      server.putEntry(stream, entry(0));
      database.expire([stream], 5).subscribe();
      database.read([readRequest(stream)]).subscribe();
      expectObservable(database.invalidations$, '^ 20s !').toBe('5s a', { a: { _tag: 'keys', keys: [stream] } });
    });
  });

  it('is reported at the right time when the time to live changes while a reader waits', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const [writer, reader] = [memoryDatabase({ server }), memoryDatabase({ server })];
      server.putEntry(stream, entry(0));
      writer.expire([stream], 5).subscribe();
      reader.read([readRequest(stream)]).subscribe();
      cold('1s a').subscribe(() => writer.expire([stream], 10).subscribe());
      reader.invalidations$.subscribe(() => reader.read([readRequest(stream)]).subscribe());
      expectObservable(reader.invalidations$.pipe(map(() => 'w')), '^ 20s !').toBe('1s w 9999ms w');
    });
  });

  it('is reported to waiting readers also when another access finds it', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const [waiting, looking] = [memoryDatabase({ server }), memoryDatabase({ server })];
      server.putEntry(stream, entry(0));
      looking.expire([stream], 1).subscribe();
      waiting.read([readRequest(stream)]).subscribe();
      cold('1s a').subscribe(() => looking.heads([{ key: stream }]).subscribe());
      expectObservable(waiting.invalidations$.pipe(map(() => 'w')), '^ 20s !').toBe('1s w');
    });
  });

  it('starts anew without one when it is written again', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      server.putEntry(stream, entry(0));
      database.expire([stream], 1).subscribe();
      cold('2s a').subscribe(() => server.putEntry(stream, entry(0)));
      expectObservable(cold('60s a').pipe(map(() => server.ttlOf(stream)))).toBe('60s a', { a: Infinity });
    });
  });

  it('may have weeks to live', () => {
    virtually(({ expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      server.putEntry(stream, entry(0));
      const days = 40;
      database.expire([stream], days * 86_400).subscribe();
      database.read([readRequest(stream)]).subscribe();
      expectObservable(database.invalidations$.pipe(map(() => 'w')), `^ ${(days + 1) * 86_400}s !`).toBe(`${days * 86_400}s w`);
    });
  });

  it('keeps no timer once the database that waited is closed', () => {
    virtually((_, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      server.putEntry(stream, entry(0));
      database.expire([stream], 604_800).subscribe();
      database.read([readRequest(stream)]).subscribe();
      expect(scheduler.actions).not.toHaveLength(0);
      database.close().subscribe();
      scheduler.flush();
      expect(scheduler.now()).toBe(0);
    });
  });
});

describe('a deleted scan in memory', () => {
  it('counts as deleted from the moment it has 10 s to live', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      server.putScanJson(key, scanJson(1));
      database.expire([key], 15).subscribe();
      const found: boolean[] = [];
      cold('4999ms a b 10s c').subscribe(() => database.scan(key).subscribe((record) => found.push(record !== null)));
      expectObservable(cold('20s a').pipe(map(() => [found, server.ttlOf(key)]))).toBe('20s a', { a: [[true, false, false], null] });
    });
  });
});
