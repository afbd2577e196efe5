/**
 * How every way of reading a stream ends: the same cases for all readers. Nothing is held after any of them. Readers that give
 * Promises, which virtual time does not see, are in specs/reading/promised-endings.spec.ts.
 *
 * ```
 * published:  a--b---#      the scan is deleted
 * delivered:  a--b---#      ScanNotFound
 * watched:    ^------!
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { catchError, of, take, throwError, type Observable } from 'rxjs';
import { blissdataError, isInvalidEntry } from '../lib/model/errors.js';
import type { Stream } from '../lib/stream/stream.js';
import { bytesOf } from '../specs/contract/samples.js';
import { letters, nothingIsHeld, told, virtualStream, words } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

/** Each delivers points by their letters. */
const readers: readonly (readonly [string, (stream: Stream<'json'>) => Observable<string>])[] = [
  ['points$', (stream) => stream.points$.pipe(letters)],
  ['points({ expired: "skip" })', (stream) => stream.points({ expired: 'skip' }).pipe(letters)],
  ['chunks$', (stream) => stream.chunks$.pipe(words)],
  ['chunksFrom(0)', (stream) => stream.chunksFrom(0).pipe(words)],
  ['latest$', (stream) => stream.latest$.pipe(letters)],
  ['consume', (stream) => stream.consume((chunk) => of(told(chunk).points))],
  ['consume, lent', (stream) => stream.consume((chunk) => of(told(chunk).points), { lend: true })],
  ['consume, two at once', (stream) => stream.consume((chunk) => of(told(chunk).points), { concurrency: 2 })],
  ['consume, the newest', (stream) => stream.consume((chunk) => of(told(chunk).points), { policy: 'newest' })],
  ['consume, a window', (stream) => stream.consume((chunk) => of(told(chunk).points), { policy: { window: 10 } })],
];

