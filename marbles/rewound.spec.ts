/**
 * A reader whose server was lost checks that what came back is what it had read. If it is, nothing is noticed; if the server came back
 * with less, or with other points, that is an error, even where there is more than before by then.
 *
 * ```
 * published:  abc---d--------
 * restarted:  ----x----------     with all it had
 * points$:    abc---d--------
 *
 * published:  abc---d--------
 * restarted:  ----x----------     with a alone
 * points$:    abc-#               StreamRewound: 3 was to come next, and there is 1
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import type { Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase } from '../lib/memory/memory-database.js';
import { MemoryServer } from '../lib/memory/memory-server.js';
import { blissdataError, type BlissdataError } from '../lib/model/errors.js';
import { ScanState } from '../lib/model/scan-state.js';
import type { Key } from '../lib/ports/keys.js';
import { DataStore } from '../lib/store/data-store.js';
import type { Stream } from '../lib/stream/stream.js';
import { atOnce } from '../specs/support/at-once.js';
import { ScriptedScan } from '../specs/support/scripted-scan.js';
import { held, logSubscriptions, type LoggedDatabase } from '../specs/support/subscription-logs.js';
import { letters } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

interface Restarting {
  readonly server: MemoryServer;
  readonly database: LoggedDatabase;
  readonly scan: ScriptedScan;
  readonly key: Key;
  readonly stream: Stream<'json'>;
  /** Puts a point for each letter in place, from an index on. */
  readonly put: (text: string, index: number) => void;
  readonly rewound: (expected: number, found: number) => BlissdataError;
  /** Does what stands beside the letter, when it comes. */
  readonly script: (moments$: Observable<string>, actions: Readonly<Record<string, () => void>>) => void;
}

function restarting(scheduler: TestScheduler): Restarting {
  const server = new MemoryServer({ scheduler });
  const database = logSubscriptions(memoryDatabase({ server }), scheduler);
  const store = DataStore.over(database, { scheduler, retry: { firstDelay: 2, factor: 1, jitter: 0 } });
  const scan = new ScriptedScan(server);
  const key = scan.declare('diode');
  scan.step(ScanState.CREATED);
  scan.step(ScanState.PREPARED);
  const stream = atOnce(atOnce(store.loadScan(scan.key)).stream('diode', 'json'));
  return {
    server,
    database,
    scan,
    key,
    stream,
    put: (text, index) => text.split('').forEach((letter, i) => server.putEntry(key, { index: index + i, len: 1, payload: new TextEncoder().encode(JSON.stringify(letter)) })),
    rewound: (expected, found) => blissdataError('StreamRewound', { key, stream: 'diode', expected, found }),
    script: (moments$, actions) => void moments$.subscribe((moment) => actions[moment]?.()),
  };
}

describe('points$ from a server that restarts', () => {
  it('go on if nothing was lost, even while the server cannot be reached', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { server, stream, put, script, database } = restarting(scheduler);
      const moments$ = cold('a---x-----d---');
      const lookup = [
        '                   --------(^!)',
      ];
      const unsub = '        ^------------!';
      const expected = '    (abc)-----d---';

      script(moments$, { a: () => put('abc', 0), x: () => server.restart({ away: 3 }), d: () => put('d', 3) });
      expectObservable(stream.points$.pipe(letters), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.range).toBe(lookup);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('error with StreamRewound where it came back with less', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { server, stream, put, script, rewound, database } = restarting(scheduler);
      const moments$ = cold('as-b-----x--');
      const expected = '     a--(bc)--#  ';
      let saved = server.save();

      script(moments$, { a: () => put('a', 0), s: () => (saved = server.save()), b: () => put('bc', 1), x: () => server.restart({ data: saved }) });
      expectObservable(stream.points$.pipe(letters)).toBe(expected, undefined, rewound(3, 1));
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('error so where other points have come meanwhile, even more than before', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, stream, put, script, rewound } = restarting(scheduler);
      const moments$ = cold('as-b-----(xe)---');
      const expected = '     a--(bc)------#  ';
      let saved = server.save();

      // There are other points by the time it can be reached.
      script(moments$, { a: () => put('a', 0), s: () => (saved = server.save()), b: () => put('bc', 1), x: () => server.restart({ data: saved, away: 3 }), e: () => put('xyz', 1) });
      expectObservable(stream.points$.pipe(letters)).toBe(expected, undefined, rewound(3, 4));
    });
  });

  it('error so where another entry lies across the place of the last one', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, key, stream, put, script, rewound } = restarting(scheduler);
      const moments$ = cold('as-b-----(xe)---');
      const expected = '     a--(bc)------#  ';
      let saved = server.save();
      const batch = (): void => server.putEntry(key, { index: 1, len: 9, payload: new Uint8Array(9) });

      script(moments$, { a: () => put('a', 0), s: () => (saved = server.save()), b: () => put('bc', 1), x: () => server.restart({ data: saved, away: 3 }), e: batch });
      expectObservable(stream.points$.pipe(letters)).toBe(expected, undefined, rewound(3, 10));
    });
  });

  it('error so where it came back with nothing, and with ScanNotFound where nothing had been read', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, stream, put, script, rewound } = restarting(scheduler);
      const moments$ = cold('a----f--');

      script(moments$, { a: () => put('a', 0), f: () => server.flush() });
      expectObservable(stream.points$.pipe(letters)).toBe('a----#', undefined, rewound(1, 0));
    });
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, scan, stream, script } = restarting(scheduler);
      script(cold('-----f--'), { f: () => server.flush() });
      expectObservable(stream.points$.pipe(letters)).toBe('-----#', undefined, blissdataError('ScanNotFound', { key: scan.key }));
    });
  });

  it('go on where what was read has been trimmed off meanwhile', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, key, stream, put, script } = restarting(scheduler);
      const moments$ = cold('a----(xt)--d---');
      const unsub = '        ^-------------!';
      const expected = '     (abc)------d---';

      script(moments$, { a: () => put('abc', 0), x: () => server.restart({ away: 2 }), t: () => server.trim(key, 3), d: () => put('d', 3) });
      expectObservable(stream.points$.pipe(letters), unsub).toBe(expected);
    });
  });
});
