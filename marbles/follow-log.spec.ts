/**
 * Follows a log of small records: a read that finds fewer than it requested has reached the end, and the next one waits for an invalidation.
 * A call takes 4 ms here, and the server reads half way; `S` comes after that, so its invalidation leads to one more read.
 *
 * ```
 * added:      -C-----P--S----------T-----
 * reads:      ^---!
 *                    ^---!
 *                        ^---!
 *                                  ^---!
 * followLog:  ----C------P---S---------T--
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../lib/memory/memory-database.js';
import { blissdataError } from '../lib/model/errors.js';
import { ScanState } from '../lib/model/scan-state.js';
import { followLog } from '../lib/reading/follow-log.js';
import { InvalidationHub } from '../lib/reading/invalidation-hub.js';
import type { LogEntry } from '../lib/ports/logs.js';
import { MemoryServer } from '../lib/memory/memory-server.js';
import { originId } from '../lib/wire/stream-id.js';
import { letterOf, ScriptedScan } from '../specs/support/scripted-scan.js';
import { held, logSubscriptions, type LoggedDatabase } from '../specs/support/subscription-logs.js';
import { virtually } from '../specs/support/virtual-time.js';

/** The letters of a batch of states, `.` for an empty one. */
const letters = map((entries: readonly LogEntry[]) => entries.map(({ fields }) => letterOf(Number(fields['state']))).join('') || '.');

interface Followed {
  readonly scan: ScriptedScan;
  readonly memory: MemoryDatabase;
  readonly database: LoggedDatabase;
  readonly follow: (after?: string) => ReturnType<typeof letters>;
}

/** The states of a scan as the log that is followed. */
const followed = (scheduler: TestScheduler): Followed => {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server, latency: 4 });
  const database = logSubscriptions(memory, scheduler);
  const scan = new ScriptedScan(server);
  const hub = new InvalidationHub(database);
  return { scan, memory, database, follow: (after = originId) => followLog(hub, scan.stateKey, after, (id, count) => database.log(scan.stateKey, id, count)).pipe(letters) };
};

describe('followLog', () => {
  it('emits what is added, reading once per invalidation', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, follow } = followed(scheduler);
      const added$ = cold('-C-----P--S----------T-----');
      const reads = [
        '                  ^---!',
        '                  -------^---!',
        '                  -----------^---!',
        '                  ---------------------^---!',
      ];
      const watch = '      ^--------------------------!';
      const unsub = '      ^--------------------------!';
      const expected = '   ----C------P---S---------T--';

      scan.walk(added$);
      expectObservable(follow(), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.log).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });

  it('begins after the entry it is given', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, follow } = followed(scheduler);
      const added$ = cold('CPST------');
      const unsub = '      -----^---------!';
      const expected = '   ---------x------';

      scan.walk(added$);
      expectObservable(follow('1-0'), unsub).toBe(expected, { x: 'ST' });
    });
  });

  it('emits an empty batch at first if there is nothing, for nothing reports what happened before; then nothing without an invalidation', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { database, follow } = followed(scheduler);
      const reads = '   ^---!';
      const watch = '   ^-------------!';
      const unsub = '   ^-------------!';
      const expected = '----x----------';

      expectObservable(follow(), unsub).toBe(expected, { x: '.' });
      expectSubscriptions(database.subscriptions.log).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('emits an empty batch for an invalidation without an entry, such as that of a deletion', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, follow } = followed(scheduler);
      const added$ = cold('C---------#');
      const reads = [
        '                  ^---!',
        '                  ----------^---!',
      ];
      const unsub = '      ^--------------------!';
      const expected = '   ----C---------x-------';

      scan.walk(added$);
      expectObservable(follow(), unsub).toBe(expected, { C: 'C', x: '.' });
      expectSubscriptions(database.subscriptions.log).toBe(reads);
    });
  });

  it('catches up in reads of 100, one right after the other, until one is not full', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, follow } = followed(scheduler);
      const reads = [
        '               ^---!',
        '               ----^---!',
        '               --------^---!',
      ];
      const unsub = '   ^----------------!';
      const expected = '----a---a---b----';

      for (let i = 0; i < 250; i++) scan.step(ScanState.CREATED);
      expectObservable(follow().pipe(map((batch) => batch.length)), unsub).toBe(expected, { a: 100, b: 50 });
      expectSubscriptions(database.subscriptions.log).toBe(reads);
    });
  });

  it('does not take a full read for the end, and waits once it has seen that', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, follow } = followed(scheduler);
      const added$ = cold('------------P------');
      const reads = [
        '                  ^---!',
        '                  ----^---!',
        '                  ------------^---!',
      ];
      const unsub = '      ^-----------------!';
      const expected = '   ----a-----------b--';

      for (let i = 0; i < 100; i++) scan.step(ScanState.CREATED);
      scan.walk(added$);
      expectObservable(follow().pipe(map((batch) => batch.length)), unsub).toBe(expected, { a: 100, b: 1 });
      expectSubscriptions(database.subscriptions.log).toBe(reads);
    });
  });

  it('errors with a read, and holds nothing after', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { scan, memory, database, follow } = followed(scheduler);
      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      const added$ = cold('C---------P---------');
      const reads = [
        '                  ^---!',
        '                  ----------^---!',
      ];
      const watch = '      ^-------------!';
      const expected = '   ----C---------#';

      scan.walk(added$);
      cold('               ---------x').subscribe(() => memory.failNext('log', error));
      expectObservable(follow()).toBe(expected, undefined, error);
      expectSubscriptions(database.subscriptions.log).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('gives up the read that is under way when the subscriber leaves, and reads no more', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, follow } = followed(scheduler);
      const added$ = cold('C---------P---S-----');
      const reads = [
        '                  ^---!',
        '                  ----------^-!',
      ];
      const watch = '      ^-----------!';
      const unsub = '      ^-----------!';
      const expected = '   ----C--------';

      scan.walk(added$);
      expectObservable(follow(), unsub).toBe(expected);
      expectSubscriptions(database.subscriptions.log).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });

  it('reads for each subscriber; they share the invalidations', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, follow } = followed(scheduler);
      const added$ = cold('C-----------------P-------');
      const unsub1 = '     ^------------------------!';
      const expected1 = '  ----C-----------------P---';
      const unsub2 = '     ----------^----------!';
      const expected2 = '  --------------C-------';
      const reads = [
        '                  ^---!',
        '                  ----------^---!',
        '                  ------------------^---!',
        '                  ------------------^--!',
      ];
      const watch = '      ^------------------------!';

      const follow$ = follow();
      scan.walk(added$);
      expectObservable(follow$, unsub1).toBe(expected1);
      expectObservable(follow$, unsub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.log).toBe(reads);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
    });
  });
});
