/** Unsubscribing at any moment of a fault: nothing is emitted any more, nothing is left behind, and other subscribers are not disturbed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, type Observable } from 'rxjs';
import { ScanState, type DataStore, type Scan, type Stream } from '../../lib/index.js';
import { reading, untilAwaited } from '../scan/publishing.js';
import { flawless, Received } from './records.js';
import { onFaults } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { Publisher } from './publisher.js';
import { Statuses } from './statuses.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

// Node warns of listeners that pile up.
const warnings: Error[] = [];
const warned = (warning: Error): unknown => warnings.push(warning);
beforeAll(() => void process.on('warning', warned));
afterAll(() => {
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});

interface Scene {
  readonly store: DataStore;
  readonly scan: Scan;
  readonly stream: Stream<'int32'>;
  readonly publisher: Publisher;
  readonly statuses: Statuses;
}

/** A fault as far as the moment to leave at, and what ends it. */
type Moment = (scene: Scene) => Promise<() => unknown>;

const nothing = (): void => undefined;

const moments: readonly (readonly [string, Moment])[] = [
  ['all is well', () => Promise.resolve(nothing)],
  ['connections were reset', () => {
    on.proxy.resetAll();
    return Promise.resolve(nothing);
  }],
  ['the loss of connections was noticed', async () => {
    const opened = firstValueFrom(on.proxy.opened$);
    on.proxy.resetAll();
    await opened;
    return nothing;
  }],
  ['new connections are about to read', async () => {
    const passed = firstValueFrom(on.proxy.passed$.pipe(filter(commandsNamed('XREAD'))));
    on.proxy.resetAll();
    await passed;
    return nothing;
  }],
  ['connections are refused', async ({ statuses }) => {
    on.proxy.refuse();
    on.proxy.resetAll();
    await statuses.has('retrying');
    return () => on.proxy.accept();
  }],
  ['connections are half-open', () => {
    on.proxy.freezeAll();
    return Promise.resolve(() => on.proxy.resetAll());
  }],
  ['the server is frozen', async ({ publisher }) => {
    on.server.freeze();
    publisher.send();
    return () => on.server.thaw();
  }],
  ['an answer was broken off', async ({ publisher }) => {
    const struck = on.proxy.strike(commandsNamed('XREAD', 'reads'), { what: 'reset in the answer', after: 10 });
    publisher.send();
    await struck;
    return nothing;
  }],
  ['the server has crashed', async ({ statuses }) => {
    await on.server.crash();
    await statuses.has('retrying');
    return () => on.server.restart();
  }],
];

/** What there is to subscribe to, but for points. */
const others: readonly ((scene: Scene) => Observable<unknown>)[] = [
  ({ stream }) => stream.latest$,
  ({ stream }) => stream.waitSealed(),
  ({ stream }) => stream.consume((chunk) => Promise.resolve(chunk.index)),
  ({ scan }) => scan.state$,
  ({ store }) => store.scans$,
  ({ store }) => store.followSearch(),
];

describe('unsubscribing', () => {
  it.each(moments)('when %s leaves nothing behind', async (name, moment) => {
    const publisher = await Publisher.on(on.direct());
    const store = on.proxied();
    const scan = await firstValueFrom(store.loadScan(publisher.scan.key));
    const stream = await reading(store, publisher, 'int32');
    let most = 0;
    await tries(`leaving when ${name}`, 5, async (trial) => {
      const scene = { store, scan, stream, publisher, statuses: new Statuses(store) };
      const late: unknown[] = [];
      let left = false;
      const leaving = [Received.points(stream.points$), Received.chunks(stream.chunksFrom(publisher.sent), publisher.sent)];
      const subscriptions = others.map((source) =>
        source(scene).subscribe({ next: (value) => left && late.push(value), error: (error: unknown) => left && late.push(error), complete: () => left && late.push('completion') }),
      );
      const cancelled = new AbortController();
      const cursor = stream.cursor();
      const reads = cursor.read({ signal: cancelled.signal }).then(
        (read) => read,
        (error: unknown) => error,
      );
      const staying = Received.points(stream.points$);
      await publisher.publish();
      await staying.has(publisher.sent);
      await untilAwaited(on.client, 1);

      const heal = await moment(scene);
      left = true;
      for (const received of leaving) received.leave();
      for (const subscription of subscriptions) subscription.unsubscribe();
      cancelled.abort();
      await reads;
      cursor.close();
      await heal();
      trial.struck();
      await publisher.publish();
      await staying.has(publisher.sent);
      trial.recovered();

      expect(staying.verdict(publisher.sent)).toEqual(flawless);
      staying.leave();
      for (const received of leaving) expect(received.verdict()).toEqual(flawless);
      expect(late).toEqual([]);
      await untilNobodyReads(store);
      most = Math.max(most, on.proxy.connections.length);
    });
    // One for commands, one for reads, one for single points, one for invalidations.
    expect(most).toBeLessThanOrEqual(4);
  });
});

describe('the last to unsubscribe', () => {
  it.each(moments)('when %s leaves a store that can be used again', async (name, moment) => {
    const publisher = await Publisher.on(on.direct());
    const store = on.proxied();
    const scan = await firstValueFrom(store.loadScan(publisher.scan.key));
    const stream = await reading(store, publisher, 'int32');
    await tries(`the last one leaves when ${name}`, 3, async (trial) => {
      const statuses = new Statuses(store);
      const leaving = Received.points(stream.points$);
      const states: unknown[] = [];
      const subscription = scan.state$.subscribe({ next: (state) => states.push(state), error: (error: unknown) => states.push(error) });
      await publisher.publish();
      await leaving.has(publisher.sent);
      // Over the same connection, and so after the first one's: else points could be here before the state is.
      await firstValueFrom(scan.state$);
      await untilAwaited(on.client, 1);

      const heal = await moment({ store, scan, stream, publisher, statuses });
      leaving.leave();
      subscription.unsubscribe();
      await heal();
      trial.struck();
      await publisher.publish();
      const next = Received.points(stream.points$);
      await next.has(publisher.sent);
      trial.recovered();

      expect(next.verdict(publisher.sent)).toEqual(flawless);
      next.leave();
      expect(leaving.verdict()).toEqual(flawless);
      expect(states).toEqual([ScanState.STARTED]);
      await untilNobodyReads(store);
      expect(on.proxy.connections.length).toBeLessThanOrEqual(4);
    });
  });
});

async function untilNobodyReads(store: DataStore): Promise<void> {
  await firstValueFrom(store.readers({ period: 1 }).pipe(filter((readers) => readers.length === 0)));
}
