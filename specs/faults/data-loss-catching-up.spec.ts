/** Data deleted, trimmed or emptied ahead of a reader that catches up: an event after the points that it got, never silence. */
import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, skip, tap } from 'rxjs';
import type { ConnectOptions, Stream } from '../../lib/index.js';
import { reading, stateKeyOf } from '../scan/publishing.js';
import { flawless, Received } from './records.js';
import { onFaults } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { bitByBit, Publisher } from './publisher.js';
import { scanExpires, dataLossesOn } from './data-losses.js';
import { useTrials, type Trial } from './trials.js';

const on = onFaults();
const tries = useTrials();

const backlogs = [
  ['goes on', () => Publisher.ofOpenBacklog(on.direct())],
  ['has ended', () => Publisher.ofBacklog(on.direct())],
] as const;

const byPoints = (stream: Stream<'int32'>): Received => Received.points(stream.points$);
const byChunks = (stream: Stream<'int32'>): Received => Received.chunks(stream.chunks$);

/** The other mechanism of invalidation, used in two trials of four. */
const blocking: ConnectOptions = { invalidations: 'blocking', checkEvery: 50 };

/** A reader whose second or third read is under way when something is done; it gets the answer afterwards. */
async function catchingUp<R>(publisher: Publisher, { number }: Pick<Trial, 'number'>, read: (stream: Stream<'int32'>) => R): Promise<R> {
  const stream = await reading(on.proxied({ ...bitByBit, ...(number % 4 === 1 || number % 4 === 2 ? blocking : {}) }), publisher, 'int32');
  const under = firstValueFrom(on.proxy.passed$.pipe(filter(commandsNamed('XREAD', 'reads')), skip(1 + (number % 2)), tap(() => on.proxy.pauseAll())));
  const received = read(stream);
  await under;
  return received;
}

/** Of the beginning of the backlog only: there is something to take away. */
function expectPart(received: Received, publisher: Publisher): void {
  expect(received.points).toBeGreaterThan(0);
  expect(received.points).toBeLessThan(publisher.sent);
  expect(received.verdict()).toEqual(flawless);
}

describe.each(backlogs)('where a stream %s', (state, backlog) => {
  it.each(dataLossesOn(on).filter(([name]) => name !== scanExpires))('%s is an event', async (name, take, _tag) => {
    await tries(`${name} before a reader that catches up`, 4, async (trial) => {
      const publisher = await backlog();
      const received = await catchingUp(publisher, trial, trial.number < 2 ? byPoints : byChunks);
      expectPart(received, publisher);
      await take(publisher);
      on.proxy.resumeAll();
      trial.struck();
      expect(await received.failed()).toMatchObject({ _tag, retriable: false });
      trial.recovered();
      expectPart(received, publisher);
      await on.server.reset();
    });
  });

  it.each([
    ['in the middle of it', 128_000 - 512 * 5],
    ['to the end', 128_000],
  ])('a trim beyond the reader, %s, is reported with the number of lost points', async (where, first) => {
    await tries(`trim ${where} before a reader that catches up`, 4, async (trial) => {
      const publisher = await backlog();
      const losses: number[] = [];
      const received = await catchingUp(publisher, trial, (stream) =>
        Received.chunks(stream.chunks$.pipe(tap(({ index, expired }) => expired > 0 && losses.push(index, expired)))),
      );
      await on.client.xtrim(publisher.key, 'MINID', `${first}-0`);
      on.proxy.resumeAll();
      trial.struck();
      if (state === 'goes on') {
        await publisher.publish(7);
        await publisher.scan.close();
      }
      await received.ended();
      trial.recovered();
      const lost = first - (losses[0] ?? NaN);
      expect(losses).toEqual([first - lost, lost]);
      expect(received.points).toBe(publisher.sent - lost);
      expect(received.verdict(publisher.sent)).toEqual({ ...flawless, lost });
    });
  });

  it('a trim beyond a reader of points is an error that names the point', async () => {
    await tries('trim before a reader of points that catches up', 4, async (trial) => {
      const publisher = await backlog();
      const received = await catchingUp(publisher, trial, byPoints);
      await on.client.xtrim(publisher.key, 'MINID', '100000-0');
      on.proxy.resumeAll();
      trial.struck();
      const error = await received.failed();
      trial.recovered();
      expect(error).toMatchObject({ _tag: 'IndexNoMoreThere', index: received.points, retriable: false });
      expectPart(received, publisher);
    });
  });

  it('a trim of what a reader has read does not affect it', async () => {
    await tries('trim behind a reader that catches up', 4, async (trial) => {
      const publisher = await backlog();
      const received = await catchingUp(publisher, trial, byChunks);
      await on.client.xtrim(publisher.key, 'MINID', `${received.points}-0`);
      on.proxy.resumeAll();
      trial.struck();
      if (state === 'goes on') await publisher.scan.close();
      await received.ended();
      trial.recovered();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });
});

describe(scanExpires, () => {
  it('is ScanNotFound for a reader of a stream that went on: with the keys, after all its points', async () => {
    await tries('EXPIRE, in 1.5 s, of the scan with its streams before a reader that catches up', 2, async (trial) => {
      const { publisher, received } = await expiring(trial, Publisher.ofOpenBacklog(on.direct()), 1500);
      expect(await received.failed()).toMatchObject({ _tag: 'ScanNotFound', key: publisher.scan.key, retriable: false });
      trial.recovered();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });

  it('does not affect a reader that reaches the end of the stream in time', async () => {
    await tries('EXPIRE, in 10 s, of the scan with its streams before a reader that comes to the end', 4, async (trial) => {
      const { publisher, received } = await expiring(trial, Publisher.ofBacklog(on.direct()), 10_000);
      await received.ended();
      trial.recovered();
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });

  async function expiring(trial: Trial, backlog: Promise<Publisher>, ms: number) {
    const publisher = await backlog;
    const received = await catchingUp(publisher, trial, trial.number % 2 === 0 ? byPoints : byChunks);
    expectPart(received, publisher);
    const { key, scan } = publisher;
    const multi = on.client.multi();
    for (const each of [key, scan.key, await stateKeyOf(on.client, scan.key)]) multi.pexpire(each, ms);
    await multi.exec();
    on.proxy.resumeAll();
    trial.struck();
    return { publisher, received };
  }
});
