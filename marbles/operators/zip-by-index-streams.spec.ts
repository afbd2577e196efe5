/**
 * Rows of several Streams: a fast one is read only as far as it may be ahead (here by 2 points), the rest waits in the database.
 *
 * ```
 * published to a:                     0--1--2--3--4--5---(seal)
 * published to b:                     ------0-----------1---------2----
 * reads of a:                         r--r--r-----------r--------------
 * zipByIndex([a, b], {maxAhead: 2}):  ------0-----------1---------2----
 * ```
 *
 * @draws zipByIndex
 */
import { describe, expect, it } from '@jest/globals';
import { map, type Observable } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { blissdataError } from '../../lib/model/errors.js';
import { zipByIndex, type Row, type ZipOptions } from '../../lib/operators/zip-by-index.js';
import { bytesOf } from '../../specs/contract/samples.js';
import { held } from '../../specs/support/subscription-logs.js';
import { virtualStreams, type VirtualStreams } from '../../specs/operators/virtual-streams.js';
import { virtually } from '../../specs/support/virtual-time.js';

const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const rows = Object.fromEntries(digits.map((index) => [index, { index, values: [`a${index}`, `b${index}`] }]));

type Two = VirtualStreams<'a' | 'b'>;

/** Publishes digits as points, `|` is the seal. */
const publish = ({ cold }: RunHelpers, { scan }: Two, marbles: Readonly<Partial<Record<'a' | 'b', string>>>): void => {
  for (const [name, digitsOf] of Object.entries(marbles)) scan.publish(cold(digitsOf).pipe(map((digit) => `${name}${digit}`)), name);
};
const zipped = ({ streams: { a, b } }: Two, options?: ZipOptions): Observable<Row<unknown>> => zipByIndex([a, b], options);

describe('zipByIndex over Streams', () => {
  it('does not read a stream further than it may be ahead of the slowest', () => {
    virtually((helpers, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(helpers, two, { a: '0--1--2--3--4--5---|          ', b: '------0-----------1---------2-' });
      const reads = '                         r--r--r-----------r-----------';
      const expected = '                      ------0-----------1---------2-';

      helpers.expectObservable(two.readsOf('a')).toBe(reads);
      helpers.expectObservable(zipped(two, { maxAhead: 2 })).toBe(expected, rows);
    });
  });

  it('does not hold more than eight chunks of a stream, however few points they have', () => {
    virtually((helpers, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(helpers, two, { a: '0123456789--------', b: '-----------(0123)-' });
      const reads = '                         rrrrrrrr---r------';
      const expected = '                      -----------(0123)-';

      helpers.expectObservable(two.readsOf('a')).toBe(reads);
      helpers.expectObservable(zipped(two)).toBe(expected, rows);
    });
  });

  it('loses and repeats nothing by stopping and going on, and completes at the seal of the shortest', () => {
    virtually((helpers, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(helpers, two, { a: '0123456|-----------------------', b: '--------0--1--(23)----4-5-6-7-8|' });
      const expected = '                      --------0--1--(23)----4-5-(6|)--';

      helpers.expectObservable(zipped(two, { maxAhead: 1 })).toBe(expected, rows);
      helpers.flush();
      expect(held(two.database)).toEqual([]);
    });
  });

  it('releases everything when it is left, while it waits and while a stream is not read', () => {
    virtually((helpers, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(helpers, two, { a: '--0-1-2-3', b: '---0' });
      helpers.expectObservable(zipped(two, { maxAhead: 1 }), '^-----!').toBe('---0---', rows);
      helpers.flush();
      expect(held(two.database)).toEqual([]);
    });
  });

  it('errors with IndexNoMoreThere, naming the stream, where points were trimmed off, or leaves those rows out', () => {
    virtually((helpers, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(helpers, two, { a: '(0123)-', b: '--01234' });
      const { key } = two.streams.a;
      helpers.cold('t').subscribe(() => two.server.trim(key, 2));
      const error = blissdataError('IndexNoMoreThere', { key, stream: 'a', index: 0 });

      helpers.expectObservable(zipped(two)).toBe('--#', undefined, error);
      helpers.expectObservable(zipped(two, { expired: 'skip' })).toBe('----23-', rows);
    });
  });

  it('notices that points were trimmed off while it did not read them', () => {
    virtually((helpers, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(helpers, two, { a: '012345|', b: '--------0-1-2-3-4-5-|' });
      const { key } = two.streams.a;
      helpers.cold('-------t').subscribe(() => two.server.trim(key, 4));

      helpers.expectObservable(zipped(two, { maxAhead: 2 })).toBe('--------0-1-#', rows, blissdataError('IndexNoMoreThere', { key, stream: 'a', index: 2 }));
      helpers.expectObservable(zipped(two, { maxAhead: 2, expired: 'skip' })).toBe('--------0-1-----4-(5|)', rows);
    });
  });

  it('notices that a stream was deleted while it did not read it', () => {
    virtually((helpers, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      const { key } = two.streams.a;
      publish(helpers, two, { a: '01---', b: '---0-' });
      helpers.cold('           --d--').subscribe(() => two.server.delete(key));

      helpers.expectObservable(zipped(two, { maxAhead: 2 })).toBe('---(0#)', rows, blissdataError('StreamDeleted', { key, stream: 'a' }));
    });
  });

  it('notices that a stream began anew while it did not read it', () => {
    virtually((helpers, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      const { key } = two.streams.a;
      publish(helpers, two, { a: '01---', b: '---0-' });
      helpers.cold('           --d--').subscribe(() => {
        two.server.delete(key);
        two.server.putEntry(key, { index: 0, len: 1, payload: bytesOf('0') });
      });

      helpers.expectObservable(zipped(two, { maxAhead: 2 })).toBe('---(0#)', rows, blissdataError('StreamRewound', { key, stream: 'a', expected: 2, found: 1 }));
    });
  });

  it('errors with ScanNotFound when the scan is deleted while a stream has no points yet', () => {
    virtually((helpers, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      publish(helpers, two, { a: '0-1---#' });
      helpers.expectObservable(zipped(two)).toBe('------#', undefined, blissdataError('ScanNotFound', { key: two.scan.key }));
      helpers.flush();
      expect(held(two.database)).toEqual([]);
    });
  });

  it('errors with what reading a stream errors with', () => {
    virtually((helpers, scheduler) => {
      const two = virtualStreams(scheduler, 'a', 'b');
      const error = blissdataError('ServerError', { command: 'XREAD', code: 'NOPERM', reply: 'NOPERM no permission' });
      publish(helpers, two, { a: '0-1---2', b: '--0----' });
      helpers.cold('-----f').subscribe(() => two.memory.failNext('read', error));

      helpers.expectObservable(zipped(two)).toBe('--0---#', rows, error);
    });
  });
});
