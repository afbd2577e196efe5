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
 * published:  a----b-c-d------------|
 * reads:      ^---!
 *                 ^---!
 *                     ^---!
 *                         ^---!
 *                                   ^---!
 * chunks$:    ----a---b---w-------------|    w: c and d
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { catchError, map, of, take } from 'rxjs';
import { blissdataError, isInvalidEntry } from '../lib/model/errors.js';
import { bytesOf } from '../specs/contract/samples.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStream, words } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('chunks$', () => {
  it('emits what is published, and completes at the seal', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a-b---(cd)---|');
      const woken = '          ^--------------!';
      const expected = '       --a-b---w------|';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words)).toBe(expected, { a: 'a', b: 'b', w: 'cd' });
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
    });
  });

  it('gives a late subscriber everything from the first point on, what is there already in one chunk', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a-b---(cd)---|');
      const sub = '            ------^         ';
      const woken = '          ------^--------!';
      const expected = '       ------v-w------|';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words), sub).toBe(expected, { v: 'ab', w: 'cd' });
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
    });
  });

  it('gives one who comes after the seal everything at once, and completes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('ab|         ');
      const sub = '            ------^     ';
      const read = '           ------(^!)  ';
      const expected = '       ------(v|)  ';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words), sub).toBe(expected, { v: 'ab' });
      expectSubscriptions(database.subscriptions.read).toBe(read);
      expectSubscriptions(database.subscriptions.wakes$).toBe(read);
    });
  });

  it('lets each subscriber read for itself; they share the wakes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a-b----c---');
      const unsub1 = '         ^-------!    ';
      const expected1 = '      --a-b----    ';
      const unsub2 = '         ------^-----!';
      const expected2 = '      ------v--c---';
      const woken = '          ^-----------!';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words), unsub1).toBe(expected1);
      expectObservable(stream.chunks$.pipe(words), unsub2).toBe(expected2, { v: 'ab', c: 'c' });
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
    });
  });

  it('never emits for a stream that is never written, and asks once', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('-------------');
      const unsub = '          ^-----------!';
      const expected = '       -------------';
      const read = '           ^---!        ';
      const why = ['           ----^---!    ', '--------^---!'];

      publish(published$);
      expectObservable(stream.chunks$, unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(read);
      expectSubscriptions(database.subscriptions.log).toBe(why.slice(0, 1));
      expectSubscriptions(database.subscriptions.scansExist).toBe(why.slice(1));
      expectSubscriptions(database.subscriptions.wakes$).toBe(unsub);
    });
  });

  it('completes without a chunk for a stream that is sealed empty', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('---|');
      const woken = '          ^--!';
      const expected = '       ---|';

      publish(published$);
      expectObservable(stream.chunks$).toBe(expected);
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('errors with ScanNotFound when the scan is deleted, and holds nothing after', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database, scan } = virtualStream(scheduler);
      const published$ = cold('--a--#');
      const woken = '          ^----!';
      const expected = '       --a--#';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words)).toBe(expected, undefined, blissdataError('ScanNotFound', { key: scan.key }));
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
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
      const published$ = cold('ab-----    ');
      const broken$ = cold('   --x----    ');
      const sub = '            -----^     ';
      const read = '           -----(^!)  ';
      const expected = '       -----(ve|) ';

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
      const published$ = cold('a---------------');
      const reads = ['         ^---!           ', '----^---!'];
      const woken = '          ^-------!       ';
      const expected = '       ----a---#       ';

      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      publish(published$);
      expectObservable(stream.chunks$.pipe(words)).toBe(expected, undefined, error);
      cold('                   --x').subscribe(() => memory.failNext('read', error));
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
    });
  });

  it('errors with StoreClosed when the store closes, and gives up the read that is under way', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const closed = blissdataError('StoreClosed', {});
      const closed$ = cold<never>('------#', undefined, closed);
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4, closed$ });
      const published$ = cold('    a------');
      const reads = ['             ^---!  ', '----^-!'];
      const expected = '           ----a-#';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words)).toBe(expected, undefined, closed);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('finds what was added while a call travelled with the next one, together', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('a----b-c-d------------|   ');
      const reads = ['         ^---!                     ', '----^---!', '--------^---!', '------------^---!', '----------------------^---!'];
      const expected = '       ----a---b---w-------------|';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words)).toBe(expected, { a: 'a', b: 'b', w: 'cd' });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('reads nothing more once the subscriber has left', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('a-----------b---c');
      const reads = ['         ^---!            ', '----^---!', '------------^-!'];
      const unsub = '          ^-------------!  ';
      const expected = '       ----a----------  ';

      publish(published$);
      expectObservable(stream.chunks$.pipe(words), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.wakes$).toBe(unsub);
      flush();
      expect(held(database)).toEqual([]);
      expect(scheduler.now()).toBe(16);
    });
  });

  it('can be left from within: take(1) makes one read', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('--a--b--c');
      const reads = ['         (^!)     ', '--(^!)'];
      const woken = '          ^-!      ';
      const expected = '       --(a|)   ';

      publish(published$);
      expectObservable(stream.chunks$.pipe(take(1), words)).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('tells how many points were trimmed off before they could be read', () => {
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

  it('tells of a trimmed end without any data', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abc|      ');
      const trimmed$ = cold('  ----x     ');
      const sub = '            -----^    ';
      const expected = '       -----(v|) ';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 3));
      expectObservable(stream.chunks$.pipe(words), sub).toBe(expected, { v: '...' });
    });
  });
});

