/**
 * The pull core of all reading: demand (`^`) makes it read; without demand it reads one answer ahead where there is more for
 * sure, and nothing otherwise. A call takes 4 ms here; `a`, `b` and `c` are so big that one read holds one of them.
 *
 * ```
 * in the stream:  abc------------------------------d----
 * demand:         ^--------------^---------^---^--------
 * reads:          ^---!
 *                     ^---!
 *                                ^---!
 *                                    ^---!
 *                                              ^---!
 *                                                  ^---!
 * next():         ----a----------b---------c-------------d
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { map, mergeMap, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../lib/memory/memory-database.js';
import { MemoryServer } from '../lib/memory/memory-server.js';
import { blissdataError } from '../lib/model/errors.js';
import { ScanState } from '../lib/model/scan-state.js';
import { Pull, type Position, type Pulled } from '../lib/polling/pull.js';
import type { StreamSource } from '../lib/polling/stream-source.js';
import { WakeHub } from '../lib/polling/wake-hub.js';
import { bytesOf, textOf } from '../specs/contract/samples.js';
import { ScriptedScan } from '../specs/support/scripted-scan.js';
import { held, logSubscriptions, type LoggedDatabase } from '../specs/support/subscription-logs.js';
import { virtually } from '../specs/support/virtual-time.js';

interface Pulling {
  readonly server: MemoryServer;
  readonly scan: ScriptedScan;
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  readonly source: StreamSource;
  readonly pull: Pull;
}

/** A cursor over a stream of a scan. One read takes about 1 MiB, so `entryBytes` decides how many entries it asks for. */
const pulling = (scheduler: TestScheduler, { entryBytes = 8, position }: { readonly entryBytes?: number; readonly position?: Position } = {}): Pulling => {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server, latency: 4 });
  const database = logSubscriptions(memory);
  const scan = new ScriptedScan(server);
  scan.step(ScanState.CREATED);
  const source = { key: scan.declare('diode'), name: 'diode', scanKey: scan.key, stateKey: scan.stateKey, entryBytes };
  return { server, scan, memory, database, source, pull: new Pull(database, new WakeHub(database), source, position) };
};

/** What was pulled: the letters of its entries, how many points were trimmed off before them, whether the stream ends there. */
const shown = map(({ index, expired, block, ended }: Pulled) => {
  const payloads = Array.from(block.ends, (end, i) => textOf(block.bytes.subarray(i === 0 ? 0 : block.ends[i - 1], end)));
  return { index, expired, entries: payloads.map((payload) => payload.replace('"', '').charAt(0)).join(''), ended };
});

/** Pulls at every letter of a diagram. */
const atEach = (demand$: Observable<string>, pull: Pull): ReturnType<typeof shown> => demand$.pipe(mergeMap(() => pull.next()), shown);

/** Each letter repeated until only one entry fits into a read. */
const big = map((letter: string) => letter.repeat(600_000));

describe('pulling', () => {
  it('reads nothing without demand', () => {
    virtually(({ cold, expectSubscriptions }, scheduler) => {
      const { scan, database } = pulling(scheduler);
      const added$ = cold('ab--c');

      scan.publish(added$, 'diode');
      expectSubscriptions(database.subscriptions.read).toBe([]);
      expectSubscriptions(database.subscriptions.wakes$).toBe([]);
    });
  });

  it('gives what is there in one read, and reads nothing further when that was all', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, pull } = pulling(scheduler);
      const added$ = cold('abc----d----  ');
      const demand$ = cold('---^----------', { '^': 'pull' });
      const reads = '      ---^---!      ';
      const expected = '   -------v------';

      scan.publish(added$, 'diode');
      expectObservable(atEach(demand$, pull)).toBe(expected, { v: { index: 0, expired: 0, entries: 'abc', ended: false } });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('sends the next read ahead while the consumer works, and no other one', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, pull } = pulling(scheduler, { entryBytes: 600_000 });
      const added$ = cold('(abcd)                            ');
      const demand$ = cold('-p---------------p---------------');
      const reads = [
        '                   -^---!                           ',
        '                   -----^---!                       ',
        '                   -----------------^---!           ',
      ];
      const expected = '    -----a-----------b---------------';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, pull)).toBe(expected, {
        a: { index: 0, expired: 0, entries: 'a', ended: false },
        b: { index: 1, expired: 0, entries: 'b', ended: false },
      });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('gives what was read ahead in its time when the consumer is the faster one', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, pull } = pulling(scheduler, { entryBytes: 600_000 });
      const added$ = cold('(abc|)             ');
      const demand$ = cold('-p----p---p---p---');
      const reads = ['-^---!', '-----^---!', '---------^---!', '-------------^---!'];
      const expected = '    -----a---b---c---d';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(atEach(demand$, pull)).toBe(expected, {
        a: { index: 0, expired: 0, entries: 'a', ended: false },
        b: { index: 1, expired: 0, entries: 'b', ended: false },
        c: { index: 2, expired: 0, entries: 'c', ended: false },
        d: { index: 3, expired: 0, entries: '', ended: true },
      });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('asks for as many entries as their size so far allows', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, pull } = pulling(scheduler, { entryBytes: 600_000 });
      const demand$ = cold('-p-----p---------');
      const reads = ['-^---!', '-----^---!'];
      const expected = '    -----a---b-------';

      for (let i = 0; i < 300; i++) scan.append('diode', 'x');
      expectObservable(atEach(demand$, pull).pipe(map(({ entries }) => entries.length))).toBe(expected, { a: 1, b: 299 });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('waits at the end of what is there, and reads once for each wake', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, pull } = pulling(scheduler);
      const added$ = cold('a--------------b---------');
      const demand$ = cold('-p-----p-----------------');
      const reads = ['-^---!', '-------^---!', '---------------^---!'];
      const expected = '    -----a-------------b-----';
      const woken = '       -^';

      scan.publish(added$, 'diode');
      expectObservable(atEach(demand$, pull)).toBe(expected, {
        a: { index: 0, expired: 0, entries: 'a', ended: false },
        b: { index: 1, expired: 0, entries: 'b', ended: false },
      });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
    });
  });

  it('makes sure that the scan is there when nothing was ever written', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, pull } = pulling(scheduler);
      const added$ = cold(' --------------a---------');
      const demand$ = cold('-p-----------------------');
      const reads = [
        '                   -^---!',
        '                   --------------^---!',
      ];
      const expected = '    ------------------a-----';

      scan.publish(added$, 'diode');
      expectObservable(atEach(demand$, pull)).toBe(expected, { a: { index: 0, expired: 0, entries: 'a', ended: false } });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.log).toBe('-----^---!');
      expectSubscriptions(database.subscriptions.heads).toBe('---------^---!');
      expectSubscriptions(database.subscriptions.scansExist).toBe('---------^---!');
    });
  });
});

