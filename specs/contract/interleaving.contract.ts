/** No change is missed: readers that wait for invalidations get every point, however reads and writes interleave. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { originId } from '../../lib/wire/stream-id.js';
import type { Use } from './opened.js';
import { append, createScan, entries, streamKeyOf, type SampleScan } from './samples.js';
import { followByInvalidations } from '../support/follow-by-invalidations.js';

const streams = 4;

/** How one stream is written: the sizes of its windows, and after which of them its writer waits for the writer of the next stream. */
const plan = fc.array(fc.record({ points: fc.integer({ min: 1, max: 5 }), pause: fc.boolean() }), { maxLength: 25 });

export function interleavingContract(use: Use): void {
  describe('reading by invalidations', () => {
    it('gets every point of several streams that are written at the same time', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(plan, { minLength: streams, maxLength: streams }), async (plans) => {
          const { database, other } = use();
          const scan = await createScan(other, ++run);
          const written = plans.map((_, i) => ({ ...scan, stream: streamKeyOf(100 * run + i) }));
          const followed = firstValueFrom(followByInvalidations(database, written.map(({ stream }) => stream)));
          await Promise.all(written.map((one, i) => write(one, plans[i] ?? [])));
          const totals = plans.map((windows) => windows.reduce((sum, { points }) => sum + points, 0));
          const all = await followed;
          expect(written.map(({ stream }) => all.get(stream))).toEqual(totals.map((total) => Array.from({ length: total }, (_, i) => i)));
        }),
        { numRuns: 20 },
      );
    });

    async function write(scan: SampleScan, windows: readonly { readonly points: number; readonly pause: boolean }[]): Promise<void> {
      const { other } = use();
      let next = 0;
      for (const { points, pause } of windows) {
        await append(other, scan, next === 0 ? originId : `${next - 1}-1`, entries(next, points));
        next += points;
        // Something else that takes as long as a round trip does.
        if (pause) await firstValueFrom(other.heads([{ key: scan.stream }]));
      }
      await firstValueFrom(other.seal({ key: scan.stream, scan: scan.key, length: next }));
    }
  });
}
