/**
 * How chunks end before the seal: with an error, or because the subscriber leaves. Nothing is held after either.
 *
 * ```
 * published:  --a--#      the scan is deleted
 * chunks$:    --a--#      ScanNotFound
 * subscribed: ^----!
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { catchError, of, take } from 'rxjs';
import { blissdataError, isInvalidEntry } from '../lib/model/errors.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStream, words } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('chunks$', () => {
  it('errors with ScanNotFound when the scan is deleted, and holds nothing after', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database, scan } = virtualStream(scheduler);
      const published$ = cold('--a--#');
      const watch = '          ^----!';
      const expected = '       --a--#';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words)).toBe(expected, undefined, blissdataError('ScanNotFound', { key: scan.key }));
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('errors with StreamDeleted when the stream alone is deleted', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('--a---');
      const deleted$ = cold('  -----x');
      const expected = '       --a--#';

      publish(published$);
      deleted$.subscribe(() => server.delete(key));
      expectObservable(stream.chunks$.pipe(words)).toBe(expected, undefined, blissdataError('StreamDeleted', { key, stream: 'diode' }));
    });
  });

  it('gives what came before an entry that cannot be decoded, then errors with InvalidEntry', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database, scan } = virtualStream(scheduler);
      const published$ = cold('ab-----');
      const broken$ = cold('   --x----');
      const sub = '            -----^';
      const read = '           -----(^!)';
      const expected = '       -----(ve|)';

      publish(published$);
      broken$.subscribe(() => scan.append('diode', '{'));
      const tagged$ = stream.chunks$.pipe(
        words,
        catchError((error: unknown) => of(isInvalidEntry(error) ? `InvalidEntry at ${error.index}` : error)),
      );
      expectObservable(tagged$, sub).toBe(expected, { v: 'ab', e: 'InvalidEntry at 2' });
      expectSubscriptions(database.subscriptions.read).toBe(read);
    });
  });

  it('errors with what a read errors with', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database, memory } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('a-----b---------');
      const reads = [
        '                      ^---!',
        '                      ------^---!',
      ];
      const watch = '          ^---------!';
      const expected = '       ----a-----#';

      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      publish(published$);
      expectObservable(stream.chunks$.pipe(words)).toBe(expected, undefined, error);
      cold('                   --x').subscribe(() => memory.failNext('read', error));
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });

  it('errors with StoreClosed when the store closes, and gives up the read that is under way', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const closed = blissdataError('StoreClosed', {});
      const closed$ = cold<never>('--------#', undefined, closed);
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4, closed$ });
      const published$ = cold('    a-----b--');
      const reads = [
        '                          ^---!',
        '                          ------^-!',
      ];
      const expected = '           ----a---#';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words)).toBe(expected, undefined, closed);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('reads nothing more once the subscriber has left', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('a-----------b---c');
      const reads = [
        '                      ^---!',
        '                      ------------^-!',
      ];
      const unsub = '          ^-------------!';
      const expected = '       ----a----------';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(unsub);
      flush();
      expect(held(database)).toEqual([]);
      expect(scheduler.now()).toBe(16);
    });
  });

  it('can be left from within: take(1) makes one read', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a--b--c');
      const reads = [
        '                      (^!)',
        '                      --(^!)',
      ];
      const watch = '          ^-!';
      const expected = '       --(a|)';

      publish(published$);
      expectObservable(stream.chunks$.pipe(take(1), words)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
      flush();
      expect(held(database)).toEqual([]);
    });
  });
});
