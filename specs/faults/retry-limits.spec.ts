/** A server that is away longer than a store may wait: readers and writers get an error with the reason, and new requests succeed once it is back. */
import { describe, expect, it } from '@jest/globals';
import type { Observable } from 'rxjs';
import type { ConnectOptions, DataStore, RetryOptions, Stream } from '../../lib/index.js';
import { reading, untilAwaited } from '../scan/publishing.js';
import { failureOf, following } from '../store/outcomes.js';
import { flawless, Received, stored, valuesFrom } from './records.js';
import { onFaults, retry } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { bitByBit, Publisher } from './publisher.js';
import { Statuses } from './statuses.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

const limits: readonly (readonly [string, RetryOptions | false])[] = [
  ['after 3 attempts', { ...retry, attempts: 3 }],
  ['after 150 ms', { ...retry, within: 150 }],
  ['at once', false],
];

/** Points that the same store has after all: those there are, and those of a writer that goes on after them. */
async function expectNewOnesToWork(store: DataStore, { key, scan }: Publisher, there: number): Promise<void> {
  const received = Received.points((await reading(store, { scan }, 'int32')).points$);
  await received.has(there);
  const writer = await store.streamWriter(scan.key, 'diode', 'int32');
  expect(writer.length).toBe(there);
  writer.sendBatch(valuesFrom(there, 10));
  await writer.seal();
  await received.ended();
  expect(received.verdict(there + 10)).toEqual(flawless);
  expect(await stored(on.client, key, there + 10)).toEqual(flawless);
}

describe.each(limits)('a store that gives up %s', (when, limit) => {
  const options: ConnectOptions = { retry: limit };

  it('ends whatever waits, reads and writes with Disconnected while the server is away, and works when it is back', async () => {
    await tries(`a server away for too long, given up ${when}`, 4, async (trial) => {
      const store = trial.number % 2 === 0 ? on.direct(options) : on.proxied(options);
      const statuses = new Statuses(store);
      const publisher = await Publisher.on(store);
      const stream = await reading(store, publisher, 'int32');
      const received = Received.points(stream.points$);
      await publisher.publish(3);
      await received.has(3);
      const waiting: readonly Observable<unknown>[] = [stream.chunks$, stream.latest$, stream.waitSealed(), store.scans$];
      const others = waiting.map((each$) => failureOf(following(each$)));
      await untilAwaited(on.client, 2);
      await on.server.crash();
      trial.struck();
      for (const failure of [received.failed(), ...others]) expect(await failure).toMatchObject({ _tag: 'Disconnected', retriable: true });
      publisher.send(2);
      expect(await failureOf(publisher.writer.flush())).toMatchObject({ _tag: 'Disconnected' });
      trial.recovered();
      expect(await failureOf(() => publisher.send())).toMatchObject({ _tag: 'Disconnected' });
      expect(statuses.tags.includes('retrying')).toBe(limit !== false);
      expect(statuses.tags.at(-1)).toBe('failed');
      expect(received.verdict(3)).toEqual(flawless);

      await on.server.restart();
      await expectNewOnesToWork(store, publisher, 3);
    });
  });

  it('says OutcomeUnknown of a window whose answer was lost last', async () => {
    await tries(`an answer lost and a server out of reach for too long, given up ${when}`, 4, async (trial) => {
      const store = on.proxied(options);
      const publisher = await Publisher.on(store);
      await publisher.publish(3);
      const struck = on.proxy.strike(commandsNamed('EVALSHA'), { what: 'reset in the answer', after: 0 });
      publisher.send(2);
      const flushed = failureOf(publisher.writer.flush());
      await struck;
      on.proxy.refuse();
      trial.struck();
      expect(await flushed).toMatchObject({ _tag: 'OutcomeUnknown', key: publisher.key });
      trial.recovered();
      await on.proxy.accept();
      await expectNewOnesToWork(store, publisher, 5);
    });
  });

  it('ends a reader that catches up with Disconnected, after points that are right', async () => {
    await tries(`a server away for too long while catching up, given up ${when}`, 4, async (trial) => {
      const publisher = await Publisher.ofBacklog(on.direct());
      const store = on.proxied({ ...options, ...bitByBit });
      const stream: Stream<'int32'> = await reading(store, publisher, 'int32');
      const received = Received.chunks(stream.chunks$);
      await received.has(1);
      on.proxy.refuse();
      on.proxy.resetAll();
      trial.struck();
      expect(await received.failed()).toMatchObject({ _tag: 'Disconnected', retriable: true });
      trial.recovered();
      expect(received.points).toBeLessThan(publisher.sent);
      expect(received.verdict()).toEqual(flawless);

      await on.proxy.accept();
      const again = Received.chunks(stream.chunks$);
      await again.ended();
      expect(again.verdict(publisher.sent)).toEqual(flawless);
    });
  });
});
