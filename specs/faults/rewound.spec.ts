/** A server that comes back with nothing, or with less than it had: readers and writers get a typed error. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { reading, untilAwaited } from '../scan/publishing.js';
import { failureOf } from '../store/outcomes.js';
import { flawless, Received, valueAt } from './records.js';
import { onFaults } from './on-faults.js';
import { Publisher } from './publisher.js';
import { useTrials, type Trial } from './trials.js';

const on = onFaults();
const tries = useTrials();

afterEach(async () => {
  // The next test sets the database up anew, whatever this one left of it.
  if ((await on.client.exists('_PROTOCOL_VERSION_')) === 0) await on.server.reset();
});

/** A reader that waits behind so many points, and their publisher, whose connections the proxy holds. */
async function waiting(points: number) {
  const publisher = await Publisher.on(on.proxied());
  const received = Received.points((await reading(on.proxied(), publisher, 'int32')).points$);
  for (let i = 0; i < points; i++) await publisher.publish();
  await received.has(points);
  await untilAwaited(on.client, 1);
  return { publisher, received, rewound: { _tag: 'StreamRewound', key: publisher.key, stream: 'diode', expected: points, retriable: false } };
}

describe('a server that comes back with nothing', () => {
  it('is StreamRewound for readers and writers', async () => {
    await tries('restart empty', 3, async (trial) => {
      const { publisher, received, rewound } = await waiting(5);
      await on.server.crash();
      await on.server.restartEmpty({ initialised: false });
      trial.struck();
      expect(await received.failed()).toMatchObject({ ...rewound, found: 0 });
      publisher.send();
      expect(await failureOf(publisher.writer.flush())).toMatchObject({ ...rewound, found: 0 });
      trial.recovered();
      expect(received.verdict(5)).toEqual(flawless);
      await expectNothingRecreated(publisher);
      await on.server.reset();
    });
  });

  it('and is set up for blissdata again looks as if the scan had been deleted', async () => {
    await tries('restart empty, set up again', 3, async (trial) => {
      const { publisher, received } = await waiting(5);
      await on.server.crash();
      on.proxy.refuse();
      await on.server.restartEmpty({ initialised: true });
      trial.struck();
      await on.proxy.accept();
      const deleted = { _tag: 'ScanNotFound', key: publisher.scan.key, retriable: false };
      expect(await received.failed()).toMatchObject(deleted);
      publisher.send();
      expect(await failureOf(publisher.writer.flush())).toMatchObject(deleted);
      trial.recovered();
      expect(received.verdict(5)).toEqual(flawless);
      await expectNothingRecreated(publisher);
    });
  });

  const expectNothingRecreated = async ({ key, scan }: Publisher): Promise<void> => expect(await on.client.exists(key, scan.key)).toBe(0);
});

describe('a server that comes back with less', () => {
  async function backBehind(trial: Trial, kept: number, points: number, meanwhile: (key: string) => Promise<unknown> = () => Promise.resolve()) {
    const { publisher, received, rewound } = await waiting(kept);
    await on.server.remember();
    for (let i = kept; i < points; i++) await publisher.publish();
    await received.has(points);
    await on.server.crash();
    on.proxy.refuse();
    await on.server.restartBehind();
    await meanwhile(publisher.key);
    trial.struck();
    await on.proxy.accept();
    return { publisher, received, rewound: { ...rewound, expected: points } };
  }

  it('is StreamRewound for a reader and a writer', async () => {
    await tries('restart behind', 4, async (trial) => {
      const { publisher, received, rewound } = await backBehind(trial, 5, 8);
      expect(await received.failed()).toMatchObject({ ...rewound, found: 5 });
      publisher.send();
      expect(await failureOf(publisher.writer.flush())).toMatchObject({ ...rewound, found: 5 });
      trial.recovered();
      expect(received.verdict(8)).toEqual(flawless);
      expect(await on.client.xlen(publisher.key)).toBe(5);
    });
  });

  const payload = (...values: readonly number[]): Buffer => Buffer.from(Int32Array.from(values).buffer);

  it.each([
    ['as far as it was', 8, 8],
    ['further than it was', 8, 12],
  ])('is StreamRewound for a reader where another writer has brought the stream %s', async (_, points, until) => {
    await tries('restart behind, and other points in the place of the lost', 4, async (trial) => {
      const { received, rewound } = await backBehind(trial, 5, points, async (key) => {
        for (let i = 5; i < until; i++) await on.client.xadd(key, `${i}-1`, 'payload', payload(valueAt(i) ^ 1));
      });
      expect(await received.failed()).toMatchObject(rewound);
      trial.recovered();
      expect(received.verdict(points)).toEqual(flawless);
    });
  });

  it('does not affect a reader whose points are all there', async () => {
    await tries('restart behind, of no concern to a reader', 2, async (trial) => {
      const { publisher, received } = await backBehind(trial, 5, 5);
      await publisher.publish();
      await received.has(6);
      trial.recovered();
      expect(received.verdict(6)).toEqual(flawless);
    });
  });
});
