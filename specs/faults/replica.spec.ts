/** A master made a replica by hand, without Sentinel, and a master again: writers wait for that and report it, readers wait at most. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { filter, firstValueFrom, type Observable } from 'rxjs';
import type { ConnectOptions, Status, WriterStatus } from '../../lib/index.js';
import { freePort } from '../../lib/server/free-port.js';
import { startRedis, type RedisServer } from '../../lib/server/start-redis.js';
import { identity, reading, statesAt, untilAwaited } from '../scan/publishing.js';
import { flawless, Received, stored } from './records.js';
import { onFaults } from './on-faults.js';
import { Publisher } from './publisher.js';
import { Statuses } from './statuses.js';
import { useTrials } from './trials.js';

const on = onFaults({ 'repl-diskless-sync-delay': '0' });
const tries = useTrials();
const host = '127.0.0.1';

/** A server that has all that the one of the tests has. */
let other: { readonly server: RedisServer; readonly client: Redis } | undefined;

beforeEach(async () => {
  const server = await startRedis({ config: { 'repl-diskless-sync-delay': '0' } });
  const client = new Redis(server.url, { protocol: 2 });
  client.on('error', () => undefined); // its server is stopped before it
  other = { server, client };
});
afterEach(async () => {
  await on.client.replicaof('NO', 'ONE');
  other?.client.disconnect();
  await other?.server.stop();
  other = undefined;
});

async function untilLinked(client: Redis): Promise<void> {
  while (!(await client.info('replication')).includes('master_link_status:up'));
}

/** What becomes the master in its place. */
const masters: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['of a server that is not there', async () => on.client.replicaof(host, await freePort(host, 0))],
  ['of what was its replica', async () => {
    if (other === undefined) throw new Error('the other server has not been started');
    const { client, server } = other;
    await client.replicaof(host, Number(new URL(on.server.url).port));
    await untilLinked(client);
    await on.client.wait(1, 0);
    await client.replicaof('NO', 'ONE');
    await on.client.replicaof(host, server.port);
    await untilLinked(on.client);
  }],
];

/** How a reader waits, and what tells that it does. */
const readers: readonly (readonly [string, ConnectOptions, () => Promise<unknown>])[] = [
  ['tracking', {}, () => untilAwaited(on.client, 1)],
  ['blocking', { invalidations: 'blocking' }, untilBlocked],
];

async function untilBlocked(): Promise<void> {
  while (!(await on.client.info('clients')).includes('blocked_clients:1'));
}

type AnyStatus = Status | WriterStatus;

/** Resolves when it waits for a server that takes writes. */
const refused = (status$: Observable<AnyStatus>): Promise<unknown> => firstValueFrom(status$.pipe(filter((status) => status._tag === 'retrying' && status.error._tag === 'ReadOnlyReplica')));
const isNow = (status$: Observable<AnyStatus>, tag: AnyStatus['_tag']): Promise<unknown> => firstValueFrom(status$.pipe(filter(({ _tag }) => _tag === tag)));

describe.each(masters)('REPLICAOF by hand, %s', (master, become) => {
  it.each(readers)('makes a writer wait until it is a master again, and says so; a reader that waits by %s has a delay', async (invalidations, options, untilItWaits) => {
    const writing = on.proxied();
    const publisher = await Publisher.on(writing);
    const store = on.proxied(options);
    const statuses = new Statuses(store);
    const received = Received.points((await reading(store, publisher, 'int32')).points$);
    await publisher.publish(3);
    await received.has(3);
    await tries(`REPLICAOF by hand ${master}, a reader by ${invalidations}`, 3, async (trial) => {
      const refusals = Promise.all([writing.status$, publisher.writer.status$].map(refused));
      const before = publisher.sent;
      await untilItWaits();
      await become();
      publisher.send(10);
      publisher.send(10);
      await refusals;
      expect(publisher.acknowledged.points).toBe(before);
      expect(received.points).toBe(before);
      await on.client.replicaof('NO', 'ONE');
      trial.struck();
      await publisher.writer.flush();
      await received.has(publisher.sent);
      trial.recovered();
      await Promise.all([isNow(writing.status$, 'ready'), isNow(publisher.writer.status$, 'writing')]);
    });
    await publisher.scan.close();
    await received.ended();
    // A server that becomes a replica closes the connections that block, and no others.
    if (invalidations === 'tracking') expect(statuses.troubled).toBe(false);
    expect(received.verdict(publisher.sent)).toEqual(flawless);
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
    expect(publisher.acknowledged.isGrowing).toBe(true);
  });

  it('makes steps of a scan, seals and new scans wait', async () => {
    await tries(`REPLICAOF by hand ${master}, a scan's steps`, 3, async (trial) => {
      const store = on.proxied();
      const publisher = await Publisher.on(store);
      await publisher.publish(3);
      await become();
      const refusal = refused(store.status$);
      const closed = publisher.scan.close();
      const created = store.createScan({ ...identity, number: 2 });
      await refusal;
      await on.client.replicaof('NO', 'ONE');
      trial.struck();
      await closed;
      const { key } = await created;
      trial.recovered();
      expect(await on.client.exists(key)).toBe(1);
      expect(await statesAt(on.client, publisher.scan.key)).toEqual(['0', '1', '2', '4']);
      const received = Received.points((await reading(on.direct(), publisher, 'int32')).points$);
      await received.ended();
      expect(received.verdict(3)).toEqual(flawless);
    });
  });
});
