/**
 * A writer that does not know whether its window arrived: it sends it again, and if that is refused looks whether what stands in its place
 * is its own. A call takes 2 ms here, the pause is 2 ms.
 *
 * ```
 * sent:            a---------------
 * appends:         ^-x                 carried out, but the answer is lost
 *                      ^-!             refused: something is there already
 * looks:                 ^-!           it is this very window
 * acknowledged$:   0-------1-------
 * ```
 *
 * @draws StreamWriter.acknowledged$
 */
import { describe, expect, it } from '@jest/globals';
import { blissdataError } from '../lib/model/errors.js';
import { losingAnswers, outcomeUnknown, rival, send, stored } from '../specs/support/faults.js';
import { virtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

const latency = 2;
const retry = { firstDelay: 2, factor: 2, maxDelay: 8, jitter: 0 };
const counts = { 0: 0, 1: 1, 2: 2, 3: 3, 4: 4 };
const disconnected = blissdataError('Disconnected', { url: 'memory:', reason: 'cut' });

describe('an answer that got lost', () => {
  it('is found out about: the window is there, and is not written twice', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency, retry, fault: losingAnswers(1) });
      const { writer, database } = virtual;
      const sent$ = cold('  (ab)-c');
      const appends = [
        '                   ^-!',
        '                   ----^-!',
        '                   --------^-!',
      ];
      const looks = '       ------^-!';
      const expected = '    0-------2-3';

      send(writer, sent$);
      expectObservable(writer.acknowledged$).toBe(expected, counts);
      expectSubscriptions(database.subscriptions.append).toBe(appends);
      expectSubscriptions(database.subscriptions.range).toBe([looks]);
      flush();
      expect(stored(virtual)).toEqual(['0 "a"', '1 "b"', '2 "c"']);
    });
  });

  it('may have been of a window that never arrived: it is written', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency, retry });
      const { writer, memory, database } = virtual;

      memory.failNext('append', outcomeUnknown(writer.key));
      send(writer, cold('                           (ab)'));
      expectObservable(writer.acknowledged$).toBe('0-----2', counts);
      expectSubscriptions(database.subscriptions.range).toBe([]);
      flush();
      expect(stored(virtual)).toEqual(['0 "a"', '1 "b"']);
    });
  });

  it('is checked again when the check itself fails', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency, retry, fault: losingAnswers(1) });
      const { writer, memory } = virtual;

      memory.failNext('range', disconnected);
      send(writer, cold('                           a'));
      expectObservable(writer.acknowledged$).toBe('0-----------1', counts);
      flush();
      expect(stored(virtual)).toEqual(['0 "a"']);
    });
  });

  it('gives way to an error that says why the window can never be there', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { writer, memory } = virtualStream(scheduler, { latency, retry });
      const refused = blissdataError('ServerError', { command: 'EVALSHA', code: 'NOPERM', reply: 'NOPERM' });

      memory.failNext('append', outcomeUnknown(writer.key));
      memory.failNext('append', refused);
      send(writer, cold('                           a'));
      expectObservable(writer.acknowledged$).toBe('0-----#', counts, refused);
    });
  });

  it('is what remains of attempts that ended with a passing error', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { writer, memory } = virtualStream(scheduler, { latency, retry: { ...retry, attempts: 1 } });

      memory.failNext('append', outcomeUnknown(writer.key));
      memory.failNext('append', disconnected);
      send(writer, cold('                           a'));
      expectObservable(writer.acknowledged$).toBe('0-----#', counts, outcomeUnknown(writer.key));
    });
  });

  it('does not hide that another writer has written after it', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency, retry, fault: losingAnswers(1) });
      const { writer, key } = virtual;
      const conflict = blissdataError('WriteConflict', { key, stream: 'diode', expected: '0-1', found: '1-1' });

      cold('                                        ---x').subscribe(() => rival(virtual, 1));
      send(writer, cold('                           a---b'));
      expectObservable(writer.acknowledged$).toBe('0-------1-#', counts, conflict);
      flush();
      expect(stored(virtual)).toEqual(['0 "a"', '1 "z"']);
    });
  });

  it('is made out by what is left where the front was trimmed off, and by the last id where all was', () => {
    for (const keep of [1, 2]) {
      virtually(({ cold, expectObservable }, scheduler) => {
        const virtual = virtualStream(scheduler, { latency, retry, fault: losingAnswers(1) });
        const { writer, server, key } = virtual;

        cold('                                        ---x').subscribe(() => server.trim(key, keep));
        send(writer, cold('                           (ab)'));
        expectObservable(writer.acknowledged$).toBe('0-------2', counts);
      });
    }
  });

  it('is acknowledged where the stream was sealed since, and what follows is StreamSealed', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency, retry, fault: losingAnswers(1) });
      const { writer, key, server } = virtual;
      const sealed = blissdataError('StreamSealed', { key, stream: 'diode' });

      cold('                                        ---x').subscribe(() => server.keyspace.get(key, 'points')?.sealAt(1));
      send(writer, cold('                           a---b'));
      expectObservable(writer.acknowledged$).toBe('0-------1-#', counts, sealed);
    });
  });
});