describe('chunksFrom', () => {
  it('begins at an index that is there already', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('abcd-------------e    ');
      const sub = '            ----^                 ';
      const looked = '         ----^---!             ';
      const expected = '       ------------v--------e';

      publish(published$);
      expectObservable(stream.chunksFrom(2).pipe(words), sub).toBe(expected, { v: 'cd', e: 'e' });
      expectSubscriptions(database.subscriptions.range).toBe(looked);
    });
  });

  it('waits for an index that is not there yet', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('ab---c---d-e-|');
      const expected = '       ---------d-e-|';

      publish(published$);
      expectObservable(stream.chunksFrom(3).pipe(words)).toBe(expected);
    });
  });

  it('completes without a chunk at a stream that ends before', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('ab---|     ');
      const expected1 = '      -----|     ';
      const sub2 = '           --------^  ';
      const expected2 = '      --------|  ';

      publish(published$);
      expectObservable(stream.chunksFrom(5).pipe(words)).toBe(expected1);
      expectObservable(stream.chunksFrom(5).pipe(words), sub2).toBe(expected2);
    });
  });

  it('begins inside a batch, be it there already or not', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { bytes, server, key } = virtualStream(scheduler);
      const batches$ = cold('a--e--i---', { a: [0, 'abcd'], e: [4, 'efgh'], i: [8, 'ij'] } as const);
      const expected1 = '    ---v--w---';
      const sub2 = '         -----^----';
      const expected2 = '    -----vw---';

      batches$.subscribe(([index, letters]) => server.putEntry(key, { index, len: letters.length, payload: bytesOf(letters) }));
      const fromSix$ = bytes.chunksFrom(6).pipe(map(({ index, expired, data }) => `${index} ${expired} ${String.fromCharCode(...data.data)}`));
      expectObservable(fromSix$).toBe(expected1, { v: '6 0 gh', w: '8 0 ij' });
      expectObservable(fromSix$, sub2).toBe(expected2, { v: '6 0 gh', w: '8 0 ij' });
    });
  });

  it('counts only what was trimmed off from there on', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      const published$ = cold('abcde------');
      const trimmed$ = cold('  ------x----');
      const sub = '            --------^--';
      const expected = '       --------v--';

      publish(published$);
      trimmed$.subscribe(() => server.trim(key, 4));
      expectObservable(stream.chunksFrom(2).pipe(words), sub).toBe(expected, { v: '..e' });
    });
  });

  it('gives up the look for its beginning when the subscriber leaves', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { stream, database } = virtualStream(scheduler, { latency: 4 });
      const sub = '            ^-!';

      expectObservable(stream.chunksFrom(2), sub).toBe('---');
      expectSubscriptions(database.subscriptions.range).toBe(sub);
      flush();
      expect(held(database)).toEqual([]);
      expect(scheduler.now()).toBe(2);
    });
  });
});
