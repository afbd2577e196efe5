/**
 * A reader that asks a second question (where the newest point is, where its window begins, where it stands) may get the answer of
 * another server than that of the first: then, too, it looks whether that one has what was read, before it goes on from there.
 *
 * ```
 * published:  (abc)---(defgh)---------
 * restarted:  ---------------x--------     with other points
 * latest$:    --c----------------#         StreamRewound, not the newest of the others
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { map, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { blissdataError, type BlissdataError } from '../lib/model/errors.js';
import { StreamReader, type StreamReaderOptions } from '../lib/reading/reader/stream-reader.js';
import { held } from '../specs/support/subscription-logs.js';
import { letters, told, virtualStream, type VirtualStream } from '../specs/support/virtual-stream.js';
import { DemandReader } from '../specs/support/stream-readers.js';
import { virtually } from '../specs/support/virtual-time.js';

interface Restarting extends VirtualStream {
  readonly put: (text: string, index: number) => void;
  readonly rewound: (expected: number, found: number) => BlissdataError;
  readonly script: (moments$: Observable<string>, actions: Readonly<Record<string, () => void>>) => void;
  readonly readerOf: (options: StreamReaderOptions) => DemandReader;
}

function restarting(scheduler: TestScheduler): Restarting {
  const virtual = virtualStream(scheduler, { latency: 4, retry: { firstDelay: 2, factor: 1, jitter: 0 } });
  const { server, key, scan, core } = virtual;
  const source = { key, name: 'diode', scan: scan.key, stateKey: scan.stateKey, entryBytes: 8 };
  return {
    ...virtual,
    put: (text, index) => text.split('').forEach((letter, i) => server.putEntry(key, { index: index + i, len: 1, payload: new TextEncoder().encode(JSON.stringify(letter)) })),
    rewound: (expected, found) => blissdataError('StreamRewound', { key, stream: 'diode', expected, found }),
    script: (moments$, actions) => void moments$.subscribe((moment) => actions[moment]?.()),
    readerOf: (options) => new DemandReader(new StreamReader(core, source, options)),
  };
}

describe('readers whose server restarts between two questions', () => {
  it('error with StreamRewound where they looked for the newest point', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { server, stream, database, put, rewound, script } = restarting(scheduler);
      const saved = server.save();
      const moments$ = cold('a---------d----x');
      // Woken at 10, it reads until 14 that there is more, and asks until 18 what is the newest.
      put('abc', 0);
      script(moments$, {
        d: () => put('defgh', 3),
        x: () => {
          server.restart({ data: saved, away: 1 });
          put('ABCDEFGHIJKLM', 0);
        },
      });
      expectObservable(stream.latest$.pipe(letters)).toBe('--------c--------------------#', undefined, rewound(3, 13));
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('error so where they looked for the beginning of their window', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { server, readerOf, database, put, rewound, script } = restarting(scheduler);
      const many = 'x'.repeat(150);
      const saved = server.save();
      const reader = readerOf({ policy: { window: 2 } });
      const moments$ = cold('--------------------n---------(xy)');
      put('abc', 0);
      script(moments$, {
        n: () => put(many, 3),
        x: () => server.restart({ data: saved, away: 1 }),
        y: () => put('y'.repeat(400), 0),
      });
      const read$ = reader.next().pipe(map(({ index }) => String(index)));
      expectObservable(read$).toBe('----(0|)');
      expectObservable(read$, '---------------------^').toBe('--------------------------------------------#', undefined, rewound(3, 400));
      flush();
      reader.close();
      expect(held(database)).toEqual([]);
    });
  });

  it('error so where they went back from what they had read ahead', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { server, readerOf, database, put, rewound, script } = restarting(scheduler);
      put('abc', 0);
      const saved = server.save();
      put('x'.repeat(300), 3);
      const reader = readerOf({});
      const moments$ = cold('--------------------x');
      script(moments$, { x: () => server.restart({ data: saved, away: 1 }) });
      const first$ = reader.next().pipe(map(({ index }) => String(index)));
      const newest$ = reader.next({ newest: true }).pipe(map(({ index }) => String(index)));
      expectObservable(first$).toBe('----(0|)');
      expectObservable(newest$, '------------------------------^').toBe('------------------------------------------#', undefined, rewound(303, 3));
      flush();
      reader.close();
      expect(held(database)).toEqual([]);
    });
  });

  it('error so where there was no stream yet when they looked, and another one right after', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { server, stream, database, put, rewound, script } = restarting(scheduler);
      const saved = server.save();
      const moments$ = cold('----------x----------------d');
      // Reconnected, it reads nothing, and is told at 26 that there is no stream: the other one begins before it has asked why.
      put('a', 0);
      script(moments$, {
        x: () => server.restart({ data: saved, away: 1 }),
        d: () => put('A', 0),
      });
      expectObservable(stream.points$.pipe(letters)).toBe('----a-------------------------------------------#', undefined, rewound(1, 1));
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('begin at the point they were to begin with, in whatever entry it lies by then', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { server, bytes, key, database, script } = restarting(scheduler);
      const saved = server.save();
      const putBatch = (index: number, text: string): void => server.putEntry(key, { index, len: text.length, payload: new TextEncoder().encode(text) });
      const moments$ = cold('-----(xy)');
      putBatch(0, 'abcd');
      putBatch(4, 'efgh');
      // Until 4 it is told that the point is in the second entry, after which it asks until 8 for what comes.
      script(moments$, {
        x: () => server.restart({ data: saved, away: 1 }),
        y: () => putBatch(0, 'abcdefgh'),
      });
      const chunks$ = bytes.chunksFrom(5).pipe(map((chunk) => told({ ...chunk, dropped: 0 })));
      expectObservable(chunks$, '^-----------------------!').toBe('-------------------a', { a: { index: 5, dropped: 0, expired: 0, points: 'fgh' } });
      flush();
      expect(held(database)).toEqual([]);
    });
  });
});
