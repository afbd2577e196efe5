/** How long a read waits: from when it is known that there is nothing, and a look that is under way then is not cut off. */
import { describe, expect, it } from '@jest/globals';
import { from, map, merge, of, switchMap, take, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { FallbackPoints } from '../../lib/kinds/hdf5-fallback/fallback-points.js';
import { FilePoints } from '../../lib/kinds/file-points.js';
import { ndArray } from '../../lib/model/nd-array.js';
import { WaitLimit, type NextOptions } from '../../lib/reading/reader/demand.js';
import { StreamReader } from '../../lib/reading/reader/stream-reader.js';
import { codecOf } from '../../lib/wire/encoding/codec.js';
import { numeric } from '../../lib/wire/encoding/encoders.js';
import { FilesInMemory } from '../support/array-files.js';
import { DemandReader } from '../support/stream-readers.js';
import { virtually } from '../support/virtual-time.js';
import { virtualStream } from '../support/virtual-stream.js';
import { held } from '../support/subscription-logs.js';

const source = ({ key, scan }: ReturnType<typeof virtualStream>) => ({ key, name: 'diode', scan: scan.key, stateKey: scan.stateKey, entryBytes: 8 });

/** How many entries there were. */
const entries = (reader: DemandReader, options: NextOptions): Observable<string> => reader.next(options).pipe(map(({ block }) => String(block.firsts.length)));

function open(scheduler: TestScheduler, latency: number) {
  const virtual = virtualStream(scheduler, { latency });
  const reader = new DemandReader(new StreamReader(virtual.core, source(virtual)));
  const limited = (ms: number): NextOptions => ({ limit: new WaitLimit(ms, scheduler) });
  return { ...virtual, reader, limited };
}

describe('a pull that waits for so long', () => {
  it('begins to wait when the answer is there that says that there is nothing', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { reader, limited } = open(scheduler, 4);
      // The answer takes 4 ms, and so does the question why there is nothing, at first; then 3 ms pass.
      expectObservable(entries(reader, limited(3))).toBe('---------------|');
    });
  });

  it('gives what is there, however long that takes', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { reader, limited, publish } = open(scheduler, 8);
      publish(of('a', 'b'));
      expectObservable(entries(reader, limited(1))).toBe('--------(2|)');
    });
  });

  it('looks once more though the last look saw the end, and gives what has come since', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { reader, limited, publish, database } = open(scheduler, 4);
      publish(cold('a----------------b-'));
      expectObservable(entries(reader, limited(1))).toBe('----(1|)');
      const asks = new Map<string, Observable<string>>();
      cold('------x----------y-').subscribe((name) => asks.set(name, entries(reader, limited(1))));
      const got: string[] = [];
      cold('-------x----------y').subscribe((name) => asks.get(name)?.subscribe({ next: (n) => got.push(n), complete: () => got.push('|') }));
      scheduler.schedule(() => expect(got).toEqual(['|', '1', '|']), 40);
      scheduler.schedule(() => {
        reader.close();
        expect(held(database)).toEqual([]);
      }, 41);
    });
  });

  it('lets a look come to its end that a wake began in time', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { reader, limited, publish } = open(scheduler, 4);
      publish(cold('-------------a'));
      // Nothing until frame 12 or so; woken at 13, time is up at 16, the answer is there at 17.
      expectObservable(entries(reader, limited(4))).toBe('-----------------(1|)');
    });
  });
});

it('who does not wait looks once more where the look that was under way found nothing: points may have come since it was sent', () => {
  virtually(({ cold, expectObservable }, scheduler) => {
    const { reader, publish } = open(scheduler, 4);
    // As many as the first look asks for: there may be more, and the next look is sent ahead at 6, when the first is answered.
    publish(merge(from(Array.from({ length: 100 }, () => 'a')), cold('---------b-')));
    expectObservable(entries(reader, { wait: false }), '--^').toBe('------(x|)', { x: '100' });
    const asked$ = cold('---------x').pipe(switchMap(() => entries(reader, { wait: false })));
    expectObservable(asked$.pipe(take(1))).toBe('--------------(1|)');
  });
});

describe('a limit', () => {
  it('is one for all waits of a read, and lets nothing be waited for once it is over', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const limit = new WaitLimit(5, scheduler);
      const first = cold('--(a|)');
      const second = cold('----b|');
      expectObservable(limit.bound(first)).toBe('--(a|)');
      expectObservable(limit.bound(second), '---^').toBe('-----|');
      expectObservable(limit.bound(from(['c'])), '------^').toBe('------|');
      expectSubscriptions(first.subscriptions).toBe('^-!');
      expectSubscriptions(second.subscriptions).toBe('---^-!');
    });
  });
});

describe('a reader of points that a file is to have', () => {
  /** Points of which the first three were trimmed off, and which no file has yet. */
  function trimmed(scheduler: TestScheduler) {
    const virtual = virtualStream(scheduler);
    const files = new FilesInMemory({ scheduler, latency: 3 });
    const save = (count: number): void => files.put('f', 'd', ndArray('uint8', [count], new Uint8Array(count)));
    save(0);
    const { encoding } = numeric('uint8');
    const points = new FallbackPoints(new FilePoints({ core: virtual.core, source: source(virtual), codec: codecOf(encoding) }, files, { format: 'hdf5', file: 'f', dataset: 'd' }));
    for (let i = 0; i < 4; i++) virtual.scan.append('diode', 'x');
    virtual.server.trim(virtual.key, 3);
    const reader = points.reader({});
    const next = (options: NextOptions): Observable<string> => reader.next(options).pipe(map(({ index, data }) => `${index}+${data.shape[0] ?? 0}`));
    return { save, next, limited: (ms: number): NextOptions => ({ limit: new WaitLimit(ms, scheduler) }) };
  }

  it('waits for it no longer than it may, from when it is known that the file has none', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { next, limited } = trimmed(scheduler);
      // The file, and how much it has, take 3 ms each.
      expectObservable(next(limited(500))).toBe('506ms |');
    });
  });

  it('looks again within that time', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { next, limited, save } = trimmed(scheduler);
      scheduler.schedule(() => save(3), 800);
      expectObservable(next(limited(1200))).toBe('1009ms (x|)', { x: '0+3' });
    });
  });

  it('errors at once where it is asked not to wait', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { next } = trimmed(scheduler);
      expectObservable(next({ wait: false })).toBe('------#', undefined, expect.objectContaining({ _tag: 'NotInFile' }));
    });
  });
});
