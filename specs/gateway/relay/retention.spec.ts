/** Coming and going leaves nothing behind, at either end: no session, no socket, no feed, and nothing of the streams. */
import { expect, it } from '@jest/globals';
import { asyncScheduler, concatMap, firstValueFrom, lastValueFrom, map, of, switchMap, take, tap, toArray } from 'rxjs';
import { gatewayDatabase } from '../../../lib/gateway/client/gateway-database.js';
import type { OpenSocket, SocketEvents } from '../../../lib/gateway/protocol/socket.js';
import { Relay } from '../../../lib/gateway/relay/relay.js';
import { DataStore, ESRFIdentity, numeric } from '../../../lib/index.js';
import { memoryDatabase, MemoryServer } from '../../../lib/testing.js';
import { publishing, type Published } from '../../scan/publishing.js';
import { collected, Watched } from '../../support/retention.js';
import { socketPair, type SocketPair } from '../../support/socket-pair.js';

interface Scene {
  readonly relay: Relay;
  /** At Redis, so to speak. */
  readonly publisher: DataStore;
  readonly sessions: Watched;
  readonly ends: Watched;
  /** The newest connection. */
  readonly newest: () => SocketPair | undefined;
  connect(): DataStore;
}

function scene(): Scene {
  const server = new MemoryServer();
  const relay = new Relay({ database: memoryDatabase({ server }), name: 'id00', model: ESRFIdentity, authorize: () => of({ read: 'all' }) });
  const [sessions, ends] = [new Watched(), new Watched()];
  let newest: WeakRef<SocketPair> | undefined;
  const openSocket: OpenSocket = (_, events: SocketEvents) => {
    const pair = socketPair(asyncScheduler);
    const session = relay.accept(pair.gateway, {});
    sessions.add(session);
    ends.add(events);
    newest = new WeakRef(pair);
    pair.listen(events, session);
    return pair.client;
  };
  return {
    relay,
    publisher: DataStore.over(memoryDatabase({ server })),
    sessions,
    ends,
    newest: () => newest?.deref(),
    connect: () => DataStore.over(gatewayDatabase('ws://gateway', { openSocket }), { retry: { firstDelay: 1, maxDelay: 5 } }),
  };
}

async function publish({ writer }: Published<'float64'>, values: readonly number[]): Promise<void> {
  for (const value of values) writer.send(value);
  await writer.flush();
}

it('keeps nothing of 400 clients that have followed a stream and left', async () => {
  const { relay, publisher, sessions, ends, connect } = scene();
  const published = await publishing(publisher, numeric('float64'));
  await publish(published, [0, 1, 2]);
  const visit = async (n: number): Promise<void> => {
    const store = connect();
    const values$ = store.loadScan(published.scan.key).pipe(
      switchMap((scan) => scan.stream('diode', 'float64')),
      switchMap((stream) => stream.points({ expired: 'skip' })),
      map(({ value }) => value),
      take(4 + n),
    );
    const values = firstValueFrom(values$.pipe(toArray()));
    await publish(published, [3 + n]);
    expect((await values).at(-1)).toBe(3 + n);
    await store.close();
  };
  let used = 0;
  for (let n = 0; n < 400; n++) {
    await visit(n);
    if (n !== 99) continue;
    await collected();
    used = process.memoryUsage().heapUsed;
  }
  expect(await sessions.alive()).toBeLessThanOrEqual(1);
  expect(await ends.alive()).toBeLessThanOrEqual(1);
  expect(relay.state).toMatchObject({ sessions: 0, feeds: 0, tails: 0, tailBytes: 0 });
  // 300 points are there now, and nothing else: 7 kB for each client that was kept would be 2 MB.
  expect(process.memoryUsage().heapUsed - used).toBeLessThan(2e6);
  await publisher.close();
});

it('keeps one connection of a client that has lost 500, and gets every point once', async () => {
  const { relay, publisher, sessions, ends, newest, connect } = scene();
  const published = await publishing(publisher, numeric('float64'), { coalesce: false });
  const store = connect();
  const cuts = 500;
  const values = lastValueFrom(
    store.loadScan(published.scan.key).pipe(
      switchMap((scan) => scan.stream('diode', 'float64')),
      switchMap((stream) => stream.points$),
      // The next point is published once the connection is lost over which this one came.
      tap(() => newest()?.cut()),
      concatMap(({ value }) => publish(published, value + 1 < cuts ? [value + 1] : []).then(() => value)),
      take(cuts),
      toArray(),
    ),
  );
  await publish(published, [0]);
  expect(await values).toEqual(Array.from({ length: cuts }, (_, i) => i));
  expect(sessions.seen).toBeGreaterThanOrEqual(cuts);
  expect(await sessions.alive()).toBeLessThanOrEqual(2);
  expect(await ends.alive()).toBeLessThanOrEqual(2);
  await store.close();
  expect(relay.state).toMatchObject({ feeds: 0, tails: 0 });
  await publisher.close();
});
