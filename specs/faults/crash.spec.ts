/** A server that is killed and comes back with everything it acknowledged: all readers and writers go on, nothing is lost or duplicated. */
import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { reading, untilAwaited } from '../scan/publishing.js';
import { flawless, Received, stored } from './records.js';
import { onFaults } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { bitByBit, Publisher } from './publisher.js';
import { Statuses } from './statuses.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

describe('a crash of the server', () => {
  it('keeps what was acknowledged; a writer and a waiting reader go on', async () => {
    const store = on.proxied();
    const statuses = new Statuses(store);
    const publisher = await Publisher.on(store);
    const received = Received.points((await reading(on.proxied(), publisher, 'int32')).points$);
    await publisher.publish();
    await tries('crash while writing and waiting', 6, async (trial) => {
      await received.has(publisher.sent);
      const passed = firstValueFrom(on.proxy.passed$.pipe(filter(commandsNamed('EVALSHA'))));
      publisher.send(1000);
      // Before, while or after the server takes it.
      if (trial.number % 3 > 0) await passed;
      if (trial.number % 3 > 1) await on.client.ping();
      await on.server.crash();
      const { points } = publisher.acknowledged;
      publisher.send(1000);
      await statuses.has('retrying');
      await on.server.restart();
      trial.struck();
      expect(await stored(on.client, publisher.key, points)).toEqual(flawless);
      await publisher.writer.flush();
      await received.has(publisher.sent);
      trial.recovered();
    });
    await publisher.scan.close();
    await received.ended();
    expect(received.verdict(publisher.sent)).toEqual(flawless);
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
    expect(publisher.acknowledged.isGrowing).toBe(true);
    expect(statuses.tags.at(-1)).toBe('ready');
  });

  it('interrupts a reader that catches up', async () => {
    const publisher = await Publisher.ofBacklog(on.direct());
    await tries('crash while catching up', 4, async (trial) => {
      const stream = await reading(on.proxied(bitByBit), publisher, 'int32');
      const read = firstValueFrom(on.proxy.passed$.pipe(filter(commandsNamed('XREAD', 'reads')), take(1 + (trial.number % 4)), toArray()));
      const received = Received.chunks(stream.chunks$);
      await read;
      await on.server.crash();
      const { points } = received;
      await on.server.restart();
      trial.struck();
      await received.has(points + 1);
      trial.recovered();
      await received.ended();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });

  it('is survived by a reader that waits for a first point', async () => {
    const publisher = await Publisher.on(on.proxied());
    const received = Received.points((await reading(on.proxied(), publisher, 'int32')).points$);
    await untilAwaited(on.client, 1);
    await on.server.crash();
    await on.server.restart();
    await publisher.publish(3);
    await received.has(3);
    expect(received.verdict(3)).toEqual(flawless);
  });

  it('lets a scan be closed in a finally, once the server is back', async () => {
    const publisher = await Publisher.on(on.proxied());
    await publisher.publish(3);
    await on.server.crash();
    publisher.send(3);
    const closed = publisher.scan.close();
    await on.server.restart();
    await closed;
    expect(await stored(on.client, publisher.key, 6)).toEqual(flawless);
    const received = Received.points((await reading(on.direct(), publisher, 'int32')).points$);
    await received.ended();
    expect(received.verdict(6)).toEqual(flawless);
  });
});
