/**
 * Points that lie elsewhere, such as images: the newest entry of the stream says how many there are.
 *
 * ```
 * entries:   2----5--5'----|    5': still 5, but all of them are complete
 * chunks$:   x----y--z-----|    x: 0 and 1, y: 2, z: 3 and 4, which could not be had before
 * latest$:   1-------4-----|
 * ```
 *
 * While it waits it asks for nothing; a new entry, or the seal, makes it try again.
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
  /** What was asked for, as `first-stop`. */
  readonly asked: string[];
}

const numbers = (entry: Json): readonly [number, number] => {
  if (!Array.isArray(entry)) throw new Error('not of this test');
  return [Number(entry[0]), Number(entry[1])];
};

/** Entries are `[count, readable]`: so many points there are, and so many of them can be had. Each point is its index. */
function counting(scheduler: TestScheduler): Counting {
  const { core, scan, key, database } = virtualStream(scheduler);
  const asked: string[] = [];
  const kind: StreamKind = {
    name: 'counted',
    open: (declared) => {
      const type = numeric('uint8');
      const points = countedPoints(declared, {
        entries: 'json',
        type,
        count: (newest) => numbers(newest)[0],
        read: (first, stop, { newest, sealed }) => {
          asked.push(`${first}-${stop}`);
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
  return { stream, database, asked, publish: (entries$) => scan.publish(entries$, 'diode') };
}

/** A chunk by its points. */
const digits: OperatorFunction<Chunk, string> = map(({ data }) => ('data' in data ? data.data.join('') : '?'));
const latest = map(({ index }: { readonly index: number; readonly value: unknown }) => String(index));

const entries: Readonly<Record<string, Json>> = { a: [2, 2], b: [5, 3], c: [5, 5] };

describe('points that are counted by the newest entry', () => {
  it('are read as they become readable', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { stream, publish, database, asked } = counting(scheduler);
      const entries$ = cold('  --a----b--c-----|', entries);
      const expected = '       --x----y--z-----|';

      publish(entries$);
      expectObservable(stream.chunks$.pipe(digits)).toBe(expected, { x: '01', y: '2', z: '34' });
      expectSubscriptions(database.subscriptions.invalidations).toBe('^---------------!');
      flush();
      expect(asked).toEqual(['0-2', '2-5', '3-5', '3-5']);
    });
  });

  it('are tried again at the seal', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { stream, publish } = counting(scheduler);
      const entries$ = cold('  --a----b--------|', entries);
      const expected = '       --x----y--------(z|)';

      publish(entries$);
      expectObservable(stream.chunks$.pipe(digits)).toBe(expected, { x: '01', y: '2', z: '34' });
    });
  });

  it('are the newest one alone for latest$, when that can be had', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { stream, publish } = counting(scheduler);
      const entries$ = cold('  --a----b--c-----|', entries);
      const expected = '       --1-------4-----|';

      publish(entries$);
      expectObservable(stream.latest$.pipe(latest)).toBe(expected);
    });
  });

  it('are given up when their reader is left', () => {
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

