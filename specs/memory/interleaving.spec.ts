/** Readers that wait for invalidations miss nothing in memory, whatever the latency and the moments of the writes. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { from, mergeMap, timer, type Observable } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { entry, sampleScan, scanJson, streamKeyOf } from '../contract/samples.js';
import { followByInvalidations } from '../support/follow-by-invalidations.js';
import { virtually } from '../support/virtual-time.js';

const keys = [streamKeyOf(1), streamKeyOf(2)];
const scan = sampleScan(1).key;

describe('reading by invalidations in virtual time', () => {
  it('gets every point, whenever it is written', () => {
    const moments = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 15 });
    fc.assert(
      fc.property(fc.tuple(moments, moments), fc.integer({ min: 0, max: 12 }), (written, latency) => {
        virtually(({ flush }, scheduler) => {
          const server = new MemoryServer({ scheduler });
          server.putScanJson(scan, scanJson(1));
          const writer = memoryDatabase({ server });
          let found: unknown;
          followByInvalidations(memoryDatabase({ server, latency }), keys).subscribe((all) => (found = [...all.values()]));
          written.forEach((times, i) => {
            [...times].sort((a, b) => a - b).forEach((time, index) => timer(time, scheduler).subscribe(() => server.putEntry(keys[i] ?? '', entry(index))));
          });
          const seals$ = from(keys).pipe(mergeMap((key): Observable<unknown> => writer.seal({ key, scan, length: 0 })));
          timer(61, scheduler)
            .pipe(mergeMap(() => seals$))
            .subscribe();
          flush();
          expect(found).toEqual(written.map((times) => times.map((_, index) => index)));
        });
      }),
      { numRuns: 300 },
    );
  });
});