describe('pulling from a stream that was trimmed', () => {
  it('tells how many points are missing before those it gives', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, source, scan, pull } = pulling(scheduler);
      const added$ = cold(' abcd-----');
      const trimmed$ = cold('----t---');
      const demand$ = cold('-----p---');
      const expected = '    ---------v';

      scan.publish(added$, 'diode');
      trimmed$.subscribe(() => server.trim(source.key, 3));
      expectObservable(atEach(demand$, pull)).toBe(expected, { v: { index: 0, expired: 3, entries: 'd', ended: false } });
    });
  });

  it('tells it also where only the end is left', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, source, scan, pull } = pulling(scheduler);
      const added$ = cold(' abcd|----');
      const trimmed$ = cold('-----t---');
      const demand$ = cold('-----p---');
      const expected = '    ---------v';

      scan.publish(added$, 'diode');
      trimmed$.subscribe(() => server.trim(source.key, 4));
      expectObservable(atEach(demand$, pull)).toBe(expected, { v: { index: 0, expired: 4, entries: '', ended: true } });
    });
  });

  it('goes on waiting when nothing but the past was trimmed', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { server, source, scan, database, pull } = pulling(scheduler);
      const added$ = cold(' ab-------------------------------c');
      const trimmed$ = cold('---------------t---------------  ');
      const demand$ = cold('--p------p--                       ');
      const reads = ['--^---!', '---------^---!', '---------------^---!', '---------------------------------^---!'];
      const expected = '    ------v------------------------------w';

      scan.publish(added$, 'diode');
      trimmed$.subscribe(() => server.trim(source.key, 2));
      expectObservable(atEach(demand$, pull)).toBe(expected, {
        v: { index: 0, expired: 0, entries: 'ab', ended: false },
        w: { index: 2, expired: 0, entries: 'c', ended: false },
      });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.heads).toBe('-----------------------^---!');
    });
  });
});

