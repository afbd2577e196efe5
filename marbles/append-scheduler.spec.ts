/**
 * The windows of all writers of a store. The small ones of a tick travel as one request, each appended as a whole or not at all; what is
 * refused or fails goes on window by window. A call takes 4 ms here, the pause after a failure is 2 ms.
 *
 * ```
 * sent to a:  -x-y------
 * sent to b:  -x--------
 * sent to c:  -x-y------
 * requests:   -^---!       a, b and c
 *                  ^---!   a and c
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import type { Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { blissdataError } from '../lib/model/errors.js';
import type { Database } from '../lib/ports/database.js';
import type { Key } from '../lib/ports/keys.js';
import { StreamWriter } from '../lib/stream/stream-writer.js';
import { codecOf } from '../lib/wire/encoding/codec.js';
import { jsonEncoding } from '../lib/wire/encoding/encoding.js';
import { limitingSizes, losingAnswers, outcomeUnknown, recordingRequests, rival, send, stored } from '../specs/support/faults.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStream, type VirtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

const latency = 4;
const retry = { firstDelay: 2, factor: 2, maxDelay: 8, jitter: 0 };
const counts = { 0: 0, 1: 1, 2: 2, 3: 3 };
const disconnected = blissdataError('Disconnected', { url: 'memory:', reason: 'cut' });

interface Writers extends VirtualStream {
  readonly writers: readonly StreamWriter<'json'>[];
  /** Each request, by the numbers of its streams. */
  readonly requests: readonly string[];
  /** What the server holds of each stream. */
  readonly all: () => readonly (readonly string[])[];
}

/** So many writers of one store. */
function writersOf(scheduler: TestScheduler, count: number, options: Parameters<typeof virtualStream>[1] = {}, keys: (virtual: VirtualStream, i: number) => Key = ({ scan }, i) => scan.declare(`stream ${i}`)): Writers {
  const sent: (readonly Key[])[] = [];
  const { fault = (database: Database): Database => database } = options;
  const virtual = virtualStream(scheduler, { latency, retry, ...options, fault: (database) => recordingRequests(sent)(fault(database)) });
  const writers = Array.from({ length: count }, (_, i) => {
    const source = { key: keys(virtual, i), name: `stream ${i}`, scan: virtual.scan.key, stateKey: virtual.scan.stateKey, entryBytes: 8 };
    return new StreamWriter<'json'>(virtual.core, source, codecOf(jsonEncoding));
  });
  return {
    ...virtual,
    writers,
    get requests() {
      return sent.map((request) => request.map((key) => writers.findIndex((writer) => writer.key === key)).join(' '));
    },
    all: () => writers.map(({ key }) => stored({ ...virtual, key })),
  };
}

const sendAll = ({ writers }: Writers, points$: Observable<string>): void => writers.forEach((writer) => send(writer, points$));

describe('the windows of one tick', () => {
  it('travel together, and what is sent meanwhile does after them', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const all = writersOf(scheduler, 3);
      const requests = [
        '                        -^---!',
        '                        -----^---!',
      ];

      sendAll(all, cold('         -a'));
      for (const writer of [all.writers[0], all.writers[2]]) if (writer !== undefined) send(writer, cold('--b'));
      all.writers.forEach((writer, i) => expectObservable(writer.acknowledged$).toBe(i === 1 ? '0----1' : '0----1---2', counts));
      expectSubscriptions(all.database.subscriptions.append).toBe(requests);
      flush();
      expect(all.requests).toEqual(['0 1 2', '0 2']);
      expect(all.all()).toEqual([['0 "a"', '1 "b"'], ['0 "a"'], ['0 "a"', '1 "b"']]);
    });
  });

  it('do not wait for a request under way', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const all = writersOf(scheduler, 2);
      const requests = [
        '                        ^---!',
        '                        --^---!',
      ];

      all.writers.forEach((writer, i) => send(writer, cold(i === 0 ? 'a' : '--b')));
      all.writers.forEach((writer, i) => expectObservable(writer.acknowledged$).toBe(i === 0 ? '0---1' : '0-----1', counts));
      expectSubscriptions(all.database.subscriptions.append).toBe(requests);
      flush();
      expect(all.requests).toEqual(['0', '1']);
    });
  });

  it('are sent alone if they are large, and in several requests if they are many', () => {
    virtually(({ cold, flush }, scheduler) => {
      const all = writersOf(scheduler, 12);
      const sizes = [8000, 20_000, ...Array.from({ length: 10 }, () => 8000)];

      all.writers.forEach((writer, i) => send(writer, cold('x', { x: 'x'.repeat(sizes[i] ?? 0) })));
      flush();
      expect(all.requests).toEqual(['1', '0 2 3 4 5 6 7 8', '9 10 11']);
      expect(all.writers.map(({ pendingBytes }) => pendingBytes)).toEqual(sizes.map(() => 0));
    });
  });

  it('respect the size that the server is known to accept', () => {
    virtually(({ cold, flush }, scheduler) => {
      const all = writersOf(scheduler, 4, { fault: limitingSizes({ payload: 1000, window: 250 }) });

      sendAll(all, cold('x', { x: 'ten bytes' }));
      flush();
      expect(all.requests).toEqual(['0 1', '2 3']);
    });
  });
});

