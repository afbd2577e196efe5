/** Connections on both sides of a gateway that break, fall silent or are slow, and gateways that restart: nothing is lost or duplicated. */
import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { ScanState, type Stream } from '../../lib/index.js';
import { reading, untilAwaited } from '../scan/publishing.js';
import { following } from '../store/outcomes.js';
import { onGateway } from './on-gateway.js';
import { commandsNamed, type Proxy } from './proxy.js';
import { bitByBit, Publisher } from './publisher.js';
import { flawless, Received, stored } from './records.js';
import { useTrials } from './trials.js';

const on = onGateway();
const tries = useTrials();

/** In small pieces where it catches up. */
const pieces = { byteBudget: bitByBit.byteBudget ?? 0 };

const streamOf = (published: Publisher, options = {}): Promise<Stream<'int32'>> => reading(on.proxied(options), published, 'int32');

const sides: readonly (readonly [string, () => readonly Proxy[]])[] = [
  ['before the gateway', () => [on.proxy]],
  ['behind the gateway', () => [on.toRedis]],
  ['on both sides', () => [on.toRedis, on.proxy]],
];
const ways: readonly (readonly [string, (proxy: Proxy) => void])[] = [
  ['reset', (proxy) => proxy.resetAll()],
  ['orderly end', (proxy) => proxy.endAll()],
  ['half-open', (proxy) => proxy.freezeAll()],
];
const faults = sides
  .flatMap(([side, proxies]) => ways.map(([way, strike]) => [`${way} ${side}`, () => proxies().forEach(strike), way === 'half-open' ? 2 : 5] as const))
  // These two are one after the other as well.
  .filter(([name]) => !/^(?:orderly|half).*both/.test(name));

/** What an open stream's reader is judged by in the end. */
async function expectFlawless(publisher: Publisher, received: Received): Promise<void> {
  await publisher.scan.close();
  await received.ended();
  expect(received.verdict(publisher.sent)).toEqual(flawless);
}

