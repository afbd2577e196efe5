/** When the wakes of a database in memory come. */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import type { Invalidation } from '../../lib/ports/invalidations.js';
import { entry, streamKeyOf, want } from '../contract/samples.js';
import { virtually } from '../support/virtual-time.js';

const [a, b] = [streamKeyOf(1), streamKeyOf(2)];

describe('a wake of a database in memory', () => {
  it('comes in the frame of the change, not inside the call that makes it', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      database.read([want(a)]).subscribe();
      let changing = false;
      cold('-----a').subscribe(() => {
        changing = true;
        server.putEntry(a, entry(0));
        changing = false;
      });
      expectObservable(database.invalidations$.pipe(map(() => changing))).toBe('-----x', { x: false });
    });
  });

  it('names all keys that changed in one frame', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      database.read([want(a), want(b)]).subscribe();
      cold('-----x').subscribe(() => {
        server.putEntry(a, entry(0));
        server.putEntry(a, entry(1));
        server.delete(a);
        server.putEntry(b, entry(0));
      });
      expectObservable(database.invalidations$).toBe('-----w', { w: { _tag: 'keys', keys: [a, b] } });
    });
  });

  it('comes again in the same frame when the key is read again inside the first', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      database.read([want(a)]).subscribe();
      let index = 0;
      database.invalidations$.subscribe(() => {
        database.read([want(a)]).subscribe();
        if (index < 3) server.putEntry(a, entry(index++));
      });
      cold('-----x').subscribe(() => server.putEntry(a, entry(index++)));
      expectObservable(database.invalidations$.pipe(map(() => 'w'))).toBe('-----(www)');
    });
  });

  it('is one for everything when the server is emptied', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      database.read([want(a)]).subscribe();
      cold('-----x').subscribe(() => {
        server.putEntry(a, entry(0));
        server.flush();
      });
      const all: Invalidation = { _tag: 'all' };
      expectObservable(database.invalidations$).toBe('-----w', { w: all });
    });
  });

  it('is not owed any more once the database is closed', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const database = memoryDatabase({ server });
      database.read([want(a)]).subscribe();
      cold('-----x').subscribe(() => {
        server.putEntry(a, entry(0));
        database.close().subscribe();
      });
      expectObservable(database.invalidations$).toBe('-----|');
    });
  });

  it('needs no scheduler to be passed inside TestScheduler.run', () => {
    virtually(({ cold, expectObservable }) => {
      const server = new MemoryServer();
      const database = memoryDatabase({ server });
      server.putEntry(a, entry(0));
      server.expire([a], 3000);
      database.read([want(a)]).subscribe();
      expectObservable(database.invalidations$.pipe(map(() => 'w')), '^ 10s !').toBe('3s w');
      cold('10s |').subscribe();
    });
  });
});

describe('two databases in memory on one server', () => {
  it('see the same data, and each is woken for what it read itself', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      const [one, other] = [memoryDatabase({ server }), memoryDatabase({ server })];
      one.read([want(a)]).subscribe();
      other.read([want(b)]).subscribe();
      cold('--x').subscribe(() => server.putEntry(a, entry(0)));
      cold('----x').subscribe(() => server.putEntry(b, entry(0)));
      expectObservable(one.invalidations$).toBe('--w', { w: { _tag: 'keys', keys: [a] } });
      expectObservable(other.invalidations$).toBe('----w', { w: { _tag: 'keys', keys: [b] } });
    });
  });
});

describe('two databases in memory with servers of their own', () => {
  it('share nothing', () => {
    const [one, other] = [memoryDatabase(), memoryDatabase()];
    one.server.putEntry(a, entry(0));
    const exists: unknown[] = [];
    other.heads([{ key: a }]).subscribe(([head]) => exists.push(head?.exists));
    expect(exists).toEqual([false]);
  });
});
