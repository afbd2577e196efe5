/**
 * What a request tells a remote database beside what it reads: whose stream it is, and how much may be sent ahead; and what the database
 * tells of an answer that it cut short. A call takes 4 ms here, and one read holds one of these entries of 600 kB.
 *
 * ```
 * added:   (abc)
 * demand:  -p----------p----
 * ahead:   -8                      MiB: the whole credit
 *               8                  sent when `a` is delivered
 *                   7.4            b is held
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import type { Block } from '../lib/ports/streams.js';
import { extent, scheduledReads } from '../specs/support/scheduled-reads.js';
import { atEach, big, oneReader } from '../specs/support/stream-readers.js';
import { virtually } from '../specs/support/virtual-time.js';

/** Each letter's entry takes so many bytes. */
const entryBytes = 600_002;

/** The first entry alone, as a database gives it that sends no more at once. */
const cutShort = (block: Block): Block =>
  block.firsts.length <= 1
    ? block
    : { key: block.key, firsts: block.firsts.subarray(0, 1), lens: block.lens.subarray(0, 1), ends: block.ends.subarray(0, 1), bytes: block.bytes.slice(0, block.ends[0]), more: true };

describe('a request', () => {
  it('names the scan of its stream, sent alone or with others', () => {
    virtually(({ flush }, scheduler) => {
      const { read, sent } = scheduledReads(scheduler);

      read('a', { scan: 's' }).subscribe();
      read('b').subscribe();
      read('c', { scan: 't', behind: true }).subscribe();
      flush();
      expect(sent.flat().map(({ key, scan }) => ({ key, scan }))).toEqual([{ key: 'c', scan: 't' }, { key: 'a', scan: 's' }, { key: 'b', scan: undefined }]);
    });
  });

  it('of readers that share it lets as much be sent ahead as all of them have room for', () => {
    virtually(({ flush }, scheduler) => {
      const { read, sent } = scheduledReads(scheduler);

      for (const ahead of [3000, 1000, 2000]) read('a', { ahead }).subscribe();
      read('b', { ahead: 1000 }).subscribe();
      read('b').subscribe();
      read('c', { ahead: 5000 }).subscribe();
      flush();
      expect(sent.flat().map(({ key, ahead }) => ({ key, ahead }))).toEqual([{ key: 'a', ahead: 1000 }, { key: 'b', ahead: undefined }, { key: 'c', ahead: 5000 }]);
    });
  });

  it('of a reader that gets all lets its credit be sent ahead, less what it holds', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { scan, source, requests, reader } = oneReader(scheduler, { entryBytes, credit: { bytes: 2_000_000, chunks: 4 } });

      scan.publish(cold('(abcdef)').pipe(big), 'diode');
      atEach(cold('-p----------------------p----'), reader).subscribe();
      flush();
      expect(requests.map(({ ahead }) => ahead)).toEqual([2_000_000, 2_000_000, 2_000_000 - entryBytes, 2_000_000 - entryBytes]);
      expect(requests.map(({ scan: owner }) => owner)).toEqual(requests.map(() => source.scan));
    });
  });

  it.each([
    ['gets the newest point', { policy: 'newest' }],
    ['gets a point per interval', { policy: { every: 5 } }],
    ['gets a window', { policy: { window: 2 } }],
    ['has no credit', { credit: { chunks: 0 } }],
  ] as const)('of a reader that %s lets nothing be sent ahead', (_, options) => {
    virtually(({ cold, flush }, scheduler) => {
      const { scan, requests, reader } = oneReader(scheduler, { entryBytes, ...options });

      scan.publish(cold('(abc)-------------d').pipe(big), 'diode');
      atEach(cold('-p--------p----'), reader).subscribe();
      flush();
      expect(requests.length).toBeGreaterThanOrEqual(2);
      expect(requests.filter((request) => 'ahead' in request)).toEqual([]);
    });
  });

  it('for the newest point alone lets nothing be sent ahead, whatever the policy', () => {
    virtually(({ flush }, scheduler) => {
      const { scan, requests, reader } = oneReader(scheduler);

      scan.append('diode', '"a"');
      reader.next({ newest: true }).subscribe();
      flush();
      expect(requests.map((request) => 'ahead' in request)).toEqual([false]);
    });
  });
});

describe('an answer that was cut short', () => {
  it('is full, however few entries it has', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { read, fill } = scheduledReads(scheduler, { change: cutShort });

      fill('a', 3);
      fill('b', 1);
      expectObservable(read('a').pipe(map(extent))).toBe('----(x|)', { x: '1+' });
      expectObservable(read('b').pipe(map(extent))).toBe('----(x|)', { x: '1' });
    });
  });

  it('is followed by the next read at once, ahead of the consumer, and without an invalidation', () => {
    virtually(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const { scan, database, reader } = oneReader(scheduler, { change: cutShort });
      const added$ = cold('(abc)           ');
      const demand$ = cold('-p------p----p--');
      const reads = [
        '                   -^---!',
        '                   -----^---!',
        '                   ---------^---!',
      ];
      const expected = '    -----a---b---c--';

      scan.publish(added$, 'diode');
      expectObservable(atEach(demand$, reader).pipe(map(({ entries }) => entries))).toBe(expected);
      expectSubscriptions(database.subscriptions.read).toBe(reads);
    });
  });
});
