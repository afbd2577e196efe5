/**
 * How consuming ends but for a seal: the work fails, the reading fails, or the subscriber leaves. Then the reads, the wakes and the
 * work that is under way are given up.
 *
 * ```
 * published:         a---b---c
 * work:              ---x|
 *                        ---#
 * consume(project):  ---x---#
 * wakes:             ^------!
 * ```
 *
 * @draws Stream.consume
 */
import { describe, expect, it } from '@jest/globals';
import { map, take } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { big } from '../specs/support/stream-readers.js';
import { held } from '../specs/support/subscription-logs.js';
import { told, virtualStream, working } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('consume', () => {
  it('errors with what the work errors with, and reads no more', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database, core } = virtualStream(scheduler);
      const published$ = cold('a---b---c');
      const good$ = cold('     ---x|');
      const bad$ = cold('          ---#');
      const reads = [
        '                      (^!)',
        '                      ----(^!)',
      ];
      const woken = '          ^------!';
      const expected = '       ---x---#';

      publish(published$);
      expectObservable(stream.consume((chunk) => (told(chunk).points === 'a' ? good$ : bad$))).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
      expect(core.budget.used).toBe(0);
    });
  });

  it('gives up the work beside it when one errors', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('a--b-----');
      const good$ = cold('     ---------x|');
      const bad$ = cold('         --#');
      const worked = '         ^----!';
      const expected = '       -----#';

      publish(published$);
      expectObservable(stream.consume((chunk) => (told(chunk).points === 'a' ? good$ : bad$), { concurrency: 2 })).toBe(expected);
      expectSubscriptions(good$.subscriptions).toBe(worked);
    });
  });

  it('errors with what the work throws', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { publish, stream, database, core } = virtualStream(scheduler);
      const published$ = cold('--a--b---');
      const expected = '       --#';

      const error = new Error('refused');
      publish(published$);
      const consumed$ = stream.consume(() => {
        throw error;
      });
      expectObservable(consumed$).toBe(expected, undefined, error);
      flush();
      expect(held(database)).toEqual([]);
      expect(core.budget.used).toBe(0);
    });
  });

  it('errors with InvalidArgument where the work gives what nobody can wait for, though its type says that it gives nothing', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a--b---');
      const expected = '       --#';

      publish(published$);
      let chunks = 0;
      const work: (chunk: unknown) => void = () => ++chunks;
      expectObservable(stream.consume((chunk) => work(chunk))).toBe(
        expected,
        undefined,
        blissdataError('InvalidArgument', { argument: 'project', expected: 'a function that returns nothing, a Promise or an Observable', received: 'one that returns 1' }),
      );
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('errors with what a read errors with, also with one that was sent ahead, but then after the work on what came before', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database, memory } = virtualStream(scheduler, { latency: 4, entryBytes: 600_000 });
      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      const published$ = cold('(abc|)');
      const failing$ = cold('  -----x');
      const reads = [
        '                      ^---!',
        '                      ----^---!',
        '                      --------^---!',
      ];
      const woken = '          ^-----------------------!';
      const expected = '       --------------a---------(b#)';

      publish(published$.pipe(big));
      failing$.subscribe(() => memory.failNext('read', error));
      expectObservable(stream.consume(working(10)).pipe(map(({ points }) => points))).toBe(expected, undefined, error);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('errors with StoreClosed when the store closes, and gives up the work', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const closed = blissdataError('StoreClosed', {});
      const closed$ = cold<never>('------#', undefined, closed);
      const { publish, stream, database, core } = virtualStream(scheduler, { closed$ });
      const published$ = cold('    --a------');
      const work$ = cold('           --------x|');
      const worked = '             --^---!';
      const woken = '              ^-----!';
      const expected = '           ------#';

      publish(published$);
      expectObservable(stream.consume(() => work$)).toBe(expected, undefined, closed);
      expectSubscriptions(work$.subscriptions).toBe(worked);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
      expect(core.budget.used).toBe(0);
    });
  });

  it('gives up reads, wakes and work when the subscriber leaves', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database, core } = virtualStream(scheduler, { latency: 4, entryBytes: 600_000 });
      const published$ = cold('(abcdef)');
      const work$ = cold('         ---------x|');
      const unsub = '          ^---------!';
      const worked = '         ----^-----!';
      const reads = [
        '                      ^---!',
        '                      ----^---!',
        '                      --------^-!',
      ];
      const expected = '       -----------';

      publish(published$.pipe(big));
      expectObservable(stream.consume(() => work$), unsub).toBe(expected);
      expectSubscriptions(work$.subscriptions).toBe(worked);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(unsub);
      flush();
      expect(held(database)).toEqual([]);
      expect(core.budget.used).toBe(0);
    });
  });

  it('can be left from within', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database, core } = virtualStream(scheduler);
      const published$ = cold('--a--b--c');
      const woken = '          ^---!';
      const expected = '       ----(a|)';

      publish(published$);
      expectObservable(stream.consume(working(2)).pipe(map(({ points }) => points), take(1))).toBe(expected);
      expectSubscriptions(database.subscriptions.invalidations).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
      expect(core.budget.used).toBe(0);
    });
  });

  it('errors with InvalidArgument for options that are none, before it reads anything', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { stream, database } = virtualStream(scheduler);

      const concurrency = blissdataError('InvalidArgument', { argument: 'concurrency', expected: 'at least 1', received: '0' });
      expectObservable(stream.consume(working(1), { concurrency: 0 })).toBe('#', undefined, concurrency);
      const chunks = blissdataError('InvalidArgument', { argument: 'credit.chunks', expected: 'at least 0', received: '-1' });
      expectObservable(stream.consume(working(1), { credit: { chunks: -1 } })).toBe('#', undefined, chunks);
      const bytes = blissdataError('InvalidArgument', { argument: 'credit.bytes', expected: 'at least 1', received: 'NaN' });
      expectObservable(stream.consume(working(1), { credit: { bytes: NaN } })).toBe('#', undefined, bytes);
      const policy = blissdataError('InvalidArgument', {
        argument: 'policy',
        expected: "'all', 'newest', { every: ms above 0 } or { window: points from 1 }",
        received: '{"window":0}',
      });
      expectObservable(stream.consume(working(1), { policy: { window: 0 } })).toBe('#', undefined, policy);
      const index = blissdataError('InvalidArgument', { argument: 'from', expected: 'an integer from 0', received: '-1' });
      expectObservable(stream.consume(working(1), { from: -1 })).toBe('#', undefined, index);
      expectSubscriptions(database.subscriptions.read).toBe([]);
      expectSubscriptions(database.subscriptions.invalidations).toBe([]);
    });
  });
});