describe('a second writer', () => {
  const fenced: readonly (readonly [string, readonly (readonly [number, string])[], string])[] = [
    ['other points under the same ids', [[0, '"y"'], [1, '"z"']], '1-1'],
    ['fewer points', [[0, '"a"']], '0-1'],
    ['the same bytes, cut otherwise', [[1, '"a""b"']], '1-1'],
  ];

  it.each(fenced)('is not taken for this one after an unknown outcome: %s', (_, theirs, found) => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency, retry });
      const { writer, memory, key } = virtual;
      const conflict = blissdataError('WriteConflict', { key, stream: 'diode', expected: '0-0', found });

      memory.failNext('append', outcomeUnknown(key));
      cold('                                        ---x').subscribe(() => {
        for (const [index, payload] of theirs) rival(virtual, index, payload);
      });
      send(writer, cold('                           (ab)'));
      expectObservable(writer.acknowledged$).toBe('0-------#', counts, conflict);
      flush();
      expect(stored(virtual)).toHaveLength(theirs.length);
    });
  });

  it('is a conflict at once where nothing is unknown', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency, retry });
      const { writer, key, memory, database } = virtual;
      const conflict = blissdataError('WriteConflict', { key, stream: 'diode', expected: '0-0', found: '0-1' });

      memory.failNext('append', disconnected);
      cold('                                        ---x').subscribe(() => rival(virtual, 0, '"a"'));
      send(writer, cold('                           a'));
      expectObservable(writer.acknowledged$).toBe('0-----#', counts, conflict);
      expectSubscriptions(database.subscriptions.range).toBe([]);
    });
  });
});

describe('a server that came back with less', () => {
  it.each([0, 1])('than was acknowledged, %d points: StreamRewound', (found) => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency, retry });
      const { writer, key, server } = virtual;
      const rewound = blissdataError('StreamRewound', { key, stream: 'diode', expected: 2, found });

      cold('                                        ---x').subscribe(() => {
        server.delete(key);
        if (found > 0) rival(virtual, 0, '"a"');
      });
      send(writer, cold('                           (ab)c'));
      expectObservable(writer.acknowledged$).toBe('0-2-----#', counts, rewound);
    });
  });

  it('than the protocol\'s version, having lost everything: StreamRewound', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { writer, key, server } = virtualStream(scheduler, { latency, retry });
      const rewound = blissdataError('StreamRewound', { key, stream: 'diode', expected: 2, found: 0 });

      cold('                                        ---x').subscribe(() => server.flush());
      send(writer, cold('                           (ab)c'));
      expectObservable(writer.acknowledged$).toBe('0-2-----#', counts, rewound);
    });
  });

  it('without the scan is ScanNotFound', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const virtual = virtualStream(scheduler, { latency, retry, fault: losingAnswers(1) });
      const { writer, server, scan } = virtual;

      cold('                                        ---x').subscribe(() => server.delete(scan.key));
      send(writer, cold('                           a'));
      expectObservable(writer.acknowledged$).toBe('0-----#', counts, blissdataError('ScanNotFound', { key: scan.key }));
    });
  });
});