describe.each(faults)('%s', (name, strike, times) => {
  it('while readers wait', async () => {
    const publisher = await Publisher.on(on.direct());
    const stream = await streamOf(publisher);
    const points = Received.points(stream.points$);
    const chunks = Received.chunks(stream.chunks$);
    await publisher.publish(3);
    await points.has(3);
    await tries(`${name}, while waiting`, times, async (trial) => {
      await untilAwaited(on.client, 1);
      trial.struck();
      strike();
      await publisher.publish();
      await points.has(publisher.sent);
      trial.recovered();
    });
    await expectFlawless(publisher, points);
    await expectFlawless(publisher, chunks);
  });

  it('while a reader catches up', async () => {
    const publisher = await Publisher.ofBacklog(on.direct());
    await tries(`${name}, while catching up`, times, async (trial) => {
      const received = Received.chunks((await streamOf(publisher, pieces)).chunks$);
      await received.has(1 + 20_000 * trial.number);
      const { points } = received;
      trial.struck();
      strike();
      await received.has(points + 1);
      trial.recovered();
      await received.ended();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });

  it('while a writer writes', async () => {
    const publisher = await Publisher.on(on.proxied());
    const received = Received.points((await reading(on.direct(), publisher, 'int32')).points$);
    await publisher.publish();
    await tries(`${name}, while writing`, times, async (trial) => {
      const passed = firstValueFrom(on.proxy.passed$.pipe(filter(commandsNamed('append'))));
      publisher.send(1000);
      await passed;
      trial.struck();
      strike();
      await publisher.writer.flush();
      trial.recovered();
    });
    await expectFlawless(publisher, received);
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
    expect(publisher.acknowledged.isGrowing).toBe(true);
  });
});

describe('a connection that is cut', () => {
  it('within an answer, at any byte of it', async () => {
    const publisher = await Publisher.ofBacklog(on.direct());
    await tries('cut within a message from the gateway', 20, async (trial) => {
      const stream = await streamOf(publisher);
      const struck = on.proxy.strike(commandsNamed('read'), { what: 'reset in the answer', after: 1 + 24_973 * trial.number });
      const received = Received.chunks(stream.chunks$);
      await struck;
      trial.struck();
      await received.has(1);
      trial.recovered();
      await received.ended();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });

  it('within the first messages, at any byte of them', async () => {
    const publisher = await Publisher.ofBacklog(on.direct());
    await tries('cut within the upgrade or the hello', 10, async (trial) => {
      const name = trial.number % 2 === 0 ? 'upgrade' : 'hello';
      const struck = on.proxy.strike(commandsNamed(name), trial.number % 3 === 0 ? { what: 'reset', after: trial.number } : { what: 'reset in the answer', after: 9 * trial.number });
      const received = Received.chunks((await streamOf(publisher, { waitForServer: true })).chunks$);
      await struck;
      trial.struck();
      await received.ended();
      trial.recovered();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });

  it('within a window that is sent, or within its answer', async () => {
    const publisher = await Publisher.on(on.proxied());
    await publisher.publish();
    await tries('cut within a window', 16, async (trial) => {
      const struck = on.proxy.strike(commandsNamed('append'), { what: trial.number % 2 === 0 ? 'reset' : 'reset in the answer', after: 13 * trial.number });
      publisher.send(500);
      await struck;
      trial.struck();
      await publisher.writer.flush();
      trial.recovered();
    });
    await publisher.writer.seal();
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
    expect(publisher.acknowledged.isGrowing).toBe(true);
  });
});

describe('a gateway', () => {
  /** Another one serves from now on, at another port behind the same address, while this one is away. */
  async function replace(drain: number): Promise<void> {
    const { gateway } = on;
    const other = await on.another();
    on.proxy.leadTo(`ws://127.0.0.1:${other.port}`);
    await gateway.close({ drain });
  }

  it.each([0, 200])('that another one takes over from, with %p ms for its clients to leave', async (drain) => {
    const publisher = await Publisher.on(on.proxied());
    const reader = on.proxied();
    const stream = await reading(reader, publisher, 'int32');
    const received = Received.points(stream.points$);
    const states$ = following((await firstValueFrom(reader.loadScan(publisher.scan.key))).state$);
    await publisher.publish(3);
    await received.has(3);
    await tries('gateway replaced', 1, async (trial) => {
      publisher.send(10);
      trial.struck();
      await replace(drain);
      await publisher.publish(10);
      await received.has(publisher.sent);
      trial.recovered();
    });
    await expectFlawless(publisher, received);
    const states = await lastValueFrom(states$.pipe(toArray()));
    expect(states).toEqual([ScanState.STARTED, ScanState.CLOSED]);
  });

  it('that is away for a while, and comes back', async () => {
    const publisher = await Publisher.on(on.proxied());
    const received = Received.points((await streamOf(publisher)).points$);
    await publisher.publish(3);
    await received.has(3);
    await tries('gateway away', 3, async (trial) => {
      await untilAwaited(on.client, 1);
      const tried = firstValueFrom(on.proxy.closed$.pipe(take(3), toArray()));
      on.proxy.leadTo('ws://127.0.0.1:1');
      on.proxy.resetAll();
      publisher.send(7);
      await tried;
      on.proxy.leadTo(`ws://127.0.0.1:${on.gateway.port}`);
      trial.struck();
      await publisher.writer.flush();
      await received.has(publisher.sent);
      trial.recovered();
    });
    await expectFlawless(publisher, received);
  });
});

it('slow connections change nothing', async () => {
  on.proxy.latency = 40;
  on.toRedis.latency = 10;
  const publisher = await Publisher.on(on.proxied(), { coalesce: false });
  const received = Received.points((await streamOf(publisher)).points$);
  await tries('slow connections', 10, async (trial) => {
    trial.struck();
    publisher.sendSingly(20);
    await publisher.writer.flush();
    await received.has(publisher.sent);
    trial.recovered();
  });
  await expectFlawless(publisher, received);
});
