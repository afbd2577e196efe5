/**
 * What holds for every policy, whatever comes when: each chunk begins where the one before ended, after as many points as it says it
 * passed over or lost; no point comes twice; the last one before the seal comes always; none is older than the policy allows.
 *
 * ```
 * published:  ab-(cde)----f-gh---|
 * all:        ------x-----y-----z-----(w|)    x: a, y: b to e, z: f, w: g and h
 * newest:     ------x-----y-----z-----(w|)    x: a, y: e, z: f, w: h
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { map, timer, type Observable } from 'rxjs';
import type { PacedChunk } from '../lib/model/stream-type.js';
import type { ReadPolicy } from '../lib/reading/reader/reader-options.js';
import { bytesOf } from '../specs/contract/samples.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStream, working, type Told } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

/** What happens at the stream: an entry of so many points, or its front is trimmed off up to so many entries before the last. */
type Event = { readonly after: number; readonly points: number } | { readonly after: number; readonly keep: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ after: fc.integer({ min: 0, max: 12 }), points: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ after: fc.integer({ min: 0, max: 12 }), keep: fc.integer({ min: 1, max: 3 }) }) },
);

const setting = fc.record({
  events: fc.array(event, { maxLength: 25 }),
  sealedAfter: fc.integer({ min: 0, max: 12 }),
  latency: fc.constantFrom(0, 2, 4),
  /** So big that a read takes one, two, or a hundred entries at first. */
  entryBytes: fc.constantFrom(8, 300_000, 600_000),
  /** So little that each read takes one entry, or plenty. */
  bytes: fc.constantFrom(1, 200, 8 << 20),
  chunks: fc.constantFrom(0, 1, 4),
  concurrency: fc.constantFrom(1, 2),
  workMs: fc.constantFrom(0, 1, 7, 30),
  subscribedAt: fc.integer({ min: 0, max: 40 }),
  from: fc.constantFrom(0, 0, 3, 20),
  policy: fc.constantFrom<ReadPolicy>('all', 'newest', { every: 10 }, { window: 1 }, { window: 6 }),
});

type Setting = typeof setting extends fc.Arbitrary<infer S> ? S : never;

/** The letter of a point tells its index. */
const letters = (index: number, points: number): string => Array.from({ length: points }, (_, i) => String.fromCharCode(65 + ((index + i) % 26))).join('');

function consumed({ events, sealedAfter, latency, entryBytes, bytes, chunks, concurrency, workMs, subscribedAt, from, policy }: Setting) {
  const got: (Told & { readonly there: number })[] = [];
  let ended = false;
  let length = 0;
  let reads = 0;
  let leftOpen: readonly string[] = [];
  let bytesHeld = NaN;
  virtually(({ flush }, scheduler) => {
    const virtual = virtualStream(scheduler, { latency, entryBytes });
    const { server, key, database, memory, core } = virtual;
    const firsts: number[] = [];
    let at = 0;
    for (const what of events) {
      timer((at += what.after)).subscribe(() => {
        if ('keep' in what) {
          const first = firsts.at(-what.keep);
          if (first !== undefined) server.trim(key, first);
          return;
        }
        server.putEntry(key, { index: length, len: what.points, payload: bytesOf(letters(length, what.points)) });
        firsts.push(length);
        length += what.points;
      });
    }
    timer(at + sealedAfter).subscribe(() => void memory.seal({ key, scan: virtual.scan.key, length }).subscribe());
    timer(subscribedAt).subscribe(() => {
      const options = { policy, from, concurrency, credit: { bytes, chunks } };
      const work = (chunk: PacedChunk<'uint8'>): Observable<(typeof got)[number]> => {
        const there = length;
        return working(workMs)(chunk).pipe(map((shown) => ({ ...shown, there })));
      };
      virtual.bytes.consume(work, options).subscribe({ next: (chunk) => got.push(chunk), complete: () => (ended = true) });
    });
    flush();
    reads = memory.calls.read;
    leftOpen = held(database);
    bytesHeld = core.budget.used;
  });
  return { got, ended, length, reads, leftOpen, bytesHeld };
}

describe('every policy', () => {
  it('gives what it gives whenever the work is done', () => {
    const values = { all: { x: 'a', y: 'bcde', z: 'f', w: 'gh' }, newest: { x: 'a', y: 'e', z: 'f', w: 'h' } } as const;
    for (const policy of ['all', 'newest'] as const) {
      virtually(({ cold, expectObservable }, scheduler) => {
        const { publish, stream } = virtualStream(scheduler);
        const published$ = cold('ab-(cde)----f-gh---|');
        const expected = '       ------x-----y-----z-----(w|)';

        publish(published$);
        expectObservable(stream.consume(working(6), { policy }).pipe(map(({ points }) => points))).toBe(expected, values[policy]);
      });
    }
  });

  it('gives each point at most once and in order, accounts for those it does not give, and ends with the last', () => {
    fc.assert(
      fc.property(setting, (given) => {
        const { got, ended, length, leftOpen, bytesHeld } = consumed(given);
        expect(ended).toBe(true);
        expect(leftOpen).toEqual([]);
        expect(bytesHeld).toBe(0);
        let next = given.from;
        for (const { index, dropped, expired, points, there } of got) {
          expect(index).toBe(next + dropped);
          expect(points).toBe(letters(index + expired, points.length));
          next = index + expired + points.length;
          if (given.policy === 'all') {
            expect(dropped).toBe(0);
            continue;
          }
          const most = typeof given.policy === 'object' && 'window' in given.policy ? given.policy.window : 1;
          // Where calls take no time, what was there when the consumer asked is what is there when it gets its chunk.
          if (given.latency === 0 && points.length > 0) expect(there - (index + expired)).toBeLessThanOrEqual(most);
          if (most === 1 && given.latency === 0) expect(points.length).toBeLessThanOrEqual(1);
        }
        expect(next).toBe(Math.max(length, given.from));
      }),
      { numRuns: 400 },
    );
  });
});
