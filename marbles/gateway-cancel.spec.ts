/**
 * Requests that are cancelled: the database works on them to the end all the same.
 *
 * ```
 * client:    rx rx rx rx rx rx
 * database:  1--1
 *             2--2
 *              3--3 5--5          four at a time
 *               4--4
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { keyOf, virtualRelay } from '../specs/support/relay-visit.js';
import { virtually } from '../specs/support/virtual-time.js';

describe('requests for points that are cancelled', () => {
  it('keep their turns until the database has answered: no client asks for more by cancelling', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, database } = virtualRelay(scheduler, { latency: 10 });
      publish('a', 3);
      const client = visit();
      const log: string[] = [];
      client.heard$.subscribe((what) => log.push(what));
      const askAndCancel = (): void => client.say({ cancel: client.ask('range', { key: keyOf('a') }, {}) });

      cold('2ms r').subscribe(() => {
        for (let i = 0; i < 100; i++) askAndCancel();
        client.ask('range', { key: keyOf('a') }, {});
      });
      cold('5ms c').subscribe(() => expect(database.calls.range).toBe(4));
      flush();
      expect(database.calls.range).toBe(5);
      expect(log).toEqual(['welcome', '101: 0..2']);
    });
  });

  it('give them back as well where they fail, or had more to ask for, or were being sent', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler, { latency: 2, wire: 1 });
      publish('a', 40, 200_000);
      const client = visit({ maxMessage: 50_000 });
      const log: string[] = [];
      client.heard$.subscribe((what) => what.startsWith('part') || log.push(what));
      const indices = Array.from({ length: 40 }, (_, i) => i);

      cold('2ms r').subscribe(() => client.read('a', '0-0'));
      for (let round = 0; round < 20; round++) {
        cold(`${100 + 7 * round}ms r`).subscribe(() => {
          const ids = [client.ask('entriesAt', { key: keyOf('a') }, indices), client.ask('range', { key: keyOf('a') }, {}), client.ask('read', [{ key: keyOf('a'), after: '0-0', maxEntries: 100, ahead: 1e6 }])];
          cold(`${round % 7}ms c`).subscribe(() => {
            for (const id of ids) client.say({ cancel: id });
          });
        });
      }
      cold('3s r').subscribe(() => {
        log.length = 0;
        for (let i = 0; i < 4; i++) client.ask('range', { key: keyOf('a') }, { max: 0 });
      });
      flush();
      expect(log).toEqual(['62: 0..0', '63: 0..0', '64: 0..0', '65: 0..0']);
    });
  });
});
