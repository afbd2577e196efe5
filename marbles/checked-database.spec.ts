/**
 * Before anything else is asked of a database it is asked for its protocol version, once, however many begin at once. A call
 * takes 2 ms here.
 *
 * ```
 * version:  --^-!
 * calls:    ----^-!
 *           ---------^-!
 * call 1:   ------(a|)          subscribed to in frame 2
 * call 2:   -----------(a|)     subscribed to in frame 9
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { defer, map } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { memoryDatabase, type MemoryDatabase } from '../lib/memory/memory-database.js';
import { MemoryServer } from '../lib/memory/memory-server.js';
import { blissdataError } from '../lib/model/errors.js';
import type { Database } from '../lib/ports/database.js';
import { checkedDatabase } from '../lib/store/checked-database.js';
import { held, logSubscriptions, type LoggedDatabase } from '../specs/support/subscription-logs.js';
import { virtually } from '../specs/support/virtual-time.js';

interface Checked {
  readonly server: MemoryServer;
  readonly memory: MemoryDatabase;
  /** What is behind the check. */
  readonly database: LoggedDatabase;
  readonly checked: Database;
  readonly problems: unknown[];
}

const checkedOver = (scheduler: TestScheduler): Checked => {
  const server = new MemoryServer({ scheduler });
  const memory = memoryDatabase({ server, latency: 2 });
  const database = logSubscriptions(memory, scheduler);
  const problems: unknown[] = [];
  return { server, memory, database, problems, checked: checkedDatabase(database, (problem) => problems.push(problem)) };
};

const answered = map(() => 'a');

describe('the check of the protocol version', () => {
  it('comes before the first call, and not again', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { checked, database } = checkedOver(scheduler);
      const sub1 = '     --^';
      const expected1 = '------(a|)';
      const sub2 = '     ---------^';
      const expected2 = '-----------(a|)';
      const version = '  --^-!';
      const heads = [
        '                ----^-!',
        '                ---------^-!',
      ];

      expectObservable(checked.heads([]).pipe(answered), sub1).toBe(expected1);
      expectObservable(defer(() => checked.heads([])).pipe(answered), sub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.protocolVersion).toBe(version);
      expectSubscriptions(database.subscriptions.heads).toBe(heads);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('is shared by the requests made while it is under way', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { checked, database } = checkedOver(scheduler);
      const sub1 = '    --^';
      const sub2 = '    ---^';
      const expected = '------(a|)';
      const version = ' --^-!';
      const called = '  ----^-!';

      expectObservable(checked.heads([]).pipe(answered), sub1).toBe(expected);
      expectObservable(checked.scansExist([]).pipe(answered), sub2).toBe(expected);
      expectSubscriptions(database.subscriptions.protocolVersion).toBe(version);
      expectSubscriptions(database.subscriptions.heads).toBe(called);
      expectSubscriptions(database.subscriptions.scansExist).toBe(called);
    });
  });

  it('is cancelled when all requests that wait for it are, and goes on while one waits', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { checked, database } = checkedOver(scheduler);
      const unsub1 = '--^!';
      const unsub2 = '------^!';
      const unsub3 = '------^-----';
      const version = [
        '             --^!',
        '             ------^-!',
      ];

      expectObservable(checked.heads([]), unsub1).toBe('----');
      expectObservable(checked.heads([]), unsub2).toBe('--------');
      expectObservable(checked.heads([]).pipe(answered), unsub3).toBe('----------(a|)');
      expectSubscriptions(database.subscriptions.protocolVersion).toBe(version);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('errors with NotInitialized, reports it, and is made again by the next call', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { checked, server, database, problems } = checkedOver(scheduler);
      const initialised$ = cold('----x');
      const expected1 = '        --#';
      const sub2 = '             -----^';
      const expected2 = '        ---------(a|)';
      const version = [
        '                        ^-!',
        '                        -----^-!',
      ];

      const error = blissdataError('NotInitialized', { url: database.url });
      server.setProtocolVersion(null);
      initialised$.subscribe(() => server.setProtocolVersion('1'));
      expectObservable(checked.heads([])).toBe(expected1, undefined, error);
      expectObservable(checked.heads([]).pipe(answered), sub2).toBe(expected2);
      expectSubscriptions(database.subscriptions.protocolVersion).toBe(version);
      flush();
      expect(problems).toEqual([error]);
    });
  });

  it('errors with what the request of the version errors with', () => {
    virtually(({ expectObservable, expectSubscriptions }, scheduler) => {
      const { checked, memory, database } = checkedOver(scheduler);
      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      const expected = '--#';

      memory.failNext('protocolVersion', error);
      expectObservable(checked.heads([])).toBe(expected, undefined, error);
      expectSubscriptions(database.subscriptions.heads).toBe([]);
    });
  });
});
