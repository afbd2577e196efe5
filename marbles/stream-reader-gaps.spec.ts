/**
 * What a cursor is told where a stream does not simply go on: points trimmed off, entries that overlap, a restart, a deletion.
 *
 * ```
 * added:    abcd-----
 * trimmed:  ----t            up to index 3
 * demand:   -----p---
 * pulled:   ---------v       index 0, expired 3, entries d
 * ```
 *
 * A wake that finds nothing to read leads to three more calls that say why.
 *
 * ```
 * added:    a------------x             x: the stream is deleted
 * demand:   -p-----p
 * reads:    -^---!
 *                        ^---!
 * why:                       ^-------!
 * pulled:   -----a-------------------#
 * ```
 */
import { describe, it } from '@jest/globals';
import { blissdataError } from '../lib/model/errors.js';
import { bytesOf } from '../specs/contract/samples.js';
import { atEach, oneReader, shown } from '../specs/support/stream-readers.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('pulling from a stream that was trimmed', () => {
  it('tells how many points are missing before those it gives', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, source, scan, reader } = oneReader(scheduler);
      const added$ = cold('  abcd-----');
      const trimmed$ = cold('----t---');
      const demand$ = cold(' -----p---');
      const expected = '     ---------v';

      scan.publish(added$, 'diode');
      trimmed$.subscribe(() => server.trim(source.key, 3));
      expectObservable(atEach(demand$, reader)).toBe(expected, { v: { index: 0, expired: 3, entries: 'd', ended: false } });
    });
  });

  it('tells it also where only the end is left', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, source, scan, reader } = oneReader(scheduler);
      const added$ = cold('  abcd|----');
      const trimmed$ = cold('-----t---');
      const demand$ = cold(' -----p---');
      const expected = '     ---------v';

      scan.publish(added$, 'diode');
      trimmed$.subscribe(() => server.trim(source.key, 4));
      expectObservable(atEach(demand$, reader)).toBe(expected, { v: { index: 0, expired: 4, entries: '', ended: true } });
    });
  });

  it('goes on waiting when nothing but the past was trimmed', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { server, source, scan, database, reader } = oneReader(scheduler);
      const added$ = cold('  ab-------------------------------c');
      const trimmed$ = cold('---------------t---------------');
      const demand$ = cold(' --p------p--');
      const reads = [
        '                    --^---!',
        '                    ---------------^---!',
        '                    ---------------------------------^---!',
      ];
      const expected = '     ------v------------------------------w';

      scan.publish(added$, 'diode');
      trimmed$.subscribe(() => server.trim(source.key, 2));
      expectObservable(atEach(demand$, reader)).toBe(expected, {
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
      const { server, source, reader } = oneReader(scheduler);
      const demand$ = cold('-p-----p---');
      const expected = '    -----v-----#';

      server.putEntry(source.key, { index: 0, len: 10, payload: bytesOf('a') });
      server.putEntry(source.key, { index: 4, len: 1, payload: bytesOf('b') });
      const error = blissdataError('StreamOverlap', { key: source.key, stream: 'diode', expected: 10, found: 4 });
      expectObservable(atEach(demand$, reader)).toBe(expected, { v: { index: 0, expired: 0, entries: 'a', ended: false } }, error);
    });
  });

  it('errors with StreamRewound when it restarts below what was read', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { server, source, reader } = oneReader(scheduler);
      const restarted$ = cold('-------------r');
      const demand$ = cold('   -p-----p------');
      const expected = '       -----v-------------------#';

      for (const index of [0, 1, 2]) server.putEntry(source.key, { index, len: 1, payload: bytesOf('a') });
      restarted$.subscribe(() => {
        server.delete(source.key);
        server.putEntry(source.key, { index: 0, len: 1, payload: bytesOf('z') });
      });
      const error = blissdataError('StreamRewound', { key: source.key, stream: 'diode', expected: 3, found: 1 });
      expectObservable(atEach(demand$, reader)).toBe(expected, { v: { index: 0, expired: 0, entries: 'aaa', ended: false } }, error);
    });
  });

  it('errors with StreamDeleted when its key vanishes', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { server, scan, source, database, reader } = oneReader(scheduler);
      const added$ = cold('  a            ');
      const deleted$ = cold('-------------d');
      const demand$ = cold(' -p-----p------');
      const reads = [
        '                    -^---!',
        '                    -------------^---!',
      ];
      const expected = '     -----v-------------------#';

      scan.publish(added$, 'diode');
      deleted$.subscribe(() => server.delete(source.key));
      const error = blissdataError('StreamDeleted', { key: source.key, stream: 'diode' });
      expectObservable(atEach(demand$, reader)).toBe(expected, { v: { index: 0, expired: 0, entries: 'a', ended: false } }, error);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });

  it('errors with ScanNotFound when its scan is deleted, written or not', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, reader } = oneReader(scheduler);
      const added$ = cold(' a-----------#');
      const demand$ = cold('-p-----p------');
      const expected = '    -----v----------------------#';

      scan.publish(added$, 'diode');
      const error = blissdataError('ScanNotFound', { key: scan.key });
      expectObservable(atEach(demand$, reader)).toBe(expected, { v: { index: 0, expired: 0, entries: 'a', ended: false } }, error);
    });
    virtually(({ cold, expectObservable }, scheduler) => {
      const { scan, reader } = oneReader(scheduler);
      const added$ = cold(' --------------------#');
      const demand$ = cold('-p-------------------');
      const expected = '    --------------------------------#';

      scan.publish(added$, 'diode');
      const error = blissdataError('ScanNotFound', { key: scan.key });
      expectObservable(atEach(demand$, reader)).toBe(expected, undefined, error);
    });
  });

  it('errors with what a read errors with, and can be asked again', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, memory, database, reader } = oneReader(scheduler);
      const added$ = cold('ab----------------');
      const reads = [
        '                  --^---!',
        '                  ----------^---!',
      ];
      const unsub1 = '     --^';
      const expected1 = '  ------#';
      const unsub2 = '     ----------^';
      const expected2 = '  --------------(v|)';

      const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
      memory.failNext('read', error);
      scan.publish(added$, 'diode');
      expectObservable(reader.next().pipe(shown), unsub1).toBe(expected1, undefined, error);
      expectObservable(reader.next().pipe(shown), unsub2).toBe(expected2, { v: { index: 0, expired: 0, entries: 'ab', ended: false } });
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });
});