describe('a window that is refused', () => {
  it('fails its writer, and no other', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const all = writersOf(scheduler, 3);
      const key = all.writers[1]?.key ?? '';
      const conflict = blissdataError('WriteConflict', { key, stream: 'stream 1', expected: '0-0', found: '0-1' });

      cold('                      x').subscribe(() => rival({ ...all, key }, 0));
      sendAll(all, cold('         -a-b'));
      all.writers.forEach((writer, i) => expectObservable(writer.acknowledged$).toBe(i === 1 ? '0----#' : '0----1---2', counts, conflict));
      flush();
      expect(all.requests).toEqual(['0 1 2', '0 2']);
      expect(all.all()[1]).toEqual(['0 "z"']);
    });
  });

  it('is sent alone for its error, if that does not say which window it is about', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      // The scan's states are no stream of points.
      const all = writersOf(scheduler, 3, {}, ({ scan }, i) => (i === 1 ? scan.stateKey : scan.declare(`stream ${i}`)));
      const wrongType = expect.objectContaining({ _tag: 'ServerError', code: 'WRONGTYPE' });

      sendAll(all, cold('         a'));
      all.writers.forEach((writer, i) => expectObservable(writer.acknowledged$).toBe(i === 1 ? '0-------#' : '0---1', counts, wrongType));
      flush();
      expect(all.requests).toEqual(['0 1 2', '1']);
    });
  });
});

describe('a request that fails', () => {
  it('for a passing reason is repeated after a pause, window by window', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const all = writersOf(scheduler, 2);
      const requests = [
        '                        ^---!',
        '                        ------^---!',
        '                        ------^---!',
        '                        ----------^---!',
      ];
      const states = {
        w: { _tag: 'writing' },
        r: { _tag: 'retrying', error: disconnected, attempt: 1, delay: 2 },
      };

      all.memory.failNext('append', disconnected);
      sendAll(all, cold('         a-b'));
      for (const writer of all.writers) {
        expectObservable(writer.acknowledged$).toBe('0---------1---2', counts);
        expectObservable(writer.status$).toBe('     w---r-----w', states);
      }
      expectSubscriptions(all.database.subscriptions.append).toBe(requests);
      flush();
      expect(all.requests).toEqual(['0 1', '0', '1', '0 1']);
      expect(held(all.database)).toEqual([]);
    });
  });

  it('after it was carried out adds nothing twice', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const all = writersOf(scheduler, 2, { fault: losingAnswers(1) });
      const looks = '               ----------^---!';

      sendAll(all, cold('         (ab)'));
      for (const writer of all.writers) expectObservable(writer.acknowledged$).toBe('0-------------2', counts);
      expectSubscriptions(all.database.subscriptions.range).toBe([looks, looks]);
      flush();
      expect(all.all()).toEqual([['0 "a"', '1 "b"'], ['0 "a"', '1 "b"']]);
    });
  });

  it.each([
    ['an unknown outcome', (key: string) => outcomeUnknown(key)],
    ['a lack of memory', (key: string) => blissdataError('OutOfMemory', { key })],
    ['a replica', (key: string) => blissdataError('ReadOnlyReplica', { url: 'memory:', key })],
  ])('because of %s names each writer\'s own stream', (_, errorOf) => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const all = writersOf(scheduler, 2, { retry: { attempts: 0 } });

      all.memory.failNext('append', errorOf(all.writers[0]?.key ?? ''));
      sendAll(all, cold('         a'));
      for (const { acknowledged$, key } of all.writers) expectObservable(acknowledged$).toBe('0---#', counts, errorOf(key));
    });
  });

  it.each([
    ['ServerError', blissdataError('ServerError', { command: 'EVALSHA', code: 'ERR', reply: 'ERR' })],
    ['RequestTooLarge', blissdataError('RequestTooLarge', { key: 'a', size: 10, reason: 'a proxy' })],
  ])('for a reason that may be one window\'s is repeated window by window at once: %s', (_, error) => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const all = writersOf(scheduler, 2);
      const requests = [
        '                        ^---!',
        '                        ----^---!',
        '                        ----^---!',
      ];

      all.memory.failNext('append', error);
      sendAll(all, cold('         a'));
      for (const writer of all.writers) expectObservable(writer.acknowledged$).toBe('0-------1', counts);
      expectSubscriptions(all.database.subscriptions.append).toBe(requests);
      flush();
      expect(all.requests).toEqual(['0 1', '0', '1']);
    });
  });
});
