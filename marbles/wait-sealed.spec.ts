/**
 * Waiting for the end of a stream.
 *
 * ```
 * published:     -a-b-c--|
 * waitSealed():  --------(3|)
 * ```
 *
 * @draws Stream.waitSealed
 */
import { describe, expect, it } from '@jest/globals';
import { blissdataError } from '../lib/model/errors.js';
import { held } from '../specs/support/subscription-logs.js';
import { virtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

const counts = { n: 0, t: 3 };
const error = (tag: string): unknown => expect.objectContaining({ _tag: tag });

describe('waitSealed', () => {
  it('emits the number of points once the stream is sealed, and reads only when something has changed', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('-a-b-c--|');
      const reads = [
        '                      (^!)',
        '                      -(^!)',
        '                      ---(^!)',
        '                      -----(^!)',
        '                      --------(^!)',
      ];
      const watch = '          ^-------!';
      const expected = '       --------(t|)';

      publish(published$);
      expectObservable(stream.waitSealed()).toBe(expected, counts);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
      expectSubscriptions(database.subscriptions.range).toBe([]);
      expectSubscriptions(database.subscriptions.invalidations).toBe(watch);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('emits at once where the stream is sealed already, and for each subscriber anew', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler);
      const published$ = cold('-abc|');
      const sub1 = '           ------^';
      const expected1 = '      ------(t|)';
      const sub2 = '           --------^';
      const expected2 = '      --------(t|)';

      publish(published$);
      expectObservable(stream.waitSealed(), sub1).toBe(expected1, counts);
      expectObservable(stream.waitSealed(), sub2).toBe(expected2, counts);
      expectSubscriptions(database.subscriptions.heads).toBe([]);
    });
  });

  it('waits for a stream that has never been written', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      const published$ = cold('----|');
      const expected = '       ----(n|)';

      publish(published$);
      expectObservable(stream.waitSealed()).toBe(expected, counts);
    });
  });

  it('misses no seal that comes during a read', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler, { latency: 4 });
      const published$ = cold('abc--|');
      const expected = '       --------(t|)';

      publish(published$);
      expectObservable(stream.waitSealed()).toBe(expected, counts);
    });
  });

  it('never emits for a stream that is never sealed, and holds nothing after it was left', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const { publish, stream, database } = virtualStream(scheduler, { latency: 2 });
      const published$ = cold('-a-b-c---');
      const unsub = '          ^------!';
      const expected = '       --------';

      publish(published$);
      expectObservable(stream.waitSealed(), unsub).toBe(expected);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('errors with ScanNotFound when the scan is deleted, be there points or none', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      publish(cold('                           -a-#'));
      expectObservable(stream.waitSealed()).toBe('---#', undefined, error('ScanNotFound'));
    });
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream } = virtualStream(scheduler);
      publish(cold('                           ---#'));
      expectObservable(stream.waitSealed()).toBe('---#', undefined, error('ScanNotFound'));
    });
  });

  it('errors with StreamDeleted when the stream is deleted', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      publish(cold('-a------'));
      cold('        ---x    ').subscribe(() => server.delete(key));
      expectObservable(stream.waitSealed()).toBe('---#', undefined, error('StreamDeleted'));
    });
  });

  it('errors with StreamRewound when the stream begins anew', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, stream, server, key } = virtualStream(scheduler);
      publish(cold('-ab-----'));
      cold('        ---x    ').subscribe(() => {
        server.delete(key);
        server.putEntry(key, { index: 0, len: 1, payload: new Uint8Array(1) });
      });
      expectObservable(stream.waitSealed()).toBe('---#', undefined, error('StreamRewound'));
    });
  });

  it('errors when the store is closed', () => {
    virtually(({ cold, expectObservable, flush }, scheduler) => {
      const closed = blissdataError('StoreClosed', {});
      const closed$ = cold<never>('----#', undefined, closed);
      const { stream, database } = virtualStream(scheduler, { closed$ });
      const expected = '           ----#';

      expectObservable(stream.waitSealed()).toBe(expected, undefined, closed);
      flush();
      expect(held(database)).toEqual([]);
    });
  });

  it('does the same for a writer, whichever writer seals', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { publish, writer } = virtualStream(scheduler);
      const published$ = cold('-abc-|');
      const expected = '       -----(t|)';

      publish(published$);
      expectObservable(writer.waitSealed()).toBe(expected, counts);
    });
  });
});
