/**
 * Points that lie elsewhere, such as images: the newest entry of the stream counts them.
 *
 * ```
 * entries:   2----5--5'----|    5': still 5, but all of them are complete
 * chunks$:   x----y--z-----|    x: 0 and 1, y: 2, z: 3 and 4, which were not available before
 * latest$:   1-------4-----|
 * ```
 *
 * A waiting reader makes no request; the next entry, or the seal, makes it read again.
 *
 * @draws countedPoints
 */
import { describe, expect, it } from '@jest/globals';
import { map, of, type Observable, type OperatorFunction } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { countedPoints } from '../lib/kinds/counted/counted-points.js';
import { StreamOpener } from '../lib/stream/stream-opener.js';
import type { StreamKind } from '../lib/stream/stream-kind.js';
import type { Json } from '../lib/model/json.js';
import { ndArray } from '../lib/model/nd-array.js';
import type { Chunk } from '../lib/model/stream-type.js';
import { numeric } from '../lib/wire/encoding/encoders.js';
import type { Stream } from '../lib/stream/stream.js';
import { held, type LoggedDatabase } from '../specs/support/subscription-logs.js';
import { virtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

interface Counting {
  readonly stream: Stream;
  readonly database: LoggedDatabase;
  readonly publish: (entries$: Observable<Json>) => void;
  /** The requested points, as `first-stop`. */
  readonly requests: string[];
}

const numbers = (entry: Json): readonly [number, number] => {
  if (!Array.isArray(entry)) throw new Error('not an entry of this test');
  return [Number(entry[0]), Number(entry[1])];
};

/** Entries are `[count, readable]`: how many points there are, and how many of them can be read. Each point is its own index. */
function counting(scheduler: TestScheduler): Counting {
  const { core, scan, key, database } = virtualStream(scheduler);
  const requests: string[] = [];
  const kind: StreamKind = {
    name: 'counted',
    open: (declared) => {
      const type = numeric('uint8');
      const points = countedPoints(declared, {
        entries: 'json',
        type,
        count: (newest) => numbers(newest)[0],
        read: (first, stop, { newest, sealed }) => {
          requests.push(`${first}-${stop}`);
          const end = Math.min(stop, sealed ? stop : numbers(newest)[1]);
          return of(end <= first ? null : ndArray('uint8', [end - first], Uint8Array.from({ length: end - first }, (_, i) => first + i)));
        },
      });
      return { type, points, access: undefined };
    },
  };
  const place = { key, name: 'diode', scan: scan.key, stateKey: scan.stateKey };
  const declaration = { scan: { key: scan.key, info: {}, identity: {} }, info: { plugin: 'counted' }, encoding: { type: 'json' } };
  const stream = new StreamOpener({}, [kind]).open(core, place, declaration);
  return { stream, database, requests, publish: (entries$) => scan.publish(entries$, 'diode') };
}

/** A chunk as its points. */
const digits: OperatorFunction<Chunk, string> = map(({ data }) => ('data' in data ? data.data.join('') : '?'));
const latest = map(({ index }: { readonly index: number; readonly value: unknown }) => String(index));

const entries: Readonly<Record<string, Json>> = { a: [2, 2], b: [5, 3], c: [5, 5] };

describe('points that are counted by the newest entry', () => {
  it('are read as they become readable', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { stream, publish, database, requests } = counting(scheduler);
      const entries$ = cold('  --a----b--c-----|', entries);
      const expected = '       --x----y--z-----|';

      publish(entries$);
      expectObservable(stream.chunks$.pipe(digits)).toBe(expected, { x: '01', y: '2', z: '34' });
      expectSubscriptions(database.subscriptions.invalidations).toBe('^---------------!');
      flush();
      expect(requests).toEqual(['0-2', '2-5', '3-5', '3-5']);
    });
  });

  it('are read again at the seal', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { stream, publish } = counting(scheduler);
      const entries$ = cold('  --a----b--------|', entries);
      const expected = '       --x----y--------(z|)';

      publish(entries$);
      expectObservable(stream.chunks$.pipe(digits)).toBe(expected, { x: '01', y: '2', z: '34' });
    });
  });

  it('are the newest one alone for latest$, once that is readable', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { stream, publish } = counting(scheduler);
      const entries$ = cold('  --a----b--c-----|', entries);
      const expected = '       --1-------4-----|';

      publish(entries$);
      expectObservable(stream.latest$.pipe(latest)).toBe(expected);
    });
  });

  it('are no longer read when their reader is unsubscribed from', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { stream, publish, database } = counting(scheduler);
      const entries$ = cold('  --a----b--c-----|', entries);
      const unsub = '          --------!';
      const expected = '       --x----y-';

      publish(entries$);
      expectObservable(stream.chunks$.pipe(digits), unsub).toBe(expected, { x: '01', y: '2' });
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('end with the error of the stream', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { stream, publish } = counting(scheduler);
      publish(cold('  --a----#', entries));
      expectObservable(stream.chunks$.pipe(digits)).toBe('--x----#', { x: '01' }, expect.objectContaining({ _tag: 'ScanNotFound' }));
    });
  });
});

