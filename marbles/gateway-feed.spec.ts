/**
 * Feeds: a read that lets the gateway send ahead is answered, and what comes after that follows unasked, as far as it was granted.
 *
 * ```
 * client:   --r-----------
 * points:   p----p---p----
 * gateway:  w-b--x---y----       b: follow, and the answer; x, y: frames
 * ```
 *
 * Messages and the database take no time here.
 */
import { describe, expect, it } from '@jest/globals';
import { keyOf, virtualRelay, type Visit } from '../specs/support/relay-visit.js';
import { virtually } from '../specs/support/virtual-time.js';

const follow = (client: Visit, stream = 'a', ahead = 1e6): number => client.read(stream, '0-0', { ahead });

/** What a client hears in one frame, as one value. */
const heard = (client: Visit, now: () => number): Record<number, string[]> => {
  const log: Record<number, string[]> = {};
  client.heard$.subscribe((what) => (log[now()] ??= []).push(what));
  return log;
};

describe('a feed', () => {
  it('brings what comes after the answer, without a wake', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler);
      const client = visit();
      const log = heard(client, () => scheduler.now());
      const read$ = cold('  --r');
      const points$ = cold('p----p--(pp)');

      read$.subscribe(() => follow(client));
      points$.subscribe(() => publish('a'));
      flush();
      expect(log).toEqual({ 0: ['welcome'], 2: ['follow a', '1: 0..0'], 5: ['a after 0-1: 1..1'], 8: ['a after 1-1: 2..3'] });
    });
  });

  it('sends as long as there is credit, which one frame may exceed, and all that was missed once there is more', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, database } = virtualRelay(scheduler);
      const client = visit();
      const log = heard(client, () => scheduler.now());
      const points$ = cold('-p-p-p-p-p');
      const grant$ = cold(' --------g-');

      follow(client, 'a', 100);
      points$.subscribe(() => publish('a', 1, 20));
      grant$.subscribe(() => client.say({ more: keyOf('a'), bytes: 60 }));
      flush();
      // 76 bytes each: the second one leaves -52, the grant 8.
      expect(log).toEqual({ 0: ['welcome', 'follow a', '1: nothing'], 1: ['a after 0-0: 0..0'], 3: ['a after 0-1: 1..1'], 8: ['a after 1-1: 2..3'] });
      expect(database.calls.read).toBe(4);
    });
  });

  it('ends with the seal', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, database, server, relay } = virtualRelay(scheduler);
      const client = visit();
      const log = heard(client, () => scheduler.now());
      server.putScanJson('esrf:scan:01J00000000000000000000001', '{}');

      follow(client);
      cold('-p').subscribe(() => publish('a'));
      cold('---s').subscribe(() => database.seal({ key: keyOf('a'), scan: 'esrf:scan:01J00000000000000000000001', length: 1 }).subscribe());
      flush();
      expect(log).toEqual({ 0: ['welcome', 'follow a', '1: nothing'], 1: ['a after 0-0: 0..0'], 3: ['a after 0-1: nothing|'] });
      expect(relay.state).toMatchObject({ feeds: 0, tails: 0, tailBytes: 0 });
    });
  });

  it('does not begin at the end of a sealed stream', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, database, server, relay } = virtualRelay(scheduler);
      const client = visit();
      const log = heard(client, () => scheduler.now());
      server.putScanJson('esrf:scan:01J00000000000000000000001', '{}');
      publish('a');
      database.seal({ key: keyOf('a'), scan: 'esrf:scan:01J00000000000000000000001', length: 1 }).subscribe();

      cold('-r').subscribe(() => follow(client));
      flush();
      expect(log).toEqual({ 0: ['welcome'], 1: ['1: 0..0|'] });
      expect(relay.state.feeds).toBe(0);
    });
  });

  it('ends when the client does not watch the key any more', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, relay } = virtualRelay(scheduler);
      const client = visit();
      const log = heard(client, () => scheduler.now());

      follow(client);
      cold('-u-').subscribe(() => client.say({ unwatch: [keyOf('a')] }));
      cold('--p').subscribe(() => publish('a'));
      flush();
      expect(log).toEqual({ 0: ['welcome', 'follow a', '1: nothing'] });
      expect(relay.state).toMatchObject({ feeds: 0, tails: 0 });
    });
  });

  it('is replaced by another one of the same stream', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler);
      const client = visit();
      const log = heard(client, () => scheduler.now());
      publish('a', 2);

      follow(client);
      cold('-r-').subscribe(() => client.read('a', '1-1', { ahead: 1e6 }));
      cold('---p').subscribe(() => publish('a'));
      flush();
      expect(log).toEqual({ 0: ['welcome', 'follow a', '1: 0..1+', 'wake a'], 1: ['follow a', '2: nothing'], 3: ['a after 1-1: 2..2'] });
    });
  });

  it('is refused beyond the limit: the client is woken instead', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler, { limits: { feeds: 1 } });
      const client = visit();
      const log = heard(client, () => scheduler.now());

      follow(client, 'a');
      follow(client, 'b');
      cold('-p').subscribe(() => publish('b'));
      flush();
      expect(log).toEqual({ 0: ['welcome', 'follow a', '1: nothing', '2: nothing'], 1: ['wake b'] });
    });
  });

  it('hears of what brings no entries by a wake: trimming, deletion', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, server } = virtualRelay(scheduler);
      const client = visit();
      const log = heard(client, () => scheduler.now());
      publish('a', 3);

      follow(client);
      cold('-t').subscribe(() => server.trim(keyOf('a'), 2));
      cold('---d').subscribe(() => server.delete(keyOf('a')));
      cold('-----p').subscribe(() => publish('b'));
      flush();
      expect(log).toEqual({ 0: ['welcome', 'follow a', '1: 0..1+', 'a after 1-1: 2..2'], 1: ['wake a'], 3: ['wake a'] });
    });
  });

  it('never brings what a stream held before it was rewound', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, server } = virtualRelay(scheduler);
      const [client, other] = [visit(), visit()];
      const [log, log2] = [heard(client, () => scheduler.now()), heard(other, () => scheduler.now())];
      const put = (index: number): void => server.putEntry(keyOf('a'), { index, len: 1, payload: new Uint8Array(7) });

      follow(client);
      cold('-p').subscribe(() => publish('a', 3));
      cold('---d').subscribe(() => {
        server.delete(keyOf('a'));
        put(0);
      });
      cold('-----r').subscribe(() => follow(other));
      cold('------r').subscribe(() => follow(other));
      cold('-------p').subscribe(() => put(1));
      flush();
      // The read at 5 shows that the tail is of another life of the stream: who was within it looks again, and the tail begins where that read ended.
      expect(log).toEqual({ 0: ['welcome', 'follow a', '1: nothing'], 1: ['a after 0-0: 0..1', 'a after 1-1: 2..2'], 3: ['wake a'], 5: ['wake a'] });
      expect(log2).toEqual({ 0: ['welcome'], 5: ['follow a', '1: 0..0'], 6: ['follow a', '2: 0..0'], 7: ['a after 0-1: 1..1'] });
    });
  });

  it('ends with a lost connection to the database, and the next one has another handle', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, database } = virtualRelay(scheduler);
      const client = visit();
      const log = heard(client, () => scheduler.now());

      follow(client);
      cold('-x').subscribe(() => database.cut());
      cold('--p').subscribe(() => publish('a'));
      cold('---r').subscribe(() => follow(client));
      cold('----p').subscribe(() => publish('a'));
      flush();
      expect(log).toEqual({ 0: ['welcome', 'follow a', '1: nothing'], 1: ['interrupted'], 3: ['follow a', '2: 0..0'], 4: ['a after 0-1: 1..1'] });
      const [first, second] = client.texts.flatMap((text) => ('follow' in text ? [text.handle] : []));
      expect(second).not.toBe(first);
    });
  });

  it('ends with an error of its read, which the client finds by itself', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, database, relay } = virtualRelay(scheduler);
      const client = visit();
      const log = heard(client, () => scheduler.now());

      follow(client);
      cold('-p').subscribe(() => {
        database.failNext('read', new Error('broken'));
        publish('a');
      });
      flush();
      expect(log).toEqual({ 0: ['welcome', 'follow a', '1: nothing'], 1: ['wake a'] });
      expect(relay.state).toMatchObject({ feeds: 0, tails: 0 });
    });
  });
});
