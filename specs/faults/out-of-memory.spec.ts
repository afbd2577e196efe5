/** A server out of memory: writers wait and report it, and in the end all points are there. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { reading } from '../scan/publishing.js';
import { flawless, Received, stored } from './records.js';
import { onFaults } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { Publisher } from './publisher.js';
import { Statuses } from './statuses.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

const megabyte = 1 << 20;
/** Points of an entry of 64 KiB. */
const points = 1 << 14;

afterEach(() => unlimited());

const unlimited = (): Promise<unknown> => on.client.config('SET', 'maxmemory', '0');

async function limitTo(more: number): Promise<void> {
  const used = Number(/used_memory:(\d+)/.exec(await on.client.info('memory'))?.[1]);
  await on.client.config('SET', 'maxmemory', String(used + more));
}

describe('out of memory', () => {
  it('makes writers wait, and all points are there when there is room again', async () => {
    await tries('out of memory while writing', 4, async (trial) => {
      const store = on.proxied();
      const statuses = new Statuses(store);
      const publisher = await Publisher.on(store, { highWaterMark: megabyte });
      await publisher.publish();
      await limitTo(megabyte);
      // Far more than there is room for, at the pace that the writer sets.
      let waited = 0;
      const sending = (async () => {
        for (let i = 0; i < 60; i++) {
          if (publisher.send(points)) continue;
          waited++;
          expect(publisher.writer.pendingBytes).toBeLessThan(megabyte + points * 4);
          await publisher.writer.ready();
        }
      })();
      await statuses.has('retrying');
      expect(publisher.sent).toBeLessThan(60 * points);
      await unlimited();
      trial.struck();
      await sending;
      await publisher.writer.flush();
      trial.recovered();
      expect(waited).toBeGreaterThan(0);
      await publisher.scan.close();
      expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
      expect(publisher.acknowledged.isGrowing).toBe(true);
      await on.client.del(publisher.key);
    });
  });

  it('and lost connections together lose nothing', async () => {
    const store = on.proxied();
    const statuses = new Statuses(store);
    const publisher = await Publisher.on(store);
    const received = Received.points((await reading(on.direct(), publisher, 'int32')).points$);
    await publisher.publish();
    await limitTo(megabyte);
    for (let i = 0; i < 40; i++) publisher.send(points);
    await statuses.has('retrying');
    await on.proxy.strike(commandsNamed('EXEC'), { what: 'reset in the answer', after: 0 });
    await unlimited();
    await publisher.scan.close();
    await received.ended();
    expect(received.verdict(publisher.sent)).toEqual(flawless);
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
  });

  it('delays seals, states and new scans until there is room', async () => {
    const store = on.proxied();
    const statuses = new Statuses(store);
    const publisher = await Publisher.on(store);
    await publisher.publish(3);
    await on.client.config('SET', 'maxmemory', '1mb');
    const closed = publisher.scan.close();
    const created = store.createScan({ name: 'next', number: 2, data_policy: 'none' });
    await statuses.has('retrying');
    await unlimited();
    await closed;
    expect(await stored(on.client, publisher.key, 3)).toEqual(flawless);
    expect(await on.client.exists((await created).key)).toBe(1);
    const received = Received.points((await reading(on.direct(), publisher, 'int32')).points$);
    await received.ended();
    expect(received.verdict(3)).toEqual(flawless);
  });
});
