/** A client that keeps to nothing: whatever it sends, it gets an error or is closed, the relay goes on, and nothing is left of it. */
import { describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import { randomly, type Random } from '../../redis/random.js';
import { keyOf, virtualRelay } from '../../support/relay-visit.js';

const calls = ['read', 'range', 'entriesAt', 'scan', 'log', 'heads', 'search', 'history', 'append', 'fileRead', '__proto__', 'close'];

/** A value that is none of those expected, or nearly one. */
function odd(random: Random, depth = 0): unknown {
  const values: (() => unknown)[] = [
    () => null,
    () => random.upTo(1000) - 500,
    () => 1e300,
    () => random.of(['', 'a', keyOf('a'), '0-0', '9'.repeat(40), '18446744073709551615-18446744073709551615', '\u0000']),
    () => random.chance(0.5),
    () => (depth > 3 ? [] : Array.from({ length: random.upTo(4) }, () => odd(random, depth + 1))),
    () => (depth > 3 ? {} : Object.fromEntries(Array.from({ length: random.upTo(4) }, () => [random.of(['key', 'after', 'maxEntries', 'ahead', 'min', 'max', 'id', 'scan', '__proto__']), odd(random, depth + 1)]))),
  ];
  return random.of(values)();
}

function message(random: Random): string | Uint8Array {
  const makers: (() => string | Uint8Array)[] = [
    () => JSON.stringify({ id: random.upTo(50), call: random.of(calls), args: Array.from({ length: random.upTo(4) - 1 }, () => odd(random)) }),
    () => JSON.stringify({ id: random.upTo(50), call: 'read', args: [[{ key: keyOf('a'), after: `${random.upTo(5)}-0`, maxEntries: random.upTo(9), ahead: random.upTo(900) }]] }),
    () => JSON.stringify({ cancel: random.upTo(50) }),
    () => JSON.stringify({ more: random.of([keyOf('a'), 'x', '__proto__']), bytes: random.upTo(1e9) }),
    () => JSON.stringify({ unwatch: [keyOf('a'), 'x'] }),
    () => JSON.stringify({ token: 'another' }),
    () => (random.chance(0.98) ? JSON.stringify({ ping: random.upTo(9) }) : JSON.stringify(odd(random))),
    () => (random.chance(0.98) ? JSON.stringify({ ping: 1 }) : '['.repeat(30_000)),
    () => (random.chance(0.97) ? JSON.stringify({ ping: 2 }) : Uint8Array.from({ length: random.upTo(100) }, () => random.upTo(256) - 1)),
  ];
  return random.of(makers)();
}

describe('a hostile client', () => {
  it.each(Array.from({ length: 10 }, (_, i) => i + 1))('harms itself alone (story %i)', (seed) => {
    const random = randomly(seed);
    const time = new VirtualTimeScheduler();
    const { visit, visitSilently, publish, relay } = virtualRelay(time, { progressWithin: 1000 });
    const codes: string[] = [];
    let sent = 0;
    for (let i = 0; i < 60; i++) {
      const client = random.chance(0.8) ? visit() : visitSilently();
      client.heard$.subscribe((what) => what.startsWith('closed') && codes.push(what));
      if (random.chance(0.2)) client.pair.stall();
      for (let n = random.upTo(60); n > 0; n--) {
        client.socket.send(message(random));
        sent++;
      }
      publish('a', random.upTo(3), 100);
      time.maxFrames = time.frame + random.upTo(20);
      time.flush();
      time.frame = time.maxFrames;
      if (random.chance(0.3)) client.pair.cut();
    }
    expect(sent).toBeGreaterThan(1000);
    // One that keeps to the rules is served as ever.
    const honest = visit();
    honest.read('a', '0-0', { maxEntries: 1 });
    time.maxFrames = time.frame + 100_000;
    time.flush();
    expect(honest.blocks.map(({ block }) => [...block.firsts])).toEqual([[0]]);
    expect(new Set(codes)).toEqual(new Set([...codes].filter((code) => /closed (1006|1000|4400|4408|4413)/.test(code))));
    relay.close();
    time.maxFrames = Infinity;
    time.flush();
    expect(relay.state).toMatchObject({ sessions: 0, feeds: 0, tails: 0, tailBytes: 0 });
  });
});
