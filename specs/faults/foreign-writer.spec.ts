/** Python's writer on a stream of ours: our writer is fenced off, and readers report what Python's corrupted. */
import { describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { useInterop } from '../interop/interop.js';
import { reading } from '../scan/publishing.js';
import { failureOf } from '../store/outcomes.js';
import { flawless, Received, valueAt } from './records.js';
import { Proxy } from './proxy.js';
import { impatient } from './on-faults.js';
import { DataStore } from '../../lib/index.js';
import { Publisher } from './publisher.js';
import { useTrials } from './trials.js';

const Intrusion = t.type({ taken: t.boolean, reason: t.string });

describe.each(['2.4.5', '1.1.4'] as const)("Python blissdata %s's writer", (version) => {
  const interop = useInterop(version, 'us');
  const tries = useTrials();

  /** Writes the points that belong there, from an index on. */
  const intrude = (scan: string, at: number, count: number): Promise<t.TypeOf<typeof Intrusion>> =>
    interop().python.ask(Intrusion, 'intrude', { key: scan, name: 'diode', at, points: Array.from({ length: count }, (_, i) => valueAt(at + i)) });

  it('behind ours fences ours off, also one whose connection is lost meanwhile', async () => {
    const proxy = await Proxy.to(interop().redis.url);
    const store = DataStore.connect(proxy.url, impatient);
    await tries(`second writer, Python ${version}`, 4, async (trial) => {
      const publisher = await Publisher.on(store);
      const received = Received.points((await reading(interop().store, publisher, 'int32')).points$);
      await publisher.publish(3);
      if (trial.number % 2 === 1) proxy.resetAll();
      expect((await intrude(publisher.scan.key, 3, 2)).taken).toBe(true);
      trial.struck();
      publisher.send();
      expect(await failureOf(publisher.writer.flush())).toMatchObject({ _tag: 'WriteConflict', expected: '0-1', found: '4-1' });
      trial.recovered();
      await received.has(5);
      expect(received.verdict(5)).toEqual(flawless);
      received.leave();
    });
    await store.close().catch(() => undefined);
    proxy.close();
  });

  it('inside the span of a batch of ours is WriteConflict for ours and StreamOverlap for readers', async () => {
    await tries(`entry inside a batch's span, Python ${version}`, 3, async (trial) => {
      const publisher = await Publisher.on(interop().store);
      const received = Received.points((await reading(interop().store, publisher, 'int32')).points$);
      await publisher.publish(1000);
      await received.has(1000);
      trial.struck();
      expect((await intrude(publisher.scan.key, 1, 2)).taken).toBe(true);
      expect(await received.failed()).toMatchObject({ _tag: 'StreamOverlap', expected: 1000, found: 1 });
      publisher.send();
      expect(await failureOf(publisher.writer.flush())).toMatchObject({ _tag: 'WriteConflict' });
      trial.recovered();
      expect(received.verdict(1000)).toEqual(flawless);
    });
  });
});
