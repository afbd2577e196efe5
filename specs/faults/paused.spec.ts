/** A server that pauses for less than the socket timeout: a delay, and nothing else. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom } from 'rxjs';
import type { ConnectOptions } from '../../lib/index.js';
import { reading, untilAwaited } from '../scan/publishing.js';
import { flawless, Received, stored } from './records.js';
import { onFaults, retry } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { bitByBit, Publisher } from './publisher.js';
import { Statuses } from './statuses.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

/** With the timeouts that there are by default. */
const patient: ConnectOptions = { retry, connection: {} };

/** What pauses, and what lets it go on. */
const ways: readonly (readonly [string, () => Promise<() => unknown>])[] = [
  ['CLIENT PAUSE', async () => {
    await on.client.call('CLIENT', ['PAUSE', '150']);
    return () => undefined;
  }],
  ['CLIENT PAUSE WRITE', async () => {
    await on.client.call('CLIENT', ['PAUSE', '150', 'WRITE']);
    return () => undefined;
  }],
  ['SIGSTOP', () => {
    on.server.freeze();
    return Promise.resolve(() => on.server.thaw());
  }],
  ['paused connections', () => {
    on.proxy.pauseAll();
    return Promise.resolve(() => on.proxy.resumeAll());
  }],
];

describe.each(ways)('%s', (way, pause) => {
  let statuses: Statuses;
  let made = 0;

  /** Everything before the first pause may make connections; nothing after it. */
  const startWatching = (): void => {
    made = on.proxy.made;
  };
  const expectNothingNoticed = (): void => {
    expect(on.proxy.made).toBe(made);
    expect(statuses.troubled).toBe(false);
  };

  beforeEach(() => {
    made = 0;
  });

  it('delays a writer and a reader that waits', async () => {
    const store = on.proxied(patient);
    statuses = new Statuses(store);
    const publisher = await Publisher.on(store);
    const received = Received.points((await reading(store, publisher, 'int32')).points$);
    await publisher.publish();
    await received.has(1);
    await untilAwaited(on.client, 1);
    startWatching();
    await tries(`${way}, writing and waiting`, 5, async (trial) => {
      const goOn = await pause();
      publisher.send(10);
      publisher.send(10);
      goOn();
      trial.struck();
      await publisher.writer.flush();
      await received.has(publisher.sent);
      trial.recovered();
    });
    expectNothingNoticed();
    await publisher.scan.close();
    await received.ended();
    expect(received.verdict(publisher.sent)).toEqual(flawless);
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
  });

  it('delays a reader that catches up', async () => {
    const publisher = await Publisher.ofBacklog(on.direct(patient));
    const store = on.proxied({ ...patient, ...bitByBit });
    statuses = new Statuses(store);
    const stream = await reading(store, publisher, 'int32');
    const warm = Received.chunks(stream.chunks$);
    await warm.ended();
    startWatching();
    await tries(`${way}, catching up`, 5, async (trial) => {
      const read = firstValueFrom(on.proxy.passed$.pipe(filter(commandsNamed('XREAD', 'reads'))));
      const received = Received.chunks(stream.chunks$);
      await read;
      const goOn = await pause();
      goOn();
      trial.struck();
      await received.ended();
      trial.recovered();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
    expectNothingNoticed();
  });
});
