/**
 * The reads of all readers of a store. Those at the live end are gathered to the end of the tick and sent together; those that want
 * the same share one answer. A call takes 4 ms here.
 *
 * ```
 * reader of a:  -^---!
 * another:      -^---!
 * reader of b:  -^---!
 * later one:    --^---!
 * requests:     -^---!        a and b
 *               --^---!       a
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import type { ReadAnswer } from '../lib/reading/read-scheduler.js';
import { textOf } from '../specs/contract/samples.js';
import { extent, scheduledReads } from '../specs/support/scheduled-reads.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtually } from '../specs/support/virtual-time.js';

const extents = map(extent);

describe('reads at the live end', () => {
  it('of one tick are sent together, once for all that need the same', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { database, read, fill, requests } = scheduledReads(scheduler);
      const sub = '     -^';
      const expected = '-----(x|)';
      const sent = '    -^---!';

      fill('a', 3);
      fill('b', 2);
      expectObservable(read('a').pipe(extents), sub).toBe(expected, { x: '3' });
      expectObservable(read('b').pipe(extents), sub).toBe(expected, { x: '2' });
      expectObservable(read('a').pipe(extents), sub).toBe(expected, { x: '3' });
      expectObservable(read('c').pipe(extents), sub).toBe(expected, { x: '0' });
      expectSubscriptions(database.subscriptions.read).toBe(sent);
      flush();
      expect(requests).toEqual(['a b c x100']);
    });
  });

  it('do not join one under way, which may be older than the change that caused them', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { database, read, fill } = scheduledReads(scheduler);
      const added$ = cold('   ---a');
      const sub1 = '          ^';
      const expected1 = '     ----(x|)';
      const sub2 = '          ---^';
      const expected2 = '     -------(y|)';
      const sent = [
        '                     ^---!',
        '                     ---^---!',
      ];

      added$.subscribe(() => fill('a', 1));
      expectObservable(read('a').pipe(extents), sub1).toBe(expected1, { x: '0' });
      expectObservable(read('a').pipe(extents), sub2).toBe(expected2, { y: '1' });
      expectSubscriptions(database.subscriptions.read).toBe(sent);
    });
  });

  it('do not join one of the same tick that has been sent already', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { database, read, requests } = scheduledReads(scheduler);
      const sent = [
        '                     ^---!',
        '                     ^---!',
      ];

      expectObservable(read('a').pipe(extents)).toBe('----(x|)', { x: '0' });
      // Two turns of the scheduler later, in the same frame.
      cold('(x|)').subscribe(() => scheduler.schedule(() => scheduler.schedule(() => read('a').subscribe(), 0), 0));
      expectSubscriptions(database.subscriptions.read).toBe(sent);
      flush();
      expect(requests).toEqual(['a x100', 'a x100']);
    });
  });

  it('at different places in one stream are different requests', () => {
    virtually(({ expectObservable, flush }, scheduler) => {
      const { read, fill, requests } = scheduledReads(scheduler);

      fill('a', 5);
      expectObservable(read('a').pipe(extents)).toBe('----(x|)', { x: '5' });
      expectObservable(read('a', { from: 3 }).pipe(extents)).toBe('----(x|)', { x: '2' });
      flush();
      expect(requests).toEqual(['a a x100']);
    });
  });

  it('give each reader that shares an answer memory of its own', () => {
    virtually(({ flush }, scheduler) => {
      const { read, fill } = scheduledReads(scheduler);
      const got: ReadAnswer[] = [];

      fill('a', 2, 'xy');
      for (let i = 0; i < 3; i++) {
        read('a').subscribe((reading) => {
          got.push(reading);
          expect(textOf(reading.block.bytes)).toBe('xyxy');
          reading.block.bytes.fill(0);
        });
      }
      flush();
      expect(new Set(got.map(({ block }) => block.bytes.buffer)).size).toBe(3);
      for (const { block } of got) expect(block.bytes.byteOffset % 8).toBe(0);
    });
  });

  it('request the smallest number of those that share, and report to all that there may be more', () => {
    virtually(({ expectObservable, flush }, scheduler) => {
      const { read, fill, requests } = scheduledReads(scheduler);

      fill('a', 5);
      expectObservable(read('a').pipe(extents)).toBe('----(x|)', { x: '2+' });
      expectObservable(read('a', { maxEntries: 2 }).pipe(extents)).toBe('----(x|)', { x: '2+' });
      flush();
      expect(requests).toEqual(['a x2']);
    });
  });

  it('take a reply for the end if it is not full, or holds the seal', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { server, read, fill } = scheduledReads(scheduler);

      fill('a', 2);
      server.keyspace.get('a', 'points')?.sealAt(2);
      expectObservable(read('a', { maxEntries: 2 }).pipe(extents)).toBe('----(x|)', { x: '2+' });
      expectObservable(read('a', { maxEntries: 3 }).pipe(extents), '-----^').toBe('---------(x|)', { x: '2' });
      expectObservable(read('a', { maxEntries: 1, from: 1 }).pipe(extents), '----------^').toBe('--------------(x|)', { x: '1+' });
      expectObservable(read('a', { maxEntries: 1, from: 2 }).pipe(extents), '---------------^').toBe('-------------------(x|)', { x: '0' });
    });
  });
});

describe('a request that fails', () => {
  it('because of one of its keys fails for that one alone', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { server, database, read, fill, requests } = scheduledReads(scheduler);
      const good = '    --------(x|)';
      const bad = '     --------#';
      const sent = ['   ^---!', '   ----^---!', '   ----^---!', '   ----^---!'];

      fill('a', 1);
      server.putScanJson('b', '{}');
      fill('c', 2);
      const wrong = blissdataError('ServerError', { command: 'TYPE', code: 'WRONGTYPE', reply: 'WRONGTYPE b holds json, not points' });
      expectObservable(read('a').pipe(extents)).toBe(good, { x: '1' });
      expectObservable(read('b').pipe(extents)).toBe(bad, undefined, wrong);
      expectObservable(read('c').pipe(extents)).toBe(good, { x: '2' });
      expectSubscriptions(database.subscriptions.read).toBe(sent);
      flush();
      expect(requests).toEqual(['a b c x100', 'a x100', 'b x100', 'c x100']);
      expect(held(database)).toEqual([]);
    });
  });

  it('is not repeated for readers that have left meanwhile', () => {
    virtually(({ expectObservable, flush }, scheduler) => {
      const { server, read, requests } = scheduledReads(scheduler);

      server.putScanJson('b', '{}');
      expectObservable(read('a').pipe(extents), '^-!').toBe('---');
      const wrong = blissdataError('ServerError', { command: 'TYPE', code: 'WRONGTYPE', reply: 'WRONGTYPE b holds json, not points' });
      expectObservable(read('b')).toBe('--------#', undefined, wrong);
      flush();
      expect(requests).toEqual(['a b x100', 'b x100']);
    });
  });

  it('for any other reason fails for all, at once', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { memory, database, read } = scheduledReads(scheduler);
      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      const expected = '----#';

      memory.failNext('read', error);
      expectObservable(read('a')).toBe(expected, undefined, error);
      expectObservable(read('a')).toBe(expected, undefined, error);
      expectObservable(read('b')).toBe(expected, undefined, error);
      expectSubscriptions(database.subscriptions.read).toBe('^---!');
    });
  });
});

describe('leaving a read', () => {
  it('before it is sent sends nothing', () => {
    virtually(({ expectSubscriptions, flush }, scheduler) => {
      const { database, read, requests } = scheduledReads(scheduler);

      read('a').subscribe().unsubscribe();
      expectSubscriptions(database.subscriptions.read).toBe([]);
      flush();
      expect(requests).toEqual([]);
    });
  });

  it('before it is sent leaves those that need the same, and others, with theirs', () => {
    virtually(({ flush }, scheduler) => {
      const { read, fill, requests } = scheduledReads(scheduler);

      fill('a', 1);
      const got: string[] = [];
      const left = [read('a').subscribe(), read('c').subscribe()];
      for (const key of ['a', 'b']) read(key).pipe(extents).subscribe((found) => got.push(`${key}: ${found}`));
      left.forEach((subscription) => subscription.unsubscribe());
      flush();
      expect(requests).toEqual(['a b x100']);
      expect(got).toEqual(['a: 1', 'b: 0']);
    });
  });

  it('after it was sent gives the request up once none of those sent together is left', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { database, read } = scheduledReads(scheduler);

      expectObservable(read('a'), '^!').toBe('--');
      expectObservable(read('a'), '^--!').toBe('----');
      expectObservable(read('b'), '^-!').toBe('---');
      expectSubscriptions(database.subscriptions.read).toBe('^--!');
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('after it was sent leaves the others with their answers', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { database, read, fill } = scheduledReads(scheduler);

      fill('a', 1);
      fill('b', 2);
      expectObservable(read('a'), '^!').toBe('--');
      expectObservable(read('a').pipe(extents)).toBe('----(x|)', { x: '1' });
      expectObservable(read('b').pipe(extents)).toBe('----(x|)', { x: '2' });
      expectSubscriptions(database.subscriptions.read).toBe('^---!');
    });
  });
});
