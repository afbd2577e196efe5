/** Times to live in memory run by the scheduler's clock. */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { entry, scanJson, sampleScan, want } from '../contract/samples.js';
import { virtually } from '../support/virtual-time.js';

const { key, stream } = sampleScan(1);

describe('a key with a time to live in memory', () => {
  it('is there until its time has come, and then is gone', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      server.putEntry(stream, entry(0));
      server.expire([stream], 5000);
      const exists: boolean[] = [];
      cold('a 4998ms b a').subscribe(() => database.heads([{ key: stream }]).subscribe(([head]) => exists.push(head?.exists === true)));
      expectObservable(cold('5001ms a').pipe(map(() => exists))).toBe('5001ms a', { a: [true, true, false] });
    });
  });

  it('wakes a reader that waits when its time has come', () => {
    virtually(({ expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      server.putEntry(stream, entry(0));
      server.expire([stream], 5000);
      database.read([want(stream)]).subscribe();
      expectObservable(database.invalidations$, '^ 20s !').toBe('5s a', { a: { _tag: 'keys', keys: [stream] } });
    });
  });

  it('wakes for the expiry that counts when the time to live is changed while somebody waits', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const reader = memoryDatabase({ server });
      server.putEntry(stream, entry(0));
      server.expire([stream], 5000);
      reader.read([want(stream)]).subscribe();
      cold('1s a').subscribe(() => server.expire([stream], 10_000));
      reader.invalidations$.subscribe(() => reader.read([want(stream)]).subscribe());
      expectObservable(reader.invalidations$.pipe(map(() => 'w')), '^ 20s !').toBe('1s w 9999ms w');
    });
  });

  it('wakes those who wait by another look at the clock, too', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const [waiting, looking] = [memoryDatabase({ server }), memoryDatabase({ server })];
      server.putEntry(stream, entry(0));
      server.expire([stream], 1000);
      waiting.read([want(stream)]).subscribe();
      cold('1s a').subscribe(() => looking.heads([{ key: stream }]).subscribe());
      expectObservable(waiting.invalidations$.pipe(map(() => 'w')), '^ 20s !').toBe('1s w');
    });
  });

  it('starts anew without one when it is written again', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      server.putEntry(stream, entry(0));
      server.expire([stream], 1000);
      cold('2s a').subscribe(() => server.putEntry(stream, entry(0)));
      expectObservable(cold('60s a').pipe(map(() => server.ttlOf(stream)))).toBe('60s a', { a: Infinity });
    });
  });

  it('is given one beside others, and missing keys are skipped', () => {
    virtually((_, scheduler) => {
      const server = new MemoryServer({ scheduler });
      server.putEntry(stream, entry(0));
      server.putScanJson(key, scanJson(1));
      server.expire([stream, 'missing', key], 500);
      expect([stream, 'missing', key].map((one) => server.ttlOf(one))).toEqual([500, null, 500]);
    });
  });

  it('may have weeks to live', () => {
    virtually(({ expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      server.putEntry(stream, entry(0));
      const days = 40;
      server.expire([stream], days * 86_400_000);
      database.read([want(stream)]).subscribe();
      expectObservable(database.invalidations$.pipe(map(() => 'w')), `^ ${(days + 1) * 86_400}s !`).toBe(`${days * 86_400}s w`);
    });
  });

  it('keeps no timer once the database that waited is closed', () => {
    virtually((_, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      server.putEntry(stream, entry(0));
      server.expire([stream], 604_800_000);
      database.read([want(stream)]).subscribe();
      expect(scheduler.actions).not.toHaveLength(0);
      database.close().subscribe();
      scheduler.flush();
      expect(scheduler.now()).toBe(0);
    });
  });
});

describe('a deleted scan in memory', () => {
  it('counts as gone from the moment it has 10 s to live', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      server.putScanJson(key, scanJson(1));
      server.expire([key], 15_000);
      const found: boolean[] = [];
      cold('4999ms a b 10s c').subscribe(() => database.scan(key).subscribe((record) => found.push(record !== null)));
      expectObservable(cold('20s a').pipe(map(() => [found, server.ttlOf(key)]))).toBe('20s a', { a: [[true, false, false], null] });
    });
  });
});
