/**
 * All chunks of several streams, as they arrive; with work that takes time, one of all of them is worked on at a time.
 *
 * ```
 * published to a:         0---1------2(seal)
 * published to b:         --0---(12)---(seal)
 * readTogether({ a, b }): a-b-a-b----a-|
 *
 * readTogether({ a, b }, 4 ms of work):
 * published to a:         01-------------(seal)
 * published to b:         0--------------(seal)
 * begun:                  a---b---a---
 * ```
 *
 * @draws readTogether
 */
import { describe, expect, it } from '@jest/globals';
import { ignoreElements, map, NEVER, of, tap, throwError, timer, type Observable } from 'rxjs';
import { blissdataError } from '../../lib/model/errors.js';
import { readTogether, type Arrival } from '../../lib/operators/read-together.js';
import { held } from '../../specs/support/subscription-logs.js';
import { virtualStreams, type VirtualStreams } from '../../specs/operators/virtual-streams.js';
import { virtually } from '../../specs/support/virtual-time.js';

type Two = VirtualStreams<'a' | 'b'>;

/** The name, and the values of the chunk: `a01`. */
const short = ({ name, chunk }: Arrival): string => `${name}${Array.isArray(chunk.data) ? chunk.data.join('') : '?'}`;

const publish = ({ scan }: Two, a$: Observable<string>, b$: Observable<string>): void => {
  scan.publish(a$, 'a');
  scan.publish(b$, 'b');
};

describe('readTogether', () => {
  it('emits the chunks of all streams as they arrive, and completes when all are sealed', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(two, cold('   0---1------2|'), cold('--0---(12)---|'));
      const expected = '    v-w-x-y----z-|';

      expectObservable(readTogether(two.streams).pipe(map(short))).toBe(expected, { v: 'a0', w: 'b0', x: 'a1', y: 'b12', z: 'a2' });
      flush();
      expect(held(two.database)).toEqual([]);
    });
  });

  it('gives late subscribers everything, each stream from its beginning', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(two, cold('   012|-------'), cold('0---------|'));
      const sub = '         ----^------';
      const expected = '    ----(vw)--|';

      expectObservable(readTogether(two.streams).pipe(map(short)), sub).toBe(expected, { v: 'a012', w: 'b0' });
    });
  });

  it('takes an array and a map, and names streams by their own names and by the keys', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(two, cold('   0|'), cold('-0|'));
      const { a, b } = two.streams;

      expectObservable(readTogether([a, b]).pipe(map(short))).toBe('vw|', { v: 'a0', w: 'b0' });
      expectObservable(readTogether(new Map([['x', a]])).pipe(map(({ name, stream }) => `${name} is ${stream.name}`))).toBe('v|', { v: 'x is a' });
    });
  });

  it('completes at once for no streams', () => {
    virtually(({ expectObservable }) => {
      expectObservable(readTogether({})).toBe('|');
      expectObservable(readTogether([])).toBe('|');
    });
  });

  it('never emits and never completes while nothing is published', () => {
    virtually(({ expectObservable, flush }, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      expectObservable(readTogether(two.streams), '^----!').toBe('------');
      flush();
      expect(held(two.database)).toEqual([]);
    });
  });

  it('works on one chunk at a time, in order of arrival, and completes when the work is done', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(two, cold('   01-------------|'), cold('0--------------|'));
      const expected = '    ----v---w---x--|';
      const work = (arrival: Arrival): Observable<string> => timer(4, scheduler).pipe(map(() => short(arrival)));

      expectObservable(readTogether(two.streams, work)).toBe(expected, { v: 'a0', w: 'b0', x: 'a1' });
    });
  });

  it('works on as many at a time as concurrency says', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(two, cold('   01-------|'), cold('0--------|'));
      const expected = '    ----(vw)x|';
      const begun: [number, string][] = [];
      const work = (arrival: Arrival): Observable<string> => {
        begun.push([scheduler.now(), short(arrival)]);
        return timer(4, scheduler).pipe(map(() => short(arrival)));
      };

      expectObservable(readTogether(two.streams, work, { concurrency: 2 })).toBe(expected, { v: 'a0', w: 'b0', x: 'a1' });
      expectObservable(timer(20, scheduler).pipe(tap(() => expect(begun).toEqual([[0, 'a0'], [0, 'b0'], [4, 'a1']])), ignoreElements())).toBe('20ms |');
    });
  });

  it('lets a policy skip what a slow consumer cannot take', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(two, cold('   01234----|'), cold('0--------|'));
      const expected = '    ----v---w---(x|)';
      const work = (arrival: Arrival): Observable<string> => timer(4, scheduler).pipe(map(() => short(arrival)));

      expectObservable(readTogether(two.streams, work, { policy: 'newest' })).toBe(expected, { v: 'a0', w: 'b0', x: 'a4' });
    });
  });

  it('errors with what the reading of one stream errors with, and lets go of all', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(two, cold('   0-----'), cold('-0--'));
      cold('                ---d').subscribe(() => two.server.delete(two.streams.b.key));

      expectObservable(readTogether(two.streams).pipe(map(short))).toBe('vw-#', { v: 'a0', w: 'b0' }, blissdataError('StreamDeleted', { key: two.streams.b.key, stream: 'b' }));
      flush();
      expect(held(two.database)).toEqual([]);
    });
  });

  it('errors with what the work errors with', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(two, cold('   0-----'), cold('--0---'));
      const expected = '    v-#';
      const work = (arrival: Arrival): Observable<string> => (arrival.name === 'b' ? throwError(() => new Error('disk full')) : of(short(arrival)));

      expectObservable(readTogether(two.streams, work)).toBe(expected, { v: 'a0' }, new Error('disk full'));
      flush();
      expect(held(two.database)).toEqual([]);
    });
  });

  it('leaves the work and the streams when the subscriber leaves', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(two, cold('   0-----'), cold('0-----'));
      const work$ = cold('  ----------');

      expectObservable(readTogether(two.streams, () => work$), '^---!').toBe('------');
      expectSubscriptions(work$.subscriptions).toBe('^---!');
      flush();
      expect(held(two.database)).toEqual([]);
    });
  });

  it('refuses a concurrency that is none, at the call', () => {
    expect(() => readTogether({}, () => NEVER, { concurrency: 0 })).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'concurrency' }));
  });
});
