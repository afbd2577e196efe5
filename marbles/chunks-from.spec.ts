/**
 * Chunks from an index on, be its point there already, not there yet, within a batch, or beyond the end.
 *
 * ```
 * published:      ab---c---d-e-|
 * chunksFrom(3):  ---------d-e-|
 * chunksFrom(9):  -------------|
 * ```
 *
 * @draws Stream.chunksFrom
 */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import { bytesOf } from '../specs/contract/samples.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStream, words } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('chunksFrom', () => {
  it('begins at an index that is there already', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('abcd-------------e');
      const sub = '            ----^';
      const looked = '         ----^---!';
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
      const published$ = cold('ab---|');
      const expected1 = '      -----|';
      const sub2 = '           --------^';
      const expected2 = '      --------|';

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
      const sub = '^-!';

      expectObservable(stream.chunksFrom(2), sub).toBe('---');
      expectSubscriptions(database.subscriptions.range).toBe(sub);
      flush();
      expect(held(database)).toEqual([]);
      expect(scheduler.now()).toBe(2);
    });
  });
});
