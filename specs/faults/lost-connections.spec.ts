/** Everything else that a store reads, while connections break: states, new scans, searches, points by index, cursors, loops. Nothing is lost or duplicated. */
import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, lastValueFrom, map, ReplaySubject, scan as accumulate, toArray, type Observable } from 'rxjs';
import { ScanState } from '../../lib/index.js';
import { identity, reading, untilAwaited } from '../scan/publishing.js';
import { following } from '../store/outcomes.js';
import { flawless, Received, valueAt, valuesFrom } from './records.js';
import { onFaults } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { bitByBit, Publisher } from './publisher.js';
import { useTrials, type Trial } from './trials.js';

const on = onFaults();
const tries = useTrials();

/** Breaks the connections of a waiting reader before something happens, afterwards, or both. */
async function around(trial: Trial, happen: () => Promise<unknown>): Promise<void> {
  await untilAwaited(on.client, 1);
  trial.struck();
  if (trial.number % 3 !== 1) on.proxy.resetAll();
  await happen();
  if (trial.number % 3 > 0) on.proxy.resetAll();
}

/** All that an Observable has emitted, each time that there is more. */
function collecting<A>(source$: Observable<A>) {
  const lists$ = new ReplaySubject<readonly A[]>(1);
  const subscription = source$.pipe(accumulate((list: readonly A[], value) => [...list, value], [])).subscribe(lists$);
  return {
    /** The list, once it has so many. */
    of: (count: number): Promise<readonly A[]> => firstValueFrom(lists$.pipe(filter(({ length }) => length >= count))),
    leave: () => subscription.unsubscribe(),
  };
}

