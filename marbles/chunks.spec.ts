/**
 * All points of a stream in chunks, as they are found; each subscriber is a cursor of its own, from the first point on.
 *
 * ```
 * published:  --a-b---(cd)---|
 * chunks$:    --a-b---w------|    w: c and d in one chunk
 * late:             v-w------|    v: a and b in one chunk
 * ```
 *
 * Where a call takes 4 ms, what is added while one travels is found by the next, together.
 *
 * ```
 * published:  a----b--c-d-----------|
 * reads:      ^---!
 *                  ^---!
 *                      ^---!
 *                                   ^---!
 * chunks$:    ----a----b---w------------|    w: c and d
 * ```
 *
 * @draws Stream.chunks$
 */
import { describe, it } from '@jest/globals';
import { catchError, of } from 'rxjs';
import { isInvalidEntry } from '../lib/model/errors.js';
import { virtualStream, words } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('chunks$', () => {
  it('emits what is published, and completes at the seal', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a-b---(cd)---|');
      const watch = '          ^--------------!';
      const expected = '       --a-b---w------|';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words)).toBe(expected, { a: 'a', b: 'b', w: 'cd' });
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });

  it('gives a late subscriber everything from the first point on, what is there already in one chunk', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a-b---(cd)---|');
      const sub = '            ------^';
      const watch = '          ------^--------!';
      const expected = '       ------v-w------|';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words), sub).toBe(expected, { v: 'ab', w: 'cd' });
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });

  it('gives everything at once after the seal, and completes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('ab|');
      const sub = '            ------^';
      const read = '           ------(^!)';
      const expected = '       ------(v|)';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words), sub).toBe(expected, { v: 'ab' });
      expectSubscriptions(database.subscriptions.read).toBe(read);
      expectSubscriptions(database.subscriptions.invalidations).toBe(read);
    });
  });

  it('lets each subscriber read for itself; they share the invalidations', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a-b----c---');
      const unsub1 = '         ^-------!';
      const expected1 = '      --a-b----';
      const unsub2 = '         ------^-----!';
      const expected2 = '      ------v--c---';
      const watch = '          ^-----------!';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words), unsub1).toBe(expected1);
      expectObservable(stream.chunks$.pipe(words), unsub2).toBe(expected2, { v: 'ab', c: 'c' });
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });

  it('never emits for a stream that is never written, and sends one request', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('-------------');
      const unsub = '          ^-----------!';
      const expected = '       -------------';
      const read = '           ^---!';
      const why = [
        '                      ----^---!',
        '                      --------^---!',
      ];

      publish(published$);
      expectObservable(stream.chunks$, unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(read);
      expectSubscriptions(database.subscriptions.log).toBe(why.slice(0, 1));
      expectSubscriptions(database.subscriptions.scansExist).toBe(why.slice(1));
      expectSubscriptions(database.subscriptions.invalidations).toBe(unsub);
    });
  });

  it('finds what was added while a call travelled with the next one, together', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('a----b--c-d-----------|');
      const reads = [
        '                      ^---!',
        '                      -----^---!',
        '                      ---------^---!',
        '                      ----------------------^---!',
      ];
      const expected = '       ----a----b---w------------|';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words)).toBe(expected, { a: 'a', b: 'b', w: 'cd' });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('reports how many points were trimmed off before they could be read', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abcd-----e');
      const trimmed$ = cold('  -----x----');
      const sub = '            ------^--';
      const expected = '       ------v--e';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 3));
      expectObservable(stream.chunks$.pipe(words), sub).toBe(expected, { v: '...d', e: 'e' });
    });
  });

  it('reports a trimmed end without any data', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abc|');
      const trimmed$ = cold('  ----x');
      const sub = '            -----^';
      const expected = '       -----(v|)';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 3));
      expectObservable(stream.chunks$.pipe(words), sub).toBe(expected, { v: '...' });
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
});
