/**
 * How many reads a slow consumer costs: no more than the chunks that it gets and its credit. A point is added every 10 ms here, and
 * the work takes 100 ms.
 *
 * ```
 * live:     10 points are read at a time, each time the work is done
 * behind:   as many chunks are read as were consumed, and `credit.chunks` ahead
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { map, take, timer } from 'rxjs';
import { big } from '../specs/support/stream-readers.js';
import { summaryOf, virtualStream, working } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');

describe('the reads of a consumer that is slower than its stream', () => {
  it.each([0, 1, 4])('are at the live end as many as it gets chunks, with a credit of %i', (chunks) => {
    virtually(({ flush }, scheduler) => {
      const { publish, stream, memory } = virtualStream(scheduler, { latency: 4 });

      const got: number[] = [];
      publish(timer(0, 10).pipe(take(100), map(() => 'x')));
      stream.consume(working(100), { credit: { chunks } }).subscribe(({ points }) => got.push(points.length));
      flush();
      expect(got.length).toBeLessThanOrEqual(12);
      expect(got.reduce((sum, n) => sum + n, 0)).toBe(100);
      expect(memory.calls.read).toBe(got.length);
    });
  });

  it.each([
    [0, 5],
    [1, 6],
    [4, 9],
  ])('are as many as it got chunks while it is behind, and up to its credit: %i', (chunks, reads) => {
    virtually(({ flush }, scheduler) => {
      const { publish, scan, stream, memory } = virtualStream(scheduler, { latency: 4, entryBytes: 600_000 });

      const got: string[] = [];
      for (const letter of letters) scan.append('diode', JSON.stringify(letter.repeat(600_000)));
      publish(timer(0, 10).pipe(take(10), map(() => 'x'), big));
      stream.consume(working(100), { credit: { chunks } }).pipe(take(5)).subscribe(({ points }) => got.push(points));
      flush();
      expect(got).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(memory.calls.read).toBeLessThanOrEqual(got.length + chunks);
      expect(memory.calls.read).toBe(reads);
    });
  });

  it('are made without a pile of calls, where thousands of chunks are worked on at once', () => {
    virtually(({ flush }, scheduler) => {
      const { scan, stream, memory } = virtualStream(scheduler);

      let got = '';
      let ended = false;
      for (let i = 0; i < 5000; i++) scan.append('diode', `"${letters[i % 26] ?? ''}"`);
      scan.seal('diode');
      // So little credit that each read gives one point.
      stream.consume((chunk) => void (got += summaryOf(chunk).points), { credit: { bytes: 1 } }).subscribe({ complete: () => (ended = true) });
      flush();
      expect(ended).toBe(true);
      expect(got).toBe(letters.join('').repeat(193).slice(0, 5000));
      expect(memory.calls.read).toBeGreaterThanOrEqual(5000);
      expect(memory.calls.read).toBeLessThanOrEqual(5001);
    });
  });

  it('are made without a pile of calls ahead of it, too', () => {
    virtually(({ flush }, scheduler) => {
      const { scan, stream } = virtualStream(scheduler);

      let got = 0;
      let chunks = 0;
      for (let i = 0; i < 30_000; i++) scan.append('diode', '"x"');
      scan.seal('diode');
      stream
        .consume(
          ({ data }) => {
            chunks++;
            got += data.length;
          },
          { credit: { bytes: 700, chunks: Infinity } },
        )
        .subscribe();
      flush();
      expect(got).toBe(30_000);
      expect(chunks).toBeGreaterThan(2000);
    });
  });
});
