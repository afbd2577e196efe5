/** Connections that break while readers wait or catch up, or while writers write: all go on, nothing is lost or duplicated. */
import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import type { Stream } from '../../lib/index.js';
import { reading, untilAwaited } from '../scan/publishing.js';
import { flawless, Received, stored } from './records.js';
import { onFaults } from './on-faults.js';
import { commandsNamed, type ProxiedConnection } from './proxy.js';
import { bitByBit, Publisher } from './publisher.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

/** What breaks connections, and which end notices first. */
const ways: readonly (readonly [string, (connections: readonly ProxiedConnection[]) => unknown])[] = [
  ['reset', (connections) => connections.forEach((connection) => connection.reset())],
  ['orderly end', (connections) => connections.forEach((connection) => connection.end())],
  ['CLIENT KILL', (connections) => Promise.all(connections.map(({ address }) => on.client.call('CLIENT', ['KILL', 'ADDR', address])))],
];

/** A store's connections, all or those that read. */
const which = [
  ['all connections', () => on.proxy.connections],
  ['the reading connection', () => on.proxy.withRole('reads')],
] as const;

const streamOf = (published: Publisher, options = {}): Promise<Stream<'int32'>> => reading(on.proxied(options), published, 'int32');

describe.each(ways)('%s', (way, breakThem) => {
  it.each(which)('while waiting: %s', async (those, connections) => {
    const publisher = await Publisher.on(on.direct());
    const received = Received.points((await streamOf(publisher)).points$);
    await publisher.publish(3);
    await received.has(3);
    await tries(`${way}, ${those}, while waiting`, 10, async (trial) => {
      await untilAwaited(on.client, 1);
      trial.struck();
      await breakThem(connections());
      await publisher.publish();
      await received.has(publisher.sent);
      trial.recovered();
    });
    await publisher.scan.close();
    await received.ended();
    expect(received.verdict(publisher.sent)).toEqual(flawless);
  });

  it('while catching up', async () => {
    const publisher = await Publisher.ofBacklog(on.direct());
    await tries(`${way} while catching up`, 10, async (trial) => {
      const stream = await streamOf(publisher, bitByBit);
      const read = firstValueFrom(on.proxy.passed$.pipe(filter(commandsNamed('XREAD', 'reads')), take(1 + (trial.number % 4)), toArray()));
      const received = Received.chunks(stream.chunks$);
      await read;
      const { points } = received;
      trial.struck();
      await breakThem(on.proxy.connections);
      await received.has(points + 1);
      trial.recovered();
      await received.ended();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });

  it('while writing', async () => {
    const publisher = await Publisher.on(on.proxied());
    const received = Received.points((await reading(on.direct(), publisher, 'int32')).points$);
    await publisher.publish();
    await tries(`${way} while writing`, 20, async (trial) => {
      const passed = firstValueFrom(on.proxy.passed$.pipe(filter(commandsNamed('EVALSHA'))));
      publisher.send(1000);
      await passed;
      trial.struck();
      await breakThem(on.proxy.connections);
      await publisher.writer.flush();
      trial.recovered();
    });
    await publisher.scan.close();
    await received.ended();
    expect(received.verdict(publisher.sent)).toEqual(flawless);
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
    expect(publisher.acknowledged.isGrowing).toBe(true);
  });
});

describe('a reset', () => {
  it('within an answer, at any byte of it', async () => {
    const publisher = await Publisher.ofBacklog(on.direct());
    await tries('reset within an answer of entries', 20, async (trial) => {
      const stream = await streamOf(publisher);
      const struck = on.proxy.strike(commandsNamed('XREAD', 'reads'), { what: 'reset in the answer', after: 1 + 9973 * trial.number });
      const received = Received.chunks(stream.chunks$);
      await struck;
      trial.struck();
      await received.has(1);
      trial.recovered();
      await received.ended();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });
});