describe('across lost connections', () => {
  it('states come in order, each once', async () => {
    await tries('reset while waiting for states', 9, async (trial) => {
      const writer = await on.direct().createScan(identity);
      const scan = await firstValueFrom(on.proxied().loadScan(writer.key));
      const states$ = following(scan.state$);
      await firstValueFrom(states$);
      for (const step of [() => writer.prepare(), () => writer.start(), () => writer.stop(), () => writer.close()]) await around(trial, step);
      const seen = await lastValueFrom(states$.pipe(toArray()));
      trial.recovered();
      expect(seen).toEqual([ScanState.CREATED, ScanState.PREPARED, ScanState.STARTED, ScanState.STOPPED, ScanState.CLOSED]);
    });
  });

  it('every new scan comes once, by scans$ and by followSearch', async () => {
    await tries('reset while waiting for scans', 9, async (trial) => {
      const publishing = on.direct();
      const store = on.proxied();
      const name = `trial${trial.number}`;
      const before = await publishing.createScan({ ...identity, name });
      const scans = collecting(store.scans$.pipe(map(({ key }) => key)));
      const found = collecting(store.followSearch({ name: `${name}*` }).pipe(map(({ key }) => key)));
      expect(await found.of(1)).toEqual([before.key]);
      const keys: string[] = [];
      for (let i = 0; i < 5; i++) {
        await around(trial, async () => keys.push((await publishing.createScan({ ...identity, name, number: i + 2 })).key));
        expect(await scans.of(keys.length)).toEqual(keys);
        expect(await found.of(keys.length + 1)).toEqual([before.key, ...keys]);
      }
      trial.recovered();
      scans.leave();
      found.leave();
    });
  });

  it('waitSealed emits the number of points', async () => {
    await tries('reset while waiting for a seal', 9, async (trial) => {
      const publisher = await Publisher.on(on.direct());
      const stream = await reading(on.proxied(), publisher, 'int32');
      const sealed$ = following(stream.waitSealed());
      await around(trial, () => publisher.publish(7));
      await around(trial, () => publisher.writer.seal());
      expect(await lastValueFrom(sealed$.pipe(toArray()))).toEqual([7]);
      trial.recovered();
    });
  });

  it('the newest point comes, and no other after it', async () => {
    await tries('reset while waiting for the newest', 9, async (trial) => {
      const publisher = await Publisher.on(on.direct());
      const stream = await reading(on.proxied(), publisher, 'int32');
      const points$ = following(stream.latest$);
      for (let i = 0; i < 5; i++) {
        await publisher.publish(3);
        await firstValueFrom(points$.pipe(filter(({ index }) => index === publisher.sent - 1)));
        await around(trial, () => publisher.publish(3));
        await firstValueFrom(points$.pipe(filter(({ index }) => index === publisher.sent - 1)));
      }
      await publisher.writer.seal();
      const indices = (await lastValueFrom(points$.pipe(toArray()))).map(({ index }) => index);
      trial.recovered();
      expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b));
      expect(indices.at(-1)).toBe(publisher.sent - 1);
    });
  });

  it('at and slice give the requested points', async () => {
    const publisher = await Publisher.ofBacklog(on.direct());
    const { sent } = publisher;
    const stream = await reading(on.proxied(), publisher, 'int32');
    const indices = Array.from({ length: 50 }, (_, i) => (i * 7919) % sent);
    await tries('reset while reading by index', 20, async (trial) => {
      // The connection is there, and answers in so many bytes that there is a place to break it at.
      await firstValueFrom(stream.at(0));
      const struck = on.proxy.strike(({ connection: { role } }) => role === 'ranges', { what: 'reset in the answer', after: 1 + trial.number * 997 });
      const asked = Promise.all([
        Promise.all(indices.map((index) => firstValueFrom(stream.at(index)))),
        firstValueFrom(stream.slice({ start: 1000, stop: 3000 })),
        firstValueFrom(stream.slice({ start: 5, step: 1000 })),
        firstValueFrom(stream.length()),
      ]);
      await struck;
      trial.struck();
      const [values, slice, steps, length] = await asked;
      trial.recovered();
      expect(values).toEqual(indices.map(valueAt));
      expect(slice.data).toEqual(valuesFrom(1000, 2000));
      expect([...steps.data]).toEqual(Array.from({ length: Math.ceil((sent - 5) / 1000) }, (_, i) => valueAt(5 + 1000 * i)));
      expect(length).toBe(sent);
    });
  });

  it('a cursor goes on', async () => {
    const publisher = await Publisher.ofBacklog(on.direct());
    await tries('reset under a cursor', 10, async (trial) => {
      const stream = await reading(on.proxied(bitByBit), publisher, 'int32');
      const cursor = stream.cursor();
      const received = new Received();
      trial.struck();
      for (let reads = 0; ; reads++) {
        if (reads % 10 === trial.number) on.proxy.resetAll();
        const result = await cursor.read({ count: 1000 });
        if (result._tag === 'end') break;
        if (result._tag === 'chunk') received.takeChunk(result);
        trial.recovered();
      }
      expect(cursor.position).toBe(publisher.sent);
      expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });

  it('a loop goes on, and so does work that takes time', async () => {
    const publisher = await Publisher.ofBacklog(on.direct());
    await tries('reset under a loop', 6, async (trial) => {
      const stream = await reading(on.proxied(bitByBit), publisher, 'int32');
      const looped = new Received();
      const worked = new Received();
      void on.proxy.strike(commandsNamed('XREAD', 'reads'), { what: 'reset in the answer', after: 20_000 * trial.number });
      const work$ = stream.consume(async (chunk) => {
        await on.client.ping();
        worked.takeChunk(chunk);
        return chunk.index;
      });
      const done = lastValueFrom(work$);
      trial.struck();
      for await (const chunk of stream) {
        if (looped.points % 3 === 0) on.proxy.resetAll();
        await on.client.ping();
        looped.takeChunk(chunk);
      }
      await done;
      trial.recovered();
      for (const received of [looped, worked]) expect(received.verdict(publisher.sent)).toEqual(flawless);
    });
  });
});
