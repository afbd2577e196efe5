/**
 * A writer whose server goes away: what travels is sent again until it is there, and what is sent meanwhile waits. A call takes 2 ms here,
 * the pauses are 2, 4, 8 ms.
 *
 * ```
 * sent:            -a-b----c-------
 * appends:         -^-x               a
 *                       ^-x           a, after 2 ms
 *                             ^-!     a, after 4 ms
 *                               ^-!   b and c
 * acknowledged$:   0------------1-3
 * ```
 *
 * @draws StreamWriter.status$
 */
import { describe, expect, it } from '@jest/globals';
import { blissdataError } from '../lib/model/errors.js';
import { publishTo } from '../lib/operators/publish-to.js';
import type { AppendWindow } from '../lib/ports/streams.js';
import { outcomeUnknown, recordingAppends, send, stored } from '../specs/support/faults.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

const latency = 2;
const retry = { firstDelay: 2, factor: 2, maxDelay: 8, jitter: 0 };
const counts = { 0: 0, 1: 1, 2: 2, 3: 3, 4: 4 };
const disconnected = blissdataError('Disconnected', { url: 'memory:', reason: 'cut' });

describe('a server that goes away', () => {
  it('is repeated after longer and longer pauses; what is sent meanwhile goes in one window after it', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency, retry });
      const { writer, memory, database } = virtual;
      const sent$ = cold(' -a-b----c');
      const appends = [
        '                  -^-!',
        '                  -----^-!',
        '                  -----------^-!',
        '                  -------------^-!',
      ];
      const expected = '   0------------1-3';
      const status = '     w--r---s-----w';

      for (let i = 0; i < 2; i++) memory.failNext('append', disconnected);
      send(writer, sent$);
      expectObservable(writer.acknowledged$).toBe(expected, counts);
      expectObservable(writer.status$).toBe(status, {
        w: { _tag: 'writing' },
        r: { _tag: 'retrying', error: disconnected, attempt: 1, delay: 2 },
        s: { _tag: 'retrying', error: disconnected, attempt: 2, delay: 4 },
      });
      expectSubscriptions(database.subscriptions.append).toBe(appends);
      flush();
      expect(stored(virtual)).toEqual(['0 "a"', '1 "b"', '2 "c"']);
      expect(held(database)).toEqual([]);
    });
  });

  it('gets the very same window each time, whatever was sent since', () => {
    virtually(({ cold, flush }, scheduler) => {
      const windows: AppendWindow[] = [];
      const { writer, memory } = virtualStream(scheduler, { latency, retry, fault: recordingAppends(windows) });

      memory.failNext('append', disconnected);
      memory.failNext('append', outcomeUnknown(writer.key));
      send(writer, cold('ab-c-d'));
      flush();
      expect(windows.map(({ expected, entries }) => [expected, entries.length])).toEqual([['0-0', 1], ['0-0', 1], ['0-0', 1], ['0-1', 3]]);
      expect(windows[1]).toEqual(windows[0]);
      expect(windows[2]).toEqual(windows[0]);
    });
  });

  it('starts with the first pause again at its next failure', () => {
    virtually(({ cold, expectSubscriptions }, scheduler) => {
      const { writer, memory, database } = virtualStream(scheduler, { latency, retry });
      const sent$ = cold(' a-------------b');
      const appends = [
        '                  ^-!',
        '                  ----^-!',
        '                  ----------^-!',
        '                  --------------^-!',
        '                  ------------------^-!',
      ];

      for (let i = 0; i < 2; i++) memory.failNext('append', disconnected);
      cold('               -------------x').subscribe(() => memory.failNext('append', disconnected));
      send(writer, sent$);
      expectSubscriptions(database.subscriptions.append).toBe(appends);
    });
  });

  it('is given up after as many attempts as the policy allows, with what the last one failed with', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { writer, memory, database } = virtualStream(scheduler, { latency, retry: { ...retry, attempts: 1 } });
      const appends = ['    ^-!', '    ----^-!'];
      const expected = '    0-----#';
      const status = '      w-r---(f|)';

      for (let i = 0; i < 2; i++) memory.failNext('append', disconnected);
      send(writer, cold('   a'));
      expectObservable(writer.acknowledged$).toBe(expected, counts, disconnected);
      expectObservable(writer.status$).toBe(status, { w: { _tag: 'writing' }, r: expect.objectContaining({ _tag: 'retrying' }), f: { _tag: 'failed', error: disconnected } });
      expectSubscriptions(database.subscriptions.append).toBe(appends);
    });
  });

  it('is OutcomeUnknown when it is given up and an earlier sending may have come through', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { writer, memory } = virtualStream(scheduler, { latency, retry: { ...retry, attempts: 1 } });
      const unknown = outcomeUnknown(writer.key);

      memory.failNext('append', unknown);
      memory.failNext('append', disconnected);
      send(writer, cold('                           a'));
      expectObservable(writer.acknowledged$).toBe('0-----#', counts, unknown);
    });
  });

  it('is not repeated after a failure that does not pass', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { writer, memory } = virtualStream(scheduler, { latency, retry });
      const refused = blissdataError('ServerError', { command: 'EVALSHA append', code: 'NOPERM', reply: 'NOPERM' });

      memory.failNext('append', refused);
      send(writer, cold('                           a'));
      expectObservable(writer.acknowledged$).toBe('0-#', counts, refused);
    });
  });

  it('ends what waits for it with what kept the points from being written, when the store closes', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { writer, memory, core } = virtualStream(scheduler, { latency, retry });

      for (let i = 0; i < 9; i++) memory.failNext('append', disconnected);
      cold('                                        ----------x').subscribe(() => core.retries.close());
      send(writer, cold('                           a'));
      expectObservable(writer.acknowledged$).toBe('0---------#', counts, disconnected);
    });
  });

  it('lets a push source overflow', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { writer, memory, key } = virtualStream(scheduler, { latency, retry });
      const source$ = cold('abcdef');
      const expected = '    ---#';

      for (let i = 0; i < 9; i++) memory.failNext('append', disconnected);
      const overflow = blissdataError('Overflow', { key, stream: 'diode', limit: 9 });
      expectObservable(source$.pipe(publishTo(writer, { overflowAt: 9 }))).toBe(expected, counts, overflow);
    });
  });

  it('has send answer false beyond the mark, until it is back', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { writer, memory } = virtualStream(scheduler, { latency, retry, writer: { highWaterMark: 7 } });
      const answers: boolean[] = [];

      memory.failNext('append', disconnected);
      cold('abc-------d').subscribe((point) => answers.push(writer.send(point)));
      flush();
      expect(answers).toEqual([true, true, false, true]);
      expect(writer.pendingBytes).toBe(0);
    });
  });
});

describe('a server without memory', () => {
  it('is repeated until there is some, and then has every point', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency, retry });
      const { writer, memory } = virtual;

      memory.failNext('append', disconnected);
      memory.failNext('append', blissdataError('OutOfMemory', { key: writer.key }));
      send(writer, cold('       a-bcd'));
      expectObservable(writer.acknowledged$).toBe('0---------1-4', counts);
      flush();
      expect(stored(virtual)).toEqual(['0 "a"', '1 "b"', '2 "c"', '3 "d"']);
    });
  });
});