describe('pulling from a stream that does not go on as it should', () => {
  it('errors with StreamOverlap where an entry starts inside the one before, after giving what came before', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, source, pull } = pulling(scheduler);
      const demand$ = cold('-p-----p---');
      const expected = '    -----v-----#';

      server.putEntry(source.key, { index: 0, len: 10, payload: bytesOf('a') });
      server.putEntry(source.key, { index: 4, len: 1, payload: bytesOf('b') });
      const error = blissdataError('StreamOverlap', { key: source.key, stream: 'diode', expected: 10, found: 4 });
      expectObservable(atEach(demand$, pull)).toBe(expected, { v: { index: 0, expired: 0, entries: 'a', ended: false } }, error);
    });
  });

  it('errors with StreamRewound when it restarts below what was read', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, source, pull } = pulling(scheduler);
      const restarted$ = cold('-------------r');
      const demand$ = cold('   -p-----p------');
      const expected = '       -----v-------------------#';

      for (const index of [0, 1, 2]) server.putEntry(source.key, { index, len: 1, payload: bytesOf('a') });
      restarted$.subscribe(() => {
        server.delete(source.key);
        server.putEntry(source.key, { index: 0, len: 1, payload: bytesOf('z') });
      });
      const error = blissdataError('StreamRewound', { key: source.key, stream: 'diode', expected: 3, found: 1 });
      expectObservable(atEach(demand$, pull)).toBe(expected, { v: { index: 0, expired: 0, entries: 'aaa', ended: false } }, error);
    });
  });

  it('errors with StreamDeleted when its key vanishes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { server, scan, source, database, pull } = pulling(scheduler);
      const added$ = cold('  a            ');
      const deleted$ = cold('-------------d');
      const demand$ = cold(' -p-----p------');
      const reads = ['-^---!', '-------^---!', '-------------^---!'];
      const expected = '     -----v-------------------#';

      scan.publish(added$, 'diode');
      deleted$.subscribe(() => server.delete(source.key));
      const error = blissdataError('StreamDeleted', { key: source.key, stream: 'diode' });
      expectObservable(atEach(demand$, pull)).toBe(expected, { v: { index: 0, expired: 0, entries: 'a', ended: false } }, error);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('errors with ScanNotFound when its scan is deleted, written or not', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, pull } = pulling(scheduler);
      const added$ = cold('  a-----------#');
      const demand$ = cold(' -p-----p------');
      const expected = '     -----v------------------#';

      scan.publish(added$, 'diode');
      const error = blissdataError('ScanNotFound', { key: scan.key });
      expectObservable(atEach(demand$, pull)).toBe(expected, { v: { index: 0, expired: 0, entries: 'a', ended: false } }, error);
    });
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, pull } = pulling(scheduler);
      const added$ = cold('  --------------------#');
      const demand$ = cold(' -p-------------------');
      const expected = '     -----------------------------#';

      scan.publish(added$, 'diode');
      const error = blissdataError('ScanNotFound', { key: scan.key });
      expectObservable(atEach(demand$, pull)).toBe(expected, undefined, error);
    });
  });

  it('errors with what a read errors with, and can be asked again', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, memory, database, pull } = pulling(scheduler);
      const added$ = cold('  ab----------------');
      const reads = ['--^---!', '----------^---!'];
      const unsub1 = '--^';
      const expected1 = '    ------#           ';
      const unsub2 = '----------^';
      const expected2 = '    --------------(v|)';

      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      memory.failNext('read', error);
      scan.publish(added$, 'diode');
      expectObservable(pull.next().pipe(shown), unsub1).toBe(expected1, undefined, error);
      expectObservable(pull.next().pipe(shown), unsub2).toBe(expected2, { v: { index: 0, expired: 0, entries: 'ab', ended: false } });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });
});

describe('leaving a pull', () => {
  it('gives up the read that is under way', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, database, pull } = pulling(scheduler);
      const added$ = cold('a');
      const unsub = '      -^-!';
      const expected = '   ----';

      scan.publish(added$, 'diode');
      expectObservable(pull.next(), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(unsub);
      flush();
      expect(scheduler.now()).toBe(3);
    });
  });

  it('gives up the read that was sent ahead while its answer is waited for', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, pull } = pulling(scheduler, { entryBytes: 600_000 });
      const added$ = cold('(abc)');
      const unsub1 = '     -^         ';
      const expected1 = '  -----(a|)  ';
      const unsub2 = '     ------^-!  ';
      const expected2 = '  ---------  ';
      const reads = ['-^---!', '-----^--!'];

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(pull.next().pipe(shown), unsub1).toBe(expected1, { a: { index: 0, expired: 0, entries: 'a', ended: false } });
      expectObservable(pull.next().pipe(shown), unsub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('loses nothing: the next pull reads again what the one that was left had asked for', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, pull } = pulling(scheduler, { entryBytes: 600_000 });
      const added$ = cold('(abc)');
      const unsub1 = '     -^                      ';
      const expected1 = '  -----(a|)               ';
      const unsub2 = '     ------^-!               ';
      const expected2 = '  ---------               ';
      const unsub3 = '     ----------^             ';
      const expected3 = '  --------------(b|)      ';

      scan.publish(added$.pipe(big), 'diode');
      expectObservable(pull.next().pipe(shown), unsub1).toBe(expected1, { a: { index: 0, expired: 0, entries: 'a', ended: false } });
      expectObservable(pull.next().pipe(shown), unsub2).toBe(expected2);
      expectObservable(pull.next().pipe(shown), unsub3).toBe(expected3, { b: { index: 1, expired: 0, entries: 'b', ended: false } });
      expectSubscriptions(database.subscriptions.read).toBe(['-^---!', '-----^--!', '----------^---!', '--------------^---!']);
    });
  });

  it('and closing the cursor releases the read sent ahead and the wakes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, database, pull } = pulling(scheduler, { entryBytes: 600_000 });
      const added$ = cold('(abc)');
      const closed$ = cold('------x');
      const reads = ['-^---!', '-----^!'];
      const woken = '      -^----!';
      const expected = '   -----(a|)';

      scan.publish(added$.pipe(big), 'diode');
      closed$.subscribe(() => pull.close());
      expectObservable(pull.next().pipe(shown), '-^').toBe(expected, { a: { index: 0, expired: 0, entries: 'a', ended: false } });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.wakes$).toBe(woken);
      flush();
      expect(held(database)).toEqual([]);
    });
  });
});
