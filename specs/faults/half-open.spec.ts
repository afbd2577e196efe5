/** Connections that fall silent, and frozen servers: both are noticed, and all readers and writers go on. */
import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import type { Stream } from '../../lib/index.js';
import { reading, untilAwaited } from '../scan/publishing.js';
import { flawless, Received, stored } from './records.js';
import { onFaults } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { bitByBit, Publisher } from './publisher.js';
import { times } from './statuses.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

const streamOf = (published: Publisher, options = {}): Promise<Stream<'int32'>> => reading(on.proxied(options), published, 'int32');

/** Resolves when a blocking command waits. */
async function untilBlocked(): Promise<void> {
  while (/blocked_clients:0\r/.test(await on.client.info('clients')));
}

describe('half-open connections', () => {
  it.each([
    ['tracking', () => untilAwaited(on.client, 1)],
    ['blocking', untilBlocked],
  ] as const)('are noticed by a waiting reader, by %s', async (invalidations, waits) => {
    const publisher = await Publisher.on(on.direct());
    const received = Received.points((await streamOf(publisher, { invalidations })).points$);
    await publisher.publish();
    await received.has(1);
    await tries(`half-open while waiting, by ${invalidations}`, 4, async (trial) => {
      await waits();
      trial.struck();
      on.proxy.freezeAll();
      await publisher.publish();
      await received.has(publisher.sent);
      trial.recovered();
    });
    await publisher.scan.close();
    await received.ended();
    expect(received.verdict(publisher.sent)).toEqual(flawless);
  });

  it('are noticed by a reader that catches up, within a reply and before it', async () => {
    const publisher = await Publisher.ofBacklog(on.direct());
    await tries('half-open while catching up', 6, async (trial) => {
      const stream = await streamOf(publisher, bitByBit);
      const read = trial.number % 2 === 0 ? on.proxy.strike(commandsNamed('XREAD', 'reads'), { what: 'freeze' }) : firstValueFrom(on.proxy.passed$.pipe(filter(commandsNamed('XREAD', 'reads')), take(2), toArray()));
      const received = Received.chunks(stream.chunks$);
      await read;
      const { points } = received;
      trial.struck();
      on.proxy.freezeAll();
      await received.has(points + 1);
      trial.recovered();
      await received.ended();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });

  it.each(['freeze', 'freeze after the command'] as const)('are noticed by a writer (%s)', async (what) => {
    const publisher = await Publisher.on(on.proxied());
    await publisher.publish();
    await tries(`half-open while writing, ${what === 'freeze' ? 'points not written' : 'points written'}`, 5, async (trial) => {
      const struck = on.proxy.strike(commandsNamed('EVALSHA'), { what });
      publisher.send(100);
      await struck;
      trial.struck();
      publisher.send(100);
      await publisher.writer.flush();
      trial.recovered();
    });
    await publisher.writer.seal();
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
    expect(await on.client.xlen(publisher.key)).toBe(12);
  });

  it('are noticed where new ones are half-open as well', async () => {
    const publisher = await Publisher.on(on.direct());
    const received = Received.points((await streamOf(publisher)).points$);
    await publisher.publish();
    await received.has(1);
    await tries('half-open, new connections too', 3, async (trial) => {
      await untilAwaited(on.client, 1);
      const tried = times(2, on.proxy.opened$);
      on.proxy.silent = true;
      on.proxy.freezeAll();
      await publisher.publish();
      await tried;
      on.proxy.silent = false;
      trial.struck();
      await received.has(publisher.sent);
      trial.recovered();
    });
    expect(received.verdict(publisher.sent)).toEqual(flawless);
  });
});

describe('a server that is frozen for longer than the socket timeout', () => {
  /** Two attempts at a new connection, each after a timeout. */
  const untilGivenUp = (): Promise<void> => times(2, on.proxy.opened$);

  it('serves a waiting reader once it goes on', async () => {
    const publisher = await Publisher.on(on.direct());
    const received = Received.points((await streamOf(publisher)).points$);
    await publisher.publish();
    await received.has(1);
    await tries('server frozen while a reader waits', 3, async (trial) => {
      await untilAwaited(on.client, 1);
      const givenUp = untilGivenUp();
      on.server.freeze();
      publisher.send();
      await givenUp;
      on.server.thaw();
      trial.struck();
      await received.has(publisher.sent);
      trial.recovered();
    });
    await publisher.scan.close();
    await received.ended();
    expect(received.verdict(publisher.sent)).toEqual(flawless);
  });

  it('serves the rest to a reader that catches up once it goes on', async () => {
    const publisher = await Publisher.ofBacklog(on.direct());
    await tries('server frozen while a reader catches up', 3, async (trial) => {
      const stream = await streamOf(publisher, bitByBit);
      const read = firstValueFrom(on.proxy.passed$.pipe(filter(commandsNamed('XREAD', 'reads')), take(2), toArray()));
      const received = Received.chunks(stream.chunks$);
      await read;
      const givenUp = untilGivenUp();
      on.server.freeze();
      await givenUp;
      on.server.thaw();
      trial.struck();
      await received.ended();
      trial.recovered();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });

  it('executes what was sent to it again and again, and the points are there once', async () => {
    const publisher = await Publisher.on(on.proxied());
    const received = Received.points((await reading(on.direct(), publisher, 'int32')).points$);
    await publisher.publish();
    await tries('server frozen while writing', 5, async (trial) => {
      const givenUp = untilGivenUp();
      on.server.freeze();
      publisher.send(100);
      await givenUp;
      publisher.send(100);
      on.server.thaw();
      trial.struck();
      await publisher.writer.flush();
      trial.recovered();
    });
    await publisher.writer.seal();
    await received.ended();
    expect(received.verdict(publisher.sent)).toEqual(flawless);
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
    expect(publisher.acknowledged.isGrowing).toBe(true);
  });
});
