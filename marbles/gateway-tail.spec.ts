/**
 * The tail of a stream: one reader and one set of frames for all who follow it.
 *
 * ```
 * points:   -p---p--
 * reads:    -^---^--
 * clients:  -x---y--
 *           -x---y--
 * ```
 *
 * Messages take no time here.
 */
import { describe, expect, it } from '@jest/globals';
import { virtualRelay, type Visit } from '../specs/support/relay-visit.js';
import { virtually } from '../specs/support/virtual-time.js';

const follow = (client: Visit, stream = 'a', ahead = 1e6): number => client.read(stream, '0-0', { ahead });

/** What a client hears in one frame, as one value. */
const heard = (client: Visit, now: () => number): Record<number, string[]> => {
  const log: Record<number, string[]> = {};
  client.heard$.subscribe((what) => (log[now()] ??= []).push(what));
  return log;
};

describe('the tail of a stream', () => {
  it('is read and encoded once for all who follow', () => {
    virtually(({ cold, flush }, scheduler) => {
      const work = { encoded: 0, sent: 0 };
      const { visit, publish, database } = virtualRelay(scheduler, { gather: 0, events: { encoded: () => work.encoded++, sent: (kind) => kind === 'frame' && work.sent++ } });
      const clients = Array.from({ length: 30 }, () => visit());

      for (const client of clients) follow(client);
      cold('-ppp').subscribe(() => publish('a'));
      flush();
      for (const client of clients) expect(client.blocks.filter(({ answer }) => !answer).map(({ block }) => [...block.firsts])).toEqual([[0], [1], [2]]);
      expect(work).toEqual({ encoded: 3, sent: 90 });
      // The first one's read, and one for each point.
      expect(database.calls.read).toBe(1 + 3);
    });
  });

  it('gathers for 4 ms where more than 20 follow', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler);
      publish('a');
      const [first] = Array.from({ length: 21 }, () => {
        const client = visit();
        follow(client);
        return client;
      });
      const log = first === undefined ? {} : heard(first, () => scheduler.now());

      cold('-ppp---p').subscribe(() => publish('a'));
      flush();
      expect(log).toEqual({ 0: ['welcome', 'follow a', '1: 0..0'], 5: ['a after 0-1: 1..3'], 11: ['a after 3-1: 4..4'] });
    });
  });

  it('is read together with those of other streams', () => {
    virtually(({ cold, flush }, scheduler) => {
      for (const gather of [0, 4]) {
        const { visit, publish, database } = virtualRelay(scheduler, { gather });
        const client = visit();
        for (const stream of 'abcd') publish(stream);
        for (const stream of 'abcd') follow(client, stream);
        let reads = 0;

        cold('10ms p').subscribe(() => {
          reads = database.calls.read;
          for (const stream of 'abcd') publish(stream);
        });
        flush();
        expect(client.blocks.filter(({ answer }) => !answer).map(({ block }) => [...block.firsts])).toEqual([[1], [1], [1], [1]]);
        expect(database.calls.read).toBe(reads + 1);
      }
    });
  });

  it('cuts a frame for one who has its beginning', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler, { gather: 4 });
      const [first, second] = [visit(), visit()];
      const [log, log2] = [heard(first, () => scheduler.now()), heard(second, () => scheduler.now())];

      follow(first);
      cold('-p-p').subscribe(() => publish('a'));
      cold('--r').subscribe(() => follow(second));
      flush();
      expect(log[5]).toEqual(['a after 0-0: 0..1']);
      expect(log2).toEqual({ 0: ['welcome'], 2: ['follow a', '1: 0..0'], 5: ['a after 0-1: 1..1'] });
    });
  });

  it('is joined by one who catches up, without gap or double', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, database } = virtualRelay(scheduler, { latency: 2, gather: 0 });
      const [early, late] = [visit(), visit()];
      publish('a', 40, 100_000);

      cold('r').subscribe(() => early.read('a', '39-1', { ahead: 1e8 }));
      cold('--r').subscribe(() => follow(late, 'a', 1e8));
      cold('5ms (pp)-p--p 60ms p').subscribe(() => publish('a', 1, 100_000));
      flush();
      expect(late.blocks.flatMap(({ block }) => [...block.firsts])).toEqual(Array.from({ length: 45 }, (_, i) => i));
      expect(early.blocks.flatMap(({ block }) => [...block.firsts])).toEqual([40, 41, 42, 43, 44]);
      // The last point was read once for both.
      const reads = database.calls.read;
      publish('a');
      flush();
      expect(database.calls.read).toBe(reads + 1);
      expect([early, late].map(({ blocks }) => blocks.at(-1)?.block.firsts.at(-1))).toEqual([45, 45]);
    });
  });

  it('answers reads within its reach', () => {
    virtually(({ cold, flush }, scheduler) => {
      const kept: string[] = [];
      const { visit, publish } = virtualRelay(scheduler, { gather: 0, events: { fromMemory: (call) => kept.push(call) } });
      const [one, other] = [visit(), visit()];
      const log = heard(other, () => scheduler.now());

      follow(one);
      cold('-p-p').subscribe(() => publish('a', 3));
      cold('-----r').subscribe(() => other.read('a', '1-1', { maxEntries: 2 }));
      cold('------r').subscribe(() => other.read('a', '2-1', { maxEntries: 1 }));
      cold('-------r').subscribe(() => other.read('a', '5-1', { maxEntries: 2 }));
      cold('---------p').subscribe(() => publish('a'));
      flush();
      expect(log).toEqual({ 0: ['welcome'], 5: ['1: 2..2+'], 6: ['2: 3..3+'], 7: ['3: nothing'], 9: ['wake a'] });
      expect(kept).toEqual(['read', 'read', 'read']);
    });
  });
});
