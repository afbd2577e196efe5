/** Passwords never show: in no error, status or log, and not when anything is inspected. */
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { DataStore, numeric } from '../../lib/index.js';
import { trackMemory } from '../../lib/tracker.js';
import { clientsOfUser, urlOfUser } from '../redis/clients.js';
import { relayTo } from '../redis/relay.js';
import { failureOf, following } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

/** As they are typed, as URLs write them, and parts of both. */
const password = 'Tr0ub4dor &3/@:ÿ%';
const hints = ['Tr0ub4dor', 'ub4dor%20'];

let stores: DataStore[] = [];
let logged: string[] = [];

const connect = (url: string, options: Parameters<typeof DataStore.connect>[1] = {}): DataStore => {
  const store = DataStore.connect(url, { retry: false, ...options });
  stores.push(store);
  return store;
};

beforeEach(() => {
  logged = [];
  for (const method of ['log', 'warn', 'error', 'info'] as const) jest.spyOn(console, method).mockImplementation((...args: unknown[]) => void logged.push(inspect(args, { depth: null, showHidden: true })));
});
afterEach(async () => {
  await Promise.allSettled(stores.map((store) => store.close()));
  stores = [];
  jest.restoreAllMocks();
});

/** All that can be seen of something, by whatever means. */
function seenOf(thing: unknown): string {
  const shown = [inspect(thing, { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null }), String(thing)];
  try {
    shown.push(JSON.stringify(thing));
  } catch (error) {
    // What refers to itself has no JSON.
    shown.push(String(error));
  }
  return shown.join('\n');
}

function expectNoSecret(...things: readonly unknown[]): void {
  for (const thing of things) for (const hint of hints) expect(seenOf(thing).includes(hint)).toBe(false);
  for (const hint of hints) expect(logged.join('\n').includes(hint)).toBe(false);
}

async function userUrl(base = on.url): Promise<string> {
  const url = new URL(await urlOfUser(on));
  await on.client.call('ACL', ['SETUSER', 'reader', 'resetpass', `>${password}`]);
  return `redis://reader:${encodeURIComponent(password)}@${base.slice('redis://'.length)}`.replace('//reader', `//${url.username}`);
}

describe('a password in use', () => {
  it('is seen where a connection of ioredis is seen, which these tests search for', () => {
    const redis = new Redis({ password, lazyConnect: true });
    expect(seenOf({ redis })).toContain(hints[0]);
    expect(seenOf(Promise.resolve({ redis }))).toContain(hints[0]);
  });

  it('is nowhere to be seen in a store, and in what it gives, while they are at work', async () => {
    const store = connect(await userUrl());
    const scan = await store.createScan({ name: 'secret', number: 1, data_policy: 'none' });
    const writer = scan.createStream('diode', numeric('float64'));
    await scan.prepare();
    const loaded = await firstValueFrom(store.loadScan(scan.key));
    const stream = await firstValueFrom(loaded.stream('diode', 'float64'));
    const points$ = following(stream.points$);
    const cursor = stream.cursor();
    writer.send(1);
    await firstValueFrom(points$);
    await cursor.read();
    await firstValueFrom(stream.at(0));
    expect((await clientsOfUser(on.client)).length).toBeGreaterThan(4);
    const readers = await firstValueFrom(store.readers());
    expectNoSecret(store, scan, writer, loaded, stream, cursor, readers, stream.points$, store.status$, await firstValueFrom(store.status$));
  });

  it('is in no error and no status when connections break', async () => {
    const relay = await relayTo(on.url);
    const store = connect(await userUrl(relay.url));
    const statuses: unknown[] = [];
    store.status$.subscribe((status) => statuses.push(status));
    const writer = await store.createScan({ name: 'secret', number: 1, data_policy: 'none' });
    relay.replies = () => relay.cut();
    const errors = [await failureOf(store.lastTimetag()), await failureOf(writer.prepare()), await failureOf(store.scans$), await failureOf(connect(await userUrl(relay.url)).lastTimetag())];
    await relay.close();
    errors.push(await failureOf(store.lastTimetag()));
    for (const error of errors) expect(error).toMatchObject({ _tag: 'Disconnected' });
    expectNoSecret(...errors, statuses, store, writer);
  });
});

describe('a password that is wrong', () => {
  it.each([
    ['in the URL', (url: string) => connect(url)],
    ['in the options', (url: string) => connect(url.replace(/\/\/.*@/, '//'), { connection: { username: 'reader', password } })],
  ])('%s is a clear error that is not tried again, without it', async (_, open) => {
    const url = await userUrl();
    await on.client.call('ACL', ['SETUSER', 'reader', 'resetpass', '>another']);
    const store = open(url);
    const failed = firstValueFrom(store.status$.pipe(filter(({ _tag }) => _tag === 'failed'), take(2), toArray()));
    const errors = [await failureOf(store.lastTimetag()), await failureOf(DataStore.init(url)), await failureOf(trackMemory(url))];
    for (const error of errors) expect(error).toMatchObject({ _tag: 'ServerError', code: 'WRONGPASS', retriable: false });
    await store.close();
    expectNoSecret(...errors, await failed.catch(String), store);
  });

  it('that is missing is NOAUTH', async () => {
    await on.client.config('SET', 'requirepass', password);
    const error = await failureOf(connect(on.url).lastTimetag());
    await on.client.config('SET', 'requirepass', '');
    expect(error).toMatchObject({ _tag: 'ServerError', code: 'NOAUTH', retriable: false });
  });

  it('is not repeated after a server that does', async () => {
    const relay = await relayTo(on.url);
    relay.replies = (_, client) => {
      client.write(`-ERR unknown command 'AUTH', with args beginning with: 'reader' '${password.slice(0, 12)}\r\n`);
    };
    const error = await failureOf(connect(await userUrl(relay.url)).lastTimetag());
    expectNoSecret(error);
    await relay.close();
  });

  it('is in no error about what else is wrong', async () => {
    const encoded = encodeURIComponent(password);
    const urls = [`http://u:${encoded}@host`, `redis://u:${password}@127.0.0.1:1`, `redis://u:${encoded}@host/x`, `redis+sentinel://u:${encoded}@host`, `rediss://u:${encoded}@127.0.0.1:1`, `redis://u:${encoded}@127.0.0.1:1`];
    const errors = await Promise.all(urls.map((url) => failureOf(connect(url).lastTimetag())));
    errors.push(await failureOf(connect(`redis+sentinel://u:${encoded}@127.0.0.1:1/main`, { connection: { sentinel: { password } } }).lastTimetag()));
    errors.push(await failureOf(connect('redis://host', { connection: { sentinel: { password }, tls: { key: password, passphrase: password } } }).lastTimetag()));
    expectNoSecret(...errors, ...stores);
  });
});
