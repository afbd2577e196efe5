/** The connection that brings the invalidations: every loss of it is noticed, and no point is missed. */
import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { filter, firstValueFrom } from 'rxjs';
import { reading, untilAwaited } from '../scan/publishing.js';
import { flawless, Received, valuesFrom } from './records.js';
import { onFaults } from './on-faults.js';
import { Publisher } from './publisher.js';
import { commandsNamed, type ProxiedConnection } from './proxy.js';
import { useTrials, type Trial } from './trials.js';

const on = onFaults();
const tries = useTrials();

/** The subscriber connection, once there is one and a reader waits for it. */
async function subscriber(): Promise<ProxiedConnection> {
  await untilAwaited(on.client, 1);
  for (;;) {
    const [found] = on.proxy.withRole('subscriber');
    if (found !== undefined) return found;
    await firstValueFrom(on.proxy.passed$);
  }
}

/** A waiting reader, and the publisher of its next point. */
async function waiting() {
  const publisher = await Publisher.on(on.direct());
  const received = Received.points((await reading(on.proxied(), publisher, 'int32')).points$);
  await publisher.publish();
  await received.has(1);
  return { publisher, received };
}

async function recovers(fault: string, times: number, strike: (connection: ProxiedConnection, trial: Trial) => unknown): Promise<void> {
  const { publisher, received } = await waiting();
  await tries(fault, times, async (trial) => {
    const connection = await subscriber();
    trial.struck();
    await strike(connection, trial);
    await publisher.publish();
    await received.has(publisher.sent);
    trial.recovered();
  });
  await publisher.scan.close();
  await received.ended();
  expect(received.verdict(publisher.sent)).toEqual(flawless);
}

describe('the connection that brings the invalidations', () => {
  it('is replaced when it is reset', () => recovers('subscriber reset', 10, (connection) => connection.reset()));

  it('is replaced when it is killed', () => recovers('subscriber killed', 10, ({ address }) => on.client.call('CLIENT', ['KILL', 'ADDR', address])));

  it('is replaced when it is killed at the very moment of a change', async () => {
    const { publisher, received } = await waiting();
    await tries('subscriber killed in the moment of a change', 10, async (trial) => {
      const { address } = await subscriber();
      trial.struck();
      const index = 1 + trial.number;
      await on.client.multi().call('CLIENT', 'KILL', 'ADDR', address).xadd(publisher.key, `${index}-1`, 'payload', Buffer.from(valuesFrom(index, 1).buffer)).exec();
      await received.has(index + 1);
      trial.recovered();
    });
    expect(received.verdict(11)).toEqual(flawless);
  });

  it('is replaced when it is lost again and again while it is being replaced', () =>
    recovers('subscriber reset while it subscribes', 10, (connection, { number }) => {
      const names = ['SUBSCRIBE', 'CLIENT'];
      void on.proxy.strike(commandsNamed(names[number % 2] ?? ''), { what: number % 4 < 2 ? 'reset' : 'reset in the answer', after: 0 });
      connection.reset();
    }));

  it('is noticed when it is half-open', () => recovers('subscriber half-open', 4, (connection) => connection.freeze()));

  it('is noticed when only the server knows that it is lost', () =>
    recovers('subscriber lost by the server alone', 4, (connection) => {
      connection.freeze();
      return on.client.call('CLIENT', ['KILL', 'ADDR', connection.address]);
    }));

  it('is noticed when its id is that of another connection, to a server that was restarted', async () => {
    const { publisher, received } = await waiting();
    await tries('subscriber of another life of the server', 3, async (trial) => {
      (await subscriber()).freeze();
      await on.server.crash();
      on.proxy.refuse();
      await on.server.restart();
      // The restarted server assigns the former ids again, to other connections.
      const strangers = Array.from({ length: 60 }, () => new Redis(on.server.url, { protocol: 2, lazyConnect: true }));
      await Promise.all(strangers.map((stranger) => stranger.connect()));
      const redirected = firstValueFrom(on.proxy.passed$.pipe(filter(({ command }) => command.name === 'CLIENT' && command.args.includes('REDIRECT'))));
      await on.proxy.accept();
      await redirected;
      trial.struck();
      await publisher.publish();
      await received.has(publisher.sent);
      trial.recovered();
      for (const stranger of strangers) stranger.disconnect();
    });
    expect(received.verdict(publisher.sent)).toEqual(flawless);
  });
});
