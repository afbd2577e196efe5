/** No invalidation is missed: readers get every point although only invalidations make them read, and although connections are killed. */
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { DataStore, numeric, type ConnectOptions } from '../../../lib/index.js';
import { freshRedis, type FreshRedis } from '../../support/redis.js';
import { clientsOfUser, urlOfUser, type Client, type ClientKind } from '../clients.js';
import { Follower } from './follower.js';
import { randomly, type Random } from '../random.js';

const appends = 100_000;
const streams = 20;
const clients = 2;
/** Each begins with a killed connection; at its end every reader must have everything, before the next kill could help. */
const segments = 50;

let redis: FreshRedis;
let reading: readonly DataStore[] = [];
let followers: readonly (readonly Follower[])[] = [];

beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);
beforeEach(() => redis.reset());
afterEach(async () => {
  // Where all have come equally far, none was forgotten.
  console.log(`points read: ${followers.map((those) => those.map(({ points }) => points).join('/')).join(' ')}`);
  for (const follower of followers.flat()) follower.stop();
  await Promise.all(reading.map((store) => store.close()));
});
afterAll(() => redis.stop());

const ways: readonly (readonly [string, ConnectOptions, readonly string[]])[] = [
  ['tracking', { invalidations: 'tracking' }, []],
  ['the blocking read', { checkEvery: Infinity }, ['-client|tracking']],
];

describe('100,000 appends at random moments', () => {
  it.each(ways)(
    'all reach readers that rely on %s, while connections are killed',
    async (way, options, rules) => {
      const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32));
      console.log(`${way}: SEED=${seed}`);
      const random = randomly(seed);
      const url = await urlOfUser(redis, ...rules);
      reading = Array.from({ length: clients }, () => DataStore.connect(url, options));
      followers = await followersOf(reading);
      const killed = await Promise.race([publishAndKill(random), ...followers.flat().map((follower) => follower.failed)]);
      console.log(`${way}: killed ${JSON.stringify(killed)}`);
      expect(followers.flat().map(({ points }) => points)).toEqual(followers.flat().map(() => appends / streams));
      const bringers = way === 'tracking' ? killed.subscriber : killed.blocked;
      expect(Math.min(killed.data, bringers)).toBeGreaterThan(5);
    },
    300_000,
  );
});

/** The followers of each stream, one in each store. */
async function followersOf(stores: readonly DataStore[]): Promise<readonly (readonly Follower[])[]> {
  await using publishing = DataStore.connect(redis.url);
  const scan = await publishing.createScan({ name: 'restless', number: 1, data_policy: 'none' });
  const names = Array.from({ length: streams }, (_, i) => `diode${i}`);
  for (const name of names) scan.createStream(name, numeric('int32'));
  await scan.prepare();
  const loaded = await Promise.all(stores.map((store) => firstValueFrom(store.loadScan(scan.key))));
  return await Promise.all(names.map((name) => Promise.all(loaded.map(async (found) => new Follower(await firstValueFrom(found.stream(name, 'int32')))))));
}

async function publishAndKill(random: Random): Promise<Record<ClientKind, number>> {
  const killed = { data: 0, subscriber: 0, blocked: 0 };
  const each = appends / streams / segments;
  for (let segment = 0; segment < segments; segment++) {
    const connections = await connectionsAtRest();
    await Promise.all([killOne(random, connections, killed), ...followers.map((those) => publish(random, those, segment * each, (segment + 1) * each))]);
  }
  return killed;
}

/** Appends in bursts, and waits after each until all have read it: a missed invalidation would hang for ever. */
async function publish(random: Random, followers: readonly Follower[], from: number, to: number): Promise<void> {
  const key = followers[0]?.stream.key ?? '';
  for (let next = from; next < to; ) {
    const end = Math.min(to, next + random.upTo(5));
    const answers: Promise<unknown>[] = [];
    while (next < end) {
      answers.push(redis.client.xadd(key, `${next}-1`, 'payload', Buffer.from(Int32Array.of(next++).buffer)));
      if (random.chance(0.5)) await ticks(random.upTo(4));
      // As soon as the first reader has it, which is when readers read again and find nothing.
      if (random.chance(0.3)) await random.of(followers).hasRead(next);
    }
    await Promise.all([...answers, ...followers.map((follower) => follower.hasRead(end))]);
    if (random.chance(0.5)) await ticks(random.upTo(10));
  }
}

/** While all wait, CLIENT LIST shows which connections bring the invalidations. */
async function connectionsAtRest(): Promise<readonly Client[]> {
  for (;;) {
    const connections = await clientsOfUser(redis.client);
    if (connections.filter(({ kind }) => kind !== 'data').length === clients) return connections;
  }
}

async function killOne(random: Random, connections: readonly Client[], killed: Record<ClientKind, number>): Promise<void> {
  const ofData = random.chance(0.5);
  const { id, kind } = random.of(connections.filter((connection) => (connection.kind === 'data') === ofData));
  await ticks(random.upTo(50));
  killed[kind] += Number(await redis.client.call('CLIENT', ['KILL', 'ID', id]));
}

async function ticks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await endOfTick();
}

const endOfTick = promisify(setImmediate);
