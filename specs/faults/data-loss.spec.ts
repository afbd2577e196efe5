/** Data deleted, trimmed or emptied under a reader, also while its connection is down: always an event, never silence. */
import { describe, expect, it } from '@jest/globals';
import { reading, untilAwaited } from '../scan/publishing.js';
import { flawless, Received } from './records.js';
import { onFaults } from './on-faults.js';
import { Publisher } from './publisher.js';
import { dataLossesOn } from './data-losses.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

/** Five points, and a reader behind them. */
async function waiting() {
  const publisher = await Publisher.on(on.direct(), { coalesce: false });
  const received = Received.points((await reading(on.proxied(), publisher, 'int32')).points$);
  publisher.sendSingly(5);
  await received.has(5);
  await untilAwaited(on.client, 1);
  return { publisher, received };
}

describe.each(dataLossesOn(on))('%s', (name, take, _tag) => {
  it(`is ${_tag} for a reader that waits`, async () => {
    await tries(`${name} under a reader`, 3, async (trial) => {
      const { publisher, received } = await waiting();
      trial.struck();
      await take(publisher);
      expect(await received.failed()).toMatchObject({ _tag, retriable: false });
      trial.recovered();
      expect(received.verdict(5)).toEqual(flawless);
      await on.server.reset();
    });
  });

  it(`is ${_tag} for a reader whose connections are down meanwhile`, async () => {
    await tries(`${name} while a reader is cut off`, 3, async (trial) => {
      const { publisher, received } = await waiting();
      on.proxy.refuse();
      on.proxy.resetAll();
      await take(publisher);
      await on.proxy.accept();
      trial.struck();
      expect(await received.failed()).toMatchObject({ _tag, retriable: false });
      trial.recovered();
      expect(received.verdict(5)).toEqual(flawless);
      await on.server.reset();
    });
  });
});

describe('trimming', () => {
  it('is reported to a disconnected reader of chunks, with the number of lost points', async () => {
    await tries('trim while a reader is cut off', 5, async (trial) => {
      const publisher = await Publisher.on(on.direct(), { coalesce: false });
      const stream = await reading(on.proxied(), publisher, 'int32');
      const losses: number[] = [];
      const received = Received.chunks(stream.chunks$);
      stream.chunks$.subscribe(({ index, expired }) => expired > 0 && losses.push(index, expired));
      publisher.sendSingly(5);
      await received.has(5);
      on.proxy.refuse();
      on.proxy.resetAll();
      publisher.sendSingly(10);
      await publisher.writer.flush();
      await on.client.xtrim(publisher.key, 'MINID', '8-0');
      await on.proxy.accept();
      trial.struck();
      await received.has(12);
      trial.recovered();
      await publisher.scan.close();
      await received.ended();
      expect(losses).toEqual([5, 3]);
      expect(received.verdict(15)).toEqual({ ...flawless, lost: 3 });
    });
  });

  it('is an error for a disconnected reader of points', async () => {
    const { publisher, received } = await waiting();
    on.proxy.refuse();
    on.proxy.resetAll();
    publisher.sendSingly(10);
    await publisher.writer.flush();
    await on.client.xtrim(publisher.key, 'MINID', '8-0');
    await on.proxy.accept();
    expect(await received.failed()).toMatchObject({ _tag: 'IndexNoMoreThere', index: 5 });
    expect(received.verdict(5)).toEqual(flawless);
  });

  it('of what a reader has read does not affect it, though it was disconnected', async () => {
    const { publisher, received } = await waiting();
    on.proxy.refuse();
    on.proxy.resetAll();
    await on.client.xtrim(publisher.key, 'MAXLEN', 0);
    await on.proxy.accept();
    publisher.sendSingly(5);
    await received.has(10);
    expect(received.verdict(10)).toEqual(flawless);
  });
});
