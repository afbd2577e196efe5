/** The README's Redis users can do their work, and need each of their permissions. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import { DataStore, numeric, ScanState, type ConnectOptions } from '../../../lib/index.js';
import { relayTo, type Relay } from '../relay.js';
import { failureOf, following } from '../../store/outcomes.js';
import { onRedis } from '../../store/on-redis.js';

const on = onRedis();

const readme = readFileSync('lib/redis/README.md', 'utf8');

/** A user's rules in the README. */
function rulesOf(user: string): readonly string[] {
  const [, rules] = new RegExp(`^ACL SETUSER ${user} (.*)$`, 'm').exec(readme) ?? [];
  if (rules === undefined) throw new Error(`lib/redis/README.md has no user ${user}`);
  return rules.split(' ');
}

let stores: DataStore[] = [];
let relays: Relay[] = [];
beforeEach(() => on.client.call('FUNCTION', ['FLUSH']));
afterEach(async () => {
  await Promise.allSettled(stores.map((store) => store.close()));
  stores = [];
  await Promise.all(relays.map((relay) => relay.close()));
  relays = [];
});

/** Recreates the user, and returns its URL. */
async function urlOf(user: string, rules: readonly string[]): Promise<string> {
  await on.client.call('ACL', ['SETUSER', user, 'reset', ...rules]);
  return on.url.replace('//', `//${user}:change-me@`);
}

const connect = (url: string, options: ConnectOptions = {}): DataStore => {
  const store = DataStore.connect(url, { invalidations: 'tracking', retry: false, ...options });
  stores.push(store);
  return store;
};

const identity = { name: 'align', number: 1, data_policy: 'none', session: 's' };

/** Creates, publishes, seals, closes, and deletes. */
async function write(url: string): Promise<void> {
  await on.client.script('FLUSH');
  const relay = await relayTo(on.url);
  relays.push(relay);
  const store = connect(url.replace(/@.*/, relay.url.replace('redis://', '@')), { retry: {} });
  const scan = await store.createScan(identity);
  const writer = scan.createStream('diode', numeric('float64'));
  await scan.prepare();
  await scan.start();
  writer.send(1);
  await writer.flush();
  // The reply to this one is lost: the writer checks whether the point is there.
  relay.replies = () => {
    relay.replies = (piece, client) => client.write(piece);
    relay.cut();
  };
  writer.send(2);
  await writer.flush();
  // This one is appended to a stream that was trimmed to nothing.
  await on.client.xtrim(writer.key, 'MAXLEN', 0);
  writer.send(3);
  await writer.flush();
  const second = await store.streamWriter(scan.key, 'diode', 'float64');
  second.send(4);
  const sealed$ = following(second.waitSealed());
  await second.seal();
  await firstValueFrom(sealed$);
  await scan.stop();
  await scan.close();
  await store.deleteScan(scan.key);
  const forced = await store.createScan(identity);
  await store.deleteScan(forced.key, { force: true });
}

/** Finds, searches, follows and reads a scan that another user publishes meanwhile. */
async function read(url: string, options: ConnectOptions = {}): Promise<void> {
  await on.client.script('FLUSH');
  const store = connect(url, options);
  const found = following(store.scans$.pipe(take(1)));
  await firstValueFrom(store.lastTimetag());
  const scan = await on.store.createScan(identity);
  const diode = scan.createStream('diode', numeric('float64'));
  await scan.prepare();
  await lastValueFrom(store.scansSince('0-0').pipe(take(1)));
  const keys = [(await firstValueFrom(store.search({ session: 's' }))).keys, (await firstValueFrom(store.search({ name: 'al*' }))).keys];
  expect(keys).toEqual([expect.arrayContaining([scan.key]), expect.arrayContaining([scan.key])]);
  expect((await firstValueFrom(store.scansState([scan.key]))).get(scan.key)).toBe(ScanState.PREPARED);
  const loaded = await firstValueFrom(store.loadScan(scan.key));
  const states$ = following(loaded.state$.pipe(toArray()));
  const stream = await firstValueFrom(loaded.stream('diode', 'float64'));
  const points$ = following(stream.points$.pipe(map(({ value }) => value), toArray()));
  const sealed = following(stream.waitSealed());
  await firstValueFrom(stream.length());
  diode.send(1);
  await diode.flush();
  expect(await firstValueFrom(stream.at(0))).toBe(1);
  diode.send(2);
  await scan.start();
  await scan.stop();
  await scan.close();
  expect(await firstValueFrom(points$)).toEqual([1, 2]);
  expect(await firstValueFrom(sealed)).toBe(2);
  expect(await firstValueFrom(states$)).toEqual(expect.arrayContaining([ScanState.CLOSED]));
  expect((await firstValueFrom(stream.slice())).data).toEqual(Float64Array.of(1, 2));
  await firstValueFrom(store.lastScan());
  await firstValueFrom(store.nextScan('0-0'));
  await firstValueFrom(found);
}



