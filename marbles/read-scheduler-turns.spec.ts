/**
 * The turns of readers that catch up: each big read is sent alone and at once, two may be under way, the others wait in line. Small
 * reads at the live end do not wait for them. A call takes 4 ms here.
 *
 * ```
 * a, b, c, d (behind):  ^---!
 *                       ^---!
 *                       ----^---!
 *                       ----^---!
 * e (at the end):       -^---!
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { EMPTY, expand, map, type Observable } from 'rxjs';
import { extent, scheduledReads } from '../specs/support/scheduled-reads.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtually } from '../specs/support/virtual-time.js';

const extents = map(extent);
const behind = { behind: true } as const;

describe('reads of readers that are behind', () => {
  it('are sent at once and alone, two at the same time, the others in their turn', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { database, read, fill, requests } = scheduledReads(scheduler);
      const sent = [
        '               ^---!',
        '               ^---!',
        '               ----^---!',
        '               ----^---!',
        '               --------^---!',
      ];

      for (const key of ['a', 'b', 'c', 'd', 'e']) fill(key, 100);
      expectObservable(read('a', behind).pipe(extents)).toBe('----(x|)', { x: '100+' });
      expectObservable(read('b', behind).pipe(extents)).toBe('----(x|)', { x: '100+' });
      expectObservable(read('c', behind).pipe(extents)).toBe('--------(x|)', { x: '100+' });
      expectObservable(read('d', behind).pipe(extents)).toBe('--------(x|)', { x: '100+' });
      expectObservable(read('e', behind).pipe(extents)).toBe('------------(x|)', { x: '100+' });
      expectSubscriptions(database.subscriptions.read).toBe(sent);
      flush();
      expect(requests).toEqual(['a x100', 'b x100', 'c x100', 'd x100', 'e x100']);
    });
  });

  it('hold up no small one', () => {
    virtually(({ expectObservable, flush }, scheduler) => {
      const { read, fill, requests } = scheduledReads(scheduler);

      for (const key of ['a', 'b', 'c', 'd']) {
        fill(key, 100);
        expectObservable(read(key, behind).pipe(extents)).toBe(key < 'c' ? '----(x|)' : '--------(x|)', { x: '100+' });
      }
      fill('e', 1);
      expectObservable(read('e').pipe(extents), '-^').toBe('-----(x|)', { x: '1' });
      flush();
      expect(requests.slice(0, 3)).toEqual(['a x100', 'b x100', 'e x100']);
    });
  });

  it('take turns: one that goes on and on does not keep the line waiting', () => {
    virtually(({ flush }, scheduler) => {
      const { read, fill, requests } = scheduledReads(scheduler);

      for (const key of ['a', 'b', 'c']) {
        fill(key, 500);
        read(key, behind)
          .pipe(expand(({ block, full }) => (full ? read(key, { ...behind, from: (block.firsts.at(-1) ?? 0) + 1 }) : EMPTY)))
          .subscribe();
      }
      flush();
      // Five full reads each, and the one that finds the end.
      expect(requests.map((request) => request.charAt(0)).join('')).toMatch(/^(abc|bca|cab|acb|bac|cba){6}$/);
    });
  });

  it('are given up before they are sent, and their turn with them', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { database, read, requests } = scheduledReads(scheduler);
      const sent = [
        '               ^---!',
        '               ^---!',
        '               ----^---!',
      ];

      expectObservable(read('a', behind).pipe(extents)).toBe('----(x|)', { x: '0' });
      expectObservable(read('b', behind).pipe(extents)).toBe('----(x|)', { x: '0' });
      expectObservable(read('c', behind), '^-!').toBe('---');
      expectObservable(read('d', behind).pipe(extents)).toBe('--------(x|)', { x: '0' });
      expectSubscriptions(database.subscriptions.read).toBe(sent);
      flush();
      expect(requests).toEqual(['a x100', 'b x100', 'd x100']);
    });
  });

  it('that are given up under way make room for the next', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { database, read } = scheduledReads(scheduler);
      const sent = [
        '               ^-!',
        '               ^---!',
        '               --^---!',
      ];

      expectObservable(read('a', behind), '^-!').toBe('---');
      expectObservable(read('b', behind).pipe(extents)).toBe('----(x|)', { x: '0' });
      expectObservable(read('c', behind).pipe(extents)).toBe('------(x|)', { x: '0' });
      expectSubscriptions(database.subscriptions.read).toBe(sent);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('that fail make room for the next, too', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { memory, read } = scheduledReads(scheduler);
      const error = new Error('test');

      memory.failNext('read', error);
      expectObservable(read('a', behind)).toBe('----#', undefined, error);
      expectObservable(read('b', behind).pipe(extents)).toBe('----(x|)', { x: '0' });
      expectObservable(read('c', behind).pipe(extents)).toBe('--------(x|)', { x: '0' });
    });
  });
});

describe('the number of entries of a request', () => {
  const asked = (ask: (read: ReturnType<typeof scheduledReads>['read'], take: (...reads: Observable<unknown>[]) => void) => void, used = 0): readonly string[] => {
    let found: readonly string[] = [];
    virtually(({ flush }, scheduler) => {
      const { read, requests, budget } = scheduledReads(scheduler);
      budget.hold(used);
      ask(read, (...reads) => reads.forEach((read$) => read$.subscribe()));
      flush();
      found = requests;
    });
    return found;
  };

  it('is divided among its streams: together they may give 1 MiB', () => {
    expect(asked((read, take) => take(read('a', { entryBytes: 32 << 10, maxEntries: 2000 })))).toEqual(['a x32']);
    const two = asked((read, take) => take(read('a', { entryBytes: 32 << 10, maxEntries: 2000 }), read('b', { entryBytes: 32 << 10, maxEntries: 2000 })));
    expect(two).toEqual(['a b x16']);
  });

  it('is at least 16 for each reader that needs so many: more streams than that are several requests', () => {
    const three = asked((read, take) => take(...['a', 'b', 'c'].map((key) => read(key, { entryBytes: 32 << 10, maxEntries: 2000 }))));
    expect(three).toEqual(['a b x16', 'c x32']);
  });

  it('is 1 for entries that are bigger than that', () => {
    expect(asked((read, take) => take(read('a', { entryBytes: 5 << 20 }), read('b', { entryBytes: 5 << 20 })))).toEqual(['a x1', 'b x1']);
  });

  it('is not what big entries allow if there are small ones too: those are sent apart', () => {
    const mixed = asked((read, take) => take(read('big', { entryBytes: 60_000 }), read('a'), read('bigger', { entryBytes: 70_000 }), read('b')));
    expect(mixed).toEqual(['a b big x17', 'bigger x14']);
  });

  it('is what each needs: reads of few entries and of many are sent apart', () => {
    expect(asked((read, take) => take(read('a', { maxEntries: 2 }), read('b', { maxEntries: 2000 }), read('c', { maxEntries: 2 })))).toEqual(['a c x2', 'b x2000']);
  });

  it('is no more than the credit of each allows', () => {
    expect(asked((read, take) => take(read('a', { maxBytes: 6800, entryBytes: 68, maxEntries: 2000 })))).toEqual(['a x100']);
    expect(asked((read, take) => take(read('a', { maxBytes: 1, maxEntries: 2000 })))).toEqual(['a x1']);
  });

  it('is less if the store holds much already, but never less than 64 KiB allow', () => {
    const demand = { entryBytes: 1024, maxEntries: 2000 };
    expect(asked((read, take) => take(read('a', demand)))).toEqual(['a x1024']);
    expect(asked((read, take) => take(read('a', demand)), 62 << 20)).toEqual(['a x512']);
    expect(asked((read, take) => take(read('a', demand)), 64 << 20)).toEqual(['a x64']);
    expect(asked((read, take) => take(read('a', demand)), 99 << 20)).toEqual(['a x64']);
  });
});
