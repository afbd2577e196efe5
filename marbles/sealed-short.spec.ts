/**
 * A stream that is sealed with fewer points than there were: by a process that does not know better, or because they are lost.
 *
 * ```
 * published:  --(abc)-----|     and trimmed to nothing at 6; sealed by a process that sees only where the last entry began
 * chunks$:    --v---------|
 * restored:   -------x----|     to nothing, and sealed
 * chunks$:    --v---------#     StreamRewound
 * ```
 */
import { describe, it } from '@jest/globals';
import { map } from 'rxjs';
import { blissdataError } from '../lib/model/errors.js';
import { ScanState } from '../lib/model/scan-state.js';
import { bytesOf, textOf } from '../specs/contract/samples.js';
import { virtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('a stream that is sealed with fewer points than there were', () => {
  it('completes for readers that have them, if the points were trimmed off', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { bytes, server, memory, key, scan } = virtualStream(scheduler);
      const published$ = cold('--p');
      const trimmed$ = cold('  ------x');
      const sealed$ = cold('   ------------x');
      const expected = '       --v---------|';

      published$.subscribe(() => server.putEntry(key, { index: 0, len: 3, payload: bytesOf('abc') }));
      trimmed$.subscribe(() => server.trim(key, Infinity));
      sealed$.subscribe(() => memory.deleteScan({ key: scan.key, force: true }).subscribe());
      // From then on its JSON names the stream.
      scan.step(ScanState.PREPARED);
      expectObservable(bytes.chunks$.pipe(map(({ data }) => textOf(data.data)))).toBe(expected, { v: 'abc' });
    });
  });

  it('is StreamRewound for readers that have them, if the points were lost', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { bytes, server, memory, key, scan } = virtualStream(scheduler);
      const published$ = cold('--p');
      const deleted$ = cold('  ------x');
      const expected = '       --v---#';

      published$.subscribe(() => server.putEntry(key, { index: 0, len: 3, payload: bytesOf('abc') }));
      deleted$.subscribe(() => {
        server.delete(key);
        memory.seal({ key, scan: scan.key, length: 3 }).subscribe();
      });
      const rewound = blissdataError('StreamRewound', { key, stream: 'diode', expected: 3, found: 0 });
      expectObservable(bytes.chunks$.pipe(map(({ data }) => textOf(data.data)))).toBe(expected, { v: 'abc' }, rewound);
    });
  });
});