async function init(url: string): Promise<void> {
  await on.client.flushall();
  await on.client.call('FUNCTION', ['FLUSH']);
  await DataStore.init(url);
}

const roles: readonly (readonly [string, (url: string) => Promise<void>])[] = [
  ['reader', read],
  ['writer', write],
  ['deployer', init],
];

describe.each(roles)('the user %s of the README', (user, work) => {
  const rules = rulesOf(user);

  it('can do its work', async () => {
    await work(await urlOf(user, rules));
  });

  // Redis 8 with its modules needs CONFIG SET, older servers FT.CONFIG; WATCH only makes large points faster.
  it.each(rules.filter((rule) => /^[+~&%]/.test(rule) && !['+config|set', '+watch'].includes(rule)))('needs %s', async (needed) => {
    const url = await urlOf(user, rules.filter((rule) => rule !== needed));
    // A writer without the permission to check for its points cannot know.
    expect(await failureOf(work(url))).toMatchObject({ _tag: expect.stringMatching(/^(ServerError|OutcomeUnknown)$/), retriable: false });
  });
});

describe('a reader that may not track', () => {
  const without = ['+client|tracking', '+client|caching', '&__redis__:invalidate', '+subscribe'];

  it.each([
    ['waits by a blocking read', []],
    ['waits by one that need not end by itself, with the permissions for that', ['+client|unblock', '+pexpiretime', '+xlen']],
  ])('%s', async (_, more) => {
    await read(await urlOf('reader', [...rulesOf('reader').filter((rule) => !without.includes(rule)), ...more]), { invalidations: 'auto' });
  });
});

describe('a writer of large points', () => {
  it.each(['', '+watch', '+multi', '+exec', '+evalsha_ro', '+eval_ro'])('publishes them without %p', async (lacking) => {
    await on.client.script('FLUSH');
    const store = connect(await urlOf('writer', rulesOf('writer').filter((rule) => rule !== lacking)));
    const scan = await store.createScan(identity);
    const writer = scan.createStream('image', numeric('uint8', [200_000]));
    await scan.prepare();
    await on.client.script('FLUSH');
    const before = await watches();
    for (let i = 0; i < 4; i++) {
      writer.send(new Uint8Array(200_000).fill(i));
      await writer.flush();
    }
    const transactions = (await watches()) - before;
    if (lacking === '') expect(transactions).toBeGreaterThanOrEqual(3);
    else expect(transactions).toBeLessThanOrEqual(2);
    const entries = await on.client.xrangeBuffer(writer.key, '-', '+');
    expect(entries.map(([id, fields]) => [String(id), fields[1]?.length, fields[1]?.at(-1)])).toEqual([0, 1, 2, 3].map((i) => [`${i}-1`, 200_000, i]));
  });

  /** How many times WATCH was carried out. */
  const watches = async (): Promise<number> => Number(/cmdstat_watch:calls=(\d+)/.exec(await on.client.info('commandstats'))?.[1] ?? 0);
});

it('a reader that writes gets NOPERM, and nothing is written', async () => {
  const scan = await on.store.createScan(identity);
  scan.createStream('diode', numeric('float64'));
  await scan.prepare();
  const store = connect(await urlOf('reader', rulesOf('reader')), { retry: {} });
  const before = await on.client.dbsize();
  const writer = await store.streamWriter(scan.key, 'diode', 'float64');
  writer.send(1);
  const attempts = [store.createScan(identity), writer.flush(), writer.seal(), store.deleteScan(scan.key, { force: true })];
  for (const attempt of attempts.map((made) => failureOf(made))) expect(await attempt).toMatchObject({ _tag: 'ServerError', code: 'NOPERM', retriable: false });
  expect(await on.client.dbsize()).toBe(before);
  expect(await firstValueFrom(on.store.scansState([scan.key]))).toEqual(new Map([[scan.key, ScanState.PREPARED]]));
});