describe.each(readers)('%s', (_, read) => {
  it('delivers what is published, and completes at the seal', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler);
      const published = 'a--b--|';
      const watched = '  ^-----!';
      const expected = ' a--b--|';

      virtual.publish(cold(published));
      expectObservable(read(virtual.stream)).toBe(expected);
      expectSubscriptions(virtual.database.subscriptions.invalidations).toBe(watched);
      flush();
      nothingIsHeld(virtual);
    });
  });

  it('delivers and completes at once where the stream is sealed already', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler);
      const published = 'a|';
      const sub = '      ----^';
      const watched = '  ----(^!)';
      const expected = ' ----(a|)';

      virtual.publish(cold(published));
      expectObservable(read(virtual.stream), sub).toBe(expected);
      expectSubscriptions(virtual.database.subscriptions.invalidations).toBe(watched);
      flush();
      nothingIsHeld(virtual);
    });
  });

  it('completes without a point for a stream that is sealed empty', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler);
      const published = '-----|';
      const watched = '  ^----!';
      const expected = ' -----|';

      virtual.publish(cold(published));
      expectObservable(read(virtual.stream)).toBe(expected);
      expectSubscriptions(virtual.database.subscriptions.invalidations).toBe(watched);
      flush();
      nothingIsHeld(virtual);
    });
  });

  it('never emits for a stream that is never written, and requests it once', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler);
      const unsub = '   ^--------!';
      const reads = '   (^!)';
      const expected = '----------';

      expectObservable(read(virtual.stream), unsub).toBe(expected);
      expectSubscriptions(virtual.database.subscriptions.read).toBe(reads);
      expectSubscriptions(virtual.database.subscriptions.invalidations).toBe(unsub);
      flush();
      nothingIsHeld(virtual);
    });
  });

  it.each(['a--b---#', '-------#'])('errors with ScanNotFound when the scan is deleted: %s', (published) => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler);
      const watched = '^------!';

      virtual.publish(cold(published));
      expectObservable(read(virtual.stream)).toBe(published, undefined, blissdataError('ScanNotFound', { key: virtual.scan.key }));
      expectSubscriptions(virtual.database.subscriptions.invalidations).toBe(watched);
      flush();
      nothingIsHeld(virtual);
    });
  });

  it('errors with StreamDeleted when the stream alone is deleted', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler);
      const { key } = virtual;
      const published = 'a-----';
      const deleted = '  ---x--';
      const watched = '  ^--!';
      const expected = ' a--#';

      virtual.publish(cold(published));
      cold(deleted).subscribe(() => virtual.server.delete(key));
      expectObservable(read(virtual.stream)).toBe(expected, undefined, blissdataError('StreamDeleted', { key, stream: 'diode' }));
      expectSubscriptions(virtual.database.subscriptions.invalidations).toBe(watched);
      flush();
      nothingIsHeld(virtual);
    });
  });

  it('errors with StreamRewound when the stream begins anew', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler);
      const { key, server } = virtual;
      const published = 'abc-----';
      const anew = '     ------x-';
      const watched = '  ^-----!';
      const expected = ' abc---#';

      virtual.publish(cold(published));
      cold(anew).subscribe(() => {
        server.delete(key);
        server.putEntry(key, { index: 0, len: 1, payload: bytesOf('"z"') });
      });
      expectObservable(read(virtual.stream)).toBe(expected, undefined, blissdataError('StreamRewound', { key, stream: 'diode', expected: 3, found: 1 }));
      expectSubscriptions(virtual.database.subscriptions.invalidations).toBe(watched);
      flush();
      nothingIsHeld(virtual);
    });
  });

  it('errors with InvalidEntry at an entry that cannot be decoded', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler);
      const published = 'a-----';
      const broken = '   --x---';
      const watched = '  ^-!';
      const expected = ' a-#';

      virtual.publish(cold(published));
      cold(broken).subscribe(() => virtual.scan.append('diode', '{'));
      const tagged$ = read(virtual.stream).pipe(catchError((error: unknown) => throwError(() => (isInvalidEntry(error) ? `InvalidEntry at ${error.index}` : error))));
      expectObservable(tagged$).toBe(expected, undefined, 'InvalidEntry at 1');
      expectSubscriptions(virtual.database.subscriptions.invalidations).toBe(watched);
      flush();
      nothingIsHeld(virtual);
    });
  });

  it('errors with what a read errors with', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency: 4 });
      const { database, memory } = virtual;
      const published = 'a-----b---------';
      const failing = '  --x-------------';
      const reads = [
        '                ^---!',
        '                ------^---!',
      ];
      const watched = '  ^---------!';
      const expected = ' ----a-----#';

      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      virtual.publish(cold(published));
      cold(failing).subscribe(() => memory.failNext('read', error));
      expectObservable(read(virtual.stream)).toBe(expected, undefined, error);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watched);
      flush();
      nothingIsHeld(virtual);
    });
  });

  it('errors with StoreClosed when the store closes, and gives up the read under way', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const error = blissdataError('StoreClosed', {});
      const closed = '   --------#';
      const published = 'a-----b--';
      const reads = [
        '                ^---!',
        '                ------^-!',
      ];
      const watched = '  ^-------!';
      const expected = ' ----a---#';

      const virtual = virtualStream(scheduler, { latency: 4, closed$: cold<never>(closed, undefined, error) });
      virtual.publish(cold(published));
      expectObservable(read(virtual.stream)).toBe(expected, undefined, error);
      expectSubscriptions(virtual.database.subscriptions.read).toBe(reads);
      expectSubscriptions(virtual.database.subscriptions.invalidations).toBe(watched);
      flush();
      nothingIsHeld(virtual);
    });
  });

  it('requests nothing more once the subscriber has left', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency: 4 });
      const published = 'a-----------b---c';
      const reads = [
        '                ^---!',
        '                ------------^-!',
      ];
      const unsub = '    ^-------------!';
      const expected = ' ----a----------';

      virtual.publish(cold(published));
      expectObservable(read(virtual.stream), unsub).toBe(expected);
      expectSubscriptions(virtual.database.subscriptions.read).toBe(reads);
      expectSubscriptions(virtual.database.subscriptions.invalidations).toBe(unsub);
      flush();
      nothingIsHeld(virtual);
      expect(scheduler.now()).toBe(16); // the last point published, which starts no timer
    });
  });

  it('requests nothing more once it is left from within: take(1)', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler);
      const published = '--a--b--c';
      const reads = [
        '                (^!)',
        '                --(^!)',
      ];
      const watched = '  ^-!';
      const expected = ' --(a|)';

      virtual.publish(cold(published));
      expectObservable(read(virtual.stream).pipe(take(1))).toBe(expected);
      expectSubscriptions(virtual.database.subscriptions.read).toBe(reads);
      expectSubscriptions(virtual.database.subscriptions.invalidations).toBe(watched);
      flush();
      nothingIsHeld(virtual);
    });
  });
});
