/**
 * Points by index: all lookups in a stream within one tick are one request, later ones another. A call takes 4 ms here.
 *
 * ```
 * at(0):     ^---(a|)
 * at(2):     ^---(c|)
 * requests:  ^---!             0 and 2
 * at(1):     --^---(b|)
 * requests:  --^---!           1
 * ```
 *
 * Where the stream is not known to have come that far, its length is requested first: the entry before one that is not there may be an image.
 *
 * ```
 * at(0):     ^-------(a|)
 * heads:     ^---!
 * requests:  ----^---!
 * ```
 *
 * @draws Stream.at
 */
import { describe, expect, it } from '@jest/globals';
import { blissdataError } from '../lib/model/errors.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStream, type VirtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';
import type { TestScheduler } from 'rxjs/testing';

const latency = 4;

/** A stream that has a point for each letter already. */
function written(scheduler: TestScheduler, letters: string, options: Parameters<typeof virtualStream>[1] = { latency }): VirtualStream {
  const virtual = virtualStream(scheduler, options);
  letters.split('').forEach((letter) => virtual.scan.append('diode', JSON.stringify(letter)));
  return virtual;
}

/** The same after a request of its length: it is known from 4 on. */
function known(scheduler: TestScheduler, letters: string, options?: Parameters<typeof virtualStream>[1]): VirtualStream {
  const virtual = written(scheduler, letters, options);
  virtual.stream.length().subscribe();
  return virtual;
}

describe('at', () => {
  it('requests the length of the stream first, where that is not known', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { stream, database } = written(scheduler, 'abc');

      expectObservable(stream.at(0)).toBe('               --------(a|)');
      expectObservable(stream.at(2)).toBe('               --------(c|)');
      expectObservable(stream.at(1), '----------^').toBe('--------------(b|)');
      expectSubscriptions(database.subscriptions.heads).toBe('    ^---!');
      expectSubscriptions(database.subscriptions.entriesAt).toBe(['----^---!', '----------^---!']);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('sends one request for all points of one tick, and another for those of a later one', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { stream, database } = known(scheduler, 'abc');
      const now = '     ------^';
      const later = '   --------^';
      const requests = [
        '               ------^---!',
        '               --------^---!',
      ];

      expectObservable(stream.at(0), now).toBe('----------(a|)');
      expectObservable(stream.at(2), now).toBe('----------(c|)');
      expectObservable(stream.at(2), now).toBe('----------(c|)');
      expectObservable(stream.at(1), later).toBe('------------(b|)');
      expectSubscriptions(database.subscriptions.entriesAt).toBe(requests);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('requests nothing for lookups that were cancelled within the tick, and cancels a request once all its lookups are', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { stream, database } = known(scheduler, 'abc');
      const requests = '------^--!';

      expectObservable(stream.at(0), '------^-!').toBe('---------');
      expectObservable(stream.at(1), '------^--!').toBe('----------');
      cold('------x').subscribe(() => stream.at(2).subscribe().unsubscribe());
      expectSubscriptions(database.subscriptions.entriesAt).toBe(requests);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('is not cancelled for lookups of the same tick by an earlier one that was', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { stream } = known(scheduler, 'abc');
      // The end of this tick comes after the two have begun.
      expectObservable(stream.at(0), '------^').toBe('----------(a|)');
      expectObservable(stream.at(2), '------^').toBe('----------(c|)');
      cold('------x').subscribe(() => stream.at(2).subscribe().unsubscribe());
    });
  });

  it('goes on waiting for the others when one has left', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { stream, database } = known(scheduler, 'abc');

      expectObservable(stream.at(0), '------^-!').toBe('---------');
      expectObservable(stream.at(1), '------^').toBe('----------(b|)');
      expectSubscriptions(database.subscriptions.entriesAt).toBe('------^---!');
    });
  });

  it('reads twice before it reports that a point is not there', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { stream, database, key } = written(scheduler, 'ab');
      const missing = blissdataError('IndexNotYetThere', { key, stream: 'diode', index: 5 });

      expectObservable(stream.at(5)).toBe('        --------#', undefined, missing);
      expectSubscriptions(database.subscriptions.entriesAt).toBe([]);
      expectSubscriptions(database.subscriptions.heads).toBe('^---!');
      expectSubscriptions(database.subscriptions.range).toBe('----^---!');
    });
  });

  it('finds a point that has come between the two reads', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { stream, scan } = written(scheduler, 'ab');
      cold('------x').subscribe(() => scan.append('diode', '"c"'));
      expectObservable(stream.at(2)).toBe('------------(c|)');
    });
  });

  it('is requested again after a lost connection, for the points that are still missing', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { stream, memory, database } = known(scheduler, 'abc', { latency, retry: { firstDelay: 2, jitter: 0 } });
      const requests = [
        '                                ------^-!',
        '                                ----------^---!',
      ];

      memory.cutDuring('entriesAt', {});
      expectObservable(stream.at(0), '------^').toBe('--------------(a|)');
      expectObservable(stream.at(1), '------^').toBe('--------------(b|)');
      expectSubscriptions(database.subscriptions.entriesAt).toBe(requests);
    });
  });

  it('errors for all lookups of one request', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { stream, memory } = known(scheduler, 'abc');
      const refused = blissdataError('ServerError', { command: 'XREVRANGE', code: 'NOPERM', reply: 'NOPERM' });

      memory.failNext('entriesAt', refused);
      expectObservable(stream.at(0), '------^').toBe('----------#', undefined, refused);
      expectObservable(stream.at(2), '------^').toBe('----------#', undefined, refused);
    });
  });
});
