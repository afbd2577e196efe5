/**
 * How a session is paced: what its socket holds, in which order messages go, how many requests it may have, and when it is closed.
 *
 * ```
 * socket:   ----stalled----------|
 * answers:  a b c                      no more than 256 KiB in the socket, and few beside it
 * closed:   30s after the last byte left
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import { keyOf, virtualRelay, type Visit } from '../specs/support/relay-visit.js';
import { virtually } from '../specs/support/virtual-time.js';

const heard = (client: Visit): string[] => {
  const log: string[] = [];
  client.heard$.subscribe((what) => log.push(what));
  return log;
};

const readAll = (client: Visit, stream: string): number => client.read(stream, '0-0');

describe('the order of messages', () => {
  it('lets control messages overtake points, and large answers take turns in parts', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler, { wire: 1 });
      const client = visit({ maxMessage: 300_000 });
      const log = heard(client);
      publish('a', 1, 900_000);
      publish('b', 1, 900_000);
      publish('c', 1, 1000);

      cold('--r').subscribe(() => {
        readAll(client, 'a');
        readAll(client, 'b');
        readAll(client, 'c');
        client.say({ ping: 1 });
      });
      flush();
      const kinds = log.slice(1).map((what) => what.replace(/part of \d+/, 'part'));
      // The third one is begun once the socket has room, and then has its turn.
      expect(kinds).toEqual(['part', '{pong:1}', 'part', 'part', 'part', '3: 0..0', 'part', 'part', '1: 0..0', 'part', 'part', '2: 0..0']);
      expect([...client.blocks].sort((a, b) => a.id - b.id).map(({ block }) => block.bytes.length)).toEqual([900_000, 900_000, 1000]);
    });
  });

  it('keeps parts within what the client takes', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler, { wire: 1 });
      const client = visit({ maxMessage: 10_000 });
      const log = heard(client);
      publish('a', 1, 95_000);

      cold('--r').subscribe(() => readAll(client, 'a'));
      flush();
      const sizes = log.flatMap((what) => (what.startsWith('part of ') ? [Number(what.slice(8))] : []));
      expect(sizes.length).toBe(10);
      expect(Math.max(...sizes)).toBe(10_016);
    });
  });
});

describe('a session that takes nothing', () => {
  it('has few answers in memory, however many it asks for', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, database } = virtualRelay(scheduler, { progressWithin: Infinity });
      const client = visit();
      publish('a', 30, 500_000);

      cold('-s').subscribe(() => client.pair.stall());
      cold('--r').subscribe(() => {
        for (let i = 0; i < 60; i++) readAll(client, 'a');
      });
      cold('10ms x').subscribe(() => {
        expect(client.pair.gateway.bufferedAmount).toBeLessThan((256 << 10) + (1 << 20) + 20);
        expect(database.calls.read).toBeLessThan(6);
        client.pair.resume();
      });
      flush();
      expect(client.blocks.length).toBe(60);
    });
  });

  it('is closed after 30 s without progress', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler);
      const client = visit();
      const expected = 'w 30001ms (x|)';
      publish('a', 1, 1000);

      cold('-s').subscribe(() => client.pair.stall());
      cold('--r').subscribe(() => readAll(client, 'a'));
      cold('5s r').subscribe(() => readAll(client, 'a'));
      expectObservable(client.heard$).toBe(expected, { w: 'welcome', x: 'closed 4413' });
    });
  });

  it('is not closed if it takes something within 30 s', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish } = virtualRelay(scheduler);
      const client = visit();
      const log = heard(client);
      publish('a', 1, 1000);

      for (let i = 0; i < 5; i++) {
        cold(`${20 * i}s s`).subscribe(() => client.pair.stall());
        cold(`${20 * i}s -r`).subscribe(() => readAll(client, 'a'));
        cold(`${20 * i + 19}s r`).subscribe(() => client.pair.resume());
      }
      flush();
      expect(log).toEqual(['welcome', '1: 0..0', '2: 0..0', '3: 0..0', '4: 0..0', '5: 0..0']);
    });
  });
});

describe('a feed whose socket takes nothing', () => {
  it('queues nothing: what waits is in the socket and the tail, and all comes once it is taken', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit, publish, relay } = virtualRelay(scheduler, { gather: 0, progressWithin: Infinity });
      const [client, other] = [visit(), visit()];
      let most = 0;

      client.read('a', '0-0', { ahead: 8 << 20 });
      other.read('a', '0-0', { ahead: 8 << 20 });
      cold('-s').subscribe(() => client.pair.stall());
      cold('--x').subscribe(() => {
        for (let i = 0; i < 100; i++) {
          cold(`${i}ms p`).subscribe(() => {
            publish('a', 1, 200_000);
            other.say({ more: keyOf('a'), bytes: 200_100 });
          });
          cold(`${i}ms -p`).subscribe(() => (most = Math.max(most, client.pair.gateway.bufferedAmount)));
        }
      });
      cold('120ms r').subscribe(() => {
        expect(relay.state.tailBytes).toBeLessThan((4 << 20) + 1);
        expect(relay.state.mostBehind).toBeGreaterThan(90);
        client.pair.resume();
      });
      for (let i = 0; i < 40; i++) cold(`${130 + i}ms g`).subscribe(() => client.say({ more: keyOf('a'), bytes: 1 << 20 }));
      flush();
      expect(most).toBeLessThan((256 << 10) + 200_100);
      for (const { blocks } of [client, other]) expect(blocks.flatMap(({ block }) => [...block.firsts])).toEqual(Array.from({ length: 100 }, (_, i) => i));
    });
  });
});

describe('limits', () => {
  it('of requests under way, and of keys', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit } = virtualRelay(scheduler, { latency: 10, limits: { requests: 2, keys: 2, keysPerRequest: 3 } });
      const client = visit();
      const log = heard(client);
      const read = (...streams: string[]): number => client.ask('read', streams.map((stream) => ({ key: keyOf(stream), after: '0-0', maxEntries: 1 })));

      cold('-a').subscribe(() => {
        client.ask('protocolVersion');
        client.ask('scan', 'esrf:scan:01J00000000000000000000001');
        client.ask('protocolVersion');
      });
      cold('20ms b').subscribe(() => read('a', 'b', 'c', 'd'));
      cold('40ms c').subscribe(() => read('a', 'b', 'c'));
      cold('60ms d').subscribe(() => read('a', 'b'));
      flush();
      expect(log).toEqual(['welcome', '3: GatewayLimit', '1: "1"', '2: null', '4: InvalidArgument', '5: GatewayLimit', '6: nothing and', '6: nothing']);
    });
  });

  it('of messages: one that is larger closes', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const client = virtualRelay(scheduler, { limits: { message: 1000 } }).visit();

      cold('--m').subscribe(() => client.say({ token: 'x'.repeat(1000) }));
      expectObservable(client.heard$).toBe('w-(x|)', { w: 'welcome', x: 'closed 1009' });
    });
  });

  it('of requests a second: a burst is answered at once, the next ones wait', () => {
    virtually(({ cold, flush }, scheduler) => {
      const client = virtualRelay(scheduler).visit();
      let answered = 0;
      const at: number[] = [];
      client.heard$.subscribe((what) => what.includes(':') && at.push(scheduler.now()) && answered++);

      cold('2s r').subscribe(() => {
        for (let i = 0; i < 2000; i++) client.ask('protocolVersion');
      });
      flush();
      expect(answered).toBe(2000);
      expect(at.filter((time) => time === 2000).length).toBeGreaterThanOrEqual(1000);
      expect(at.filter((time) => time === 2000).length).toBeLessThan(1010);
      expect(at.at(-1)).toBeGreaterThan(3950);
      expect(at.at(-1)).toBeLessThan(4050);
    });
  });

  it('of requests a second: more than 5 s behind closes', () => {
    virtually(({ cold, flush }, scheduler) => {
      const client = virtualRelay(scheduler).visit();
      const log = heard(client);

      cold('2s r').subscribe(() => {
        for (let i = 0; i < 4000; i++) client.ask('protocolVersion');
      });
      flush();
      expect(log.at(-1)).toBe('closed 4429');
    });
  });
});

describe('the end of a session', () => {
  it('comes after 10 min without a request, unless it waits for something', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { visit } = virtualRelay(scheduler, { idleAfter: 600_000 });
      const [idle, busy] = [visit(), visit()];
      const log = heard(busy);

      cold('60s r').subscribe(() => idle.ask('protocolVersion'));
      cold('60s r').subscribe(() => readAll(busy, 'a'));
      cold('30m u').subscribe(() => {
        expect(log).toEqual(['welcome', '1: nothing']);
        busy.say({ unwatch: [keyOf('a')] });
      });
      expectObservable(idle.heard$).toBe('w 59999ms a 599999ms (x|)', { w: 'welcome', a: '1: "1"', x: 'closed 1000' });
    });
  });

  it('is announced when the gateway closes, and comes at last', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { relay, visit } = virtualRelay(scheduler);
      const [first, second] = [visit(), visit()];
      const drain$ = relay.drain(5);
      const late = (): Visit => visit();
      const sub = '      --^';
      const expected1 = 'w-d-(x|)';
      const expected2 = 'w-d----(y|)';
      const drained = '  -------|';

      cold('----b').subscribe(() => first.say({ bye: 1 }));
      cold('-----c').subscribe(() => expectClosed(late()));
      expectObservable(first.heard$).toBe(expected1, { w: 'welcome', d: '{drain:5}', x: 'closed 1000' });
      expectObservable(second.heard$).toBe(expected2, { w: 'welcome', d: '{drain:5}', y: 'closed 1012' });
      expectObservable(drain$, sub).toBe(drained);
    });
  });

  it('ends its feeds and keys', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { relay, visit } = virtualRelay(scheduler);
      const client = visit();

      client.read('a', '0-0', { ahead: 1e6 });
      readAll(client, 'b');
      cold('-x').subscribe(() => client.pair.cut());
      flush();
      expect(relay.state).toEqual({ sessions: 0, feeds: 0, tails: 0, tailBytes: 0, answerBytes: 0, mostBehind: 0 });
    });
  });
});

describe('rights', () => {
  it('of another token end what may not be seen any more', () => {
    virtually(({ cold, flush }, scheduler) => {
      const { visit } = virtualRelay(scheduler, { authorize: ({ token }) => of(token === 'few' ? { read: [[{ field: 'session', _tag: 'text', kind: 'equals', text: 'align' }]] } : { read: 'all' }) });
      const client = visit();
      const log = heard(client);

      client.read('a', '0-0', { ahead: 1e6 });
      cold('-t').subscribe(() => client.say({ token: 'few' }));
      cold('--r').subscribe(() => client.read('a', '0-0', { ahead: 1e6 }));
      flush();
      expect(log).toEqual(['welcome', 'follow a', '1: nothing', '{expires:null}', 'wake all', '2: nothing']);
    });
  });

  it('without any, a session is refused', () => {
    virtually(({ expectObservable }, scheduler) => {
      const client = virtualRelay(scheduler, { rights: { read: [] } }).visit();

      expectObservable(client.heard$).toBe('(x|)', { x: 'closed 4403' });
    });
  });
});

function expectClosed(client: Visit): void {
  const log = heard(client);
  client.heard$.subscribe({ complete: () => expect(log).toEqual(['closed 1012']) });
}
