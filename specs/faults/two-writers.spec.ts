/** Two writers on one stream: ours is fenced off, also with lost connections in between, and readers report what others corrupted. */
import { describe, expect, it } from '@jest/globals';
import { reading } from '../scan/publishing.js';
import { failureOf } from '../store/outcomes.js';
import { flawless, Received, stored, valueAt, valuesFrom } from './records.js';
import { onFaults } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { Publisher } from './publisher.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

const conflict = { _tag: 'WriteConflict', stream: 'diode', retriable: false };

/** Our publisher's next index, appended by another writer. */
const intrude = (key: string, index: number): Promise<unknown> => on.client.xadd(key, `${index}-1`, 'payload', Buffer.from(valuesFrom(index, 1).buffer));

describe('two writers of ours', () => {
  it('of which the second goes on where the first was: the first is fenced off', async () => {
    await tries('second writer, ours', 5, async (trial) => {
      const first = await Publisher.on(on.proxied());
      const received = Received.points((await reading(on.direct(), first, 'int32')).points$);
      await first.publish(3);
      const second = new Publisher(first.scan, await on.proxied().streamWriter(first.scan.key, 'diode', 'int32'));
      await second.publish(3);
      trial.struck();
      first.send(3);
      expect(await failureOf(first.writer.flush())).toMatchObject(conflict);
      trial.recovered();
      await second.publish(3);
      await second.writer.seal();
      await received.ended();
      expect(received.verdict(9)).toEqual(flawless);
      expect(await stored(on.client, first.key, 9)).toEqual(flawless);
    });
  });

  it('at once: one of them writes, however connections break', async () => {
    await tries('two writers at once, connections lost', 10, async (trial) => {
      const scan = await Publisher.on(on.direct());
      const writers = await Promise.all([on.proxied(), on.proxied()].map(async (store) => new Publisher(scan.scan, await store.streamWriter(scan.scan.key, 'diode', 'int32'))));
      const answers = ['reset', 'reset in the answer'] as const;
      const struck = on.proxy.strike(commandsNamed('EVALSHA'), { what: answers[trial.number % 2] ?? 'reset', after: 0 });
      for (const writer of writers) writer.send(10);
      await struck;
      trial.struck();
      const outcomes = await Promise.allSettled(writers.map(({ writer }) => writer.flush()));
      trial.recovered();
      // Their windows are the same to the byte, so that the one that was written may be taken for the other's: then both have succeeded.
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }): unknown => reason);
      for (const reason of refused) expect(reason).toMatchObject(conflict);
      expect(refused.length).toBeLessThan(2);
      expect(await stored(on.client, scan.key, 10)).toEqual(flawless);
      expect(await on.client.xlen(scan.key)).toBe(1);
    });
  });
});

describe('another writer that does not check before writing', () => {
  it('fences our writer off, be it before, while or after its connection is lost', async () => {
    await tries('foreign writer, connection lost', 10, async (trial) => {
      const publisher = await Publisher.on(on.proxied());
      await publisher.publish(3);
      on.proxy.refuse();
      const struck = trial.number % 2 === 0 ? on.proxy.strike(commandsNamed('EVALSHA'), { what: 'reset', after: 0 }) : Promise.resolve(on.proxy.resetAll());
      publisher.send(3);
      await struck;
      await on.client.xadd(publisher.key, '3-1', 'payload', Buffer.from(Int32Array.of(valueAt(3) ^ 1).buffer));
      trial.struck();
      await on.proxy.accept();
      expect(await failureOf(publisher.writer.flush())).toMatchObject(conflict);
      trial.recovered();
      expect(await on.client.xlen(publisher.key)).toBe(2);
    });
  });

  it('is WriteConflict, though our window was written before and its answer lost', async () => {
    await tries('foreign writer behind a window whose answer was lost', 5, async (trial) => {
      const publisher = await Publisher.on(on.proxied());
      await publisher.publish(3);
      const struck = on.proxy.strike(commandsNamed('EVALSHA'), { what: 'reset in the answer', after: 0 });
      on.proxy.refuse();
      publisher.send(3);
      await struck;
      await intrude(publisher.key, 6);
      trial.struck();
      await on.proxy.accept();
      // The window is there, and said to be; the next is not, and never can be.
      await publisher.writer.flush();
      publisher.send(3);
      expect(await failureOf(publisher.writer.flush())).toMatchObject(conflict);
      trial.recovered();
      expect(await stored(on.client, publisher.key, 7)).toEqual(flawless);
      expect(publisher.acknowledged.points).toBe(6);
    });
  });

  it('inside the span of a batch is WriteConflict for the writer and StreamOverlap for readers, also for those that were cut off', async () => {
    await tries("entry inside a batch's span", 5, async (trial) => {
      const publisher = await Publisher.on(on.proxied());
      const behind = Received.points((await reading(on.proxied(), publisher, 'int32')).points$);
      await publisher.publish(1000);
      await behind.has(1000);
      if (trial.number % 2 === 1) on.proxy.resetAll();
      await intrude(publisher.key, 1);
      trial.struck();
      const overlap = { _tag: 'StreamOverlap', key: publisher.key, expected: 1000, found: 1 };
      expect(await behind.failed()).toMatchObject(overlap);
      publisher.send(10);
      expect(await failureOf(publisher.writer.flush())).toMatchObject(conflict);
      trial.recovered();
      const fromStart = Received.points((await reading(on.direct(), publisher, 'int32')).points$);
      expect(await fromStart.failed()).toMatchObject(overlap);
      for (const received of [behind, fromStart]) expect(received.verdict(1000)).toEqual(flawless);
      expect(await on.client.xlen(publisher.key)).toBe(2);
    });
  });
});
