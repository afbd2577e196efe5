/** A store's status: `ready` whenever a request would be answered, whichever connections were lost. */
import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, switchMap } from 'rxjs';
import { DataStore, numeric, type ConnectOptions, type Status, type Stream } from '../../lib/index.js';
import { publishing, reading, untilAwaited } from '../scan/publishing.js';
import { settled } from '../support/live-stream.js';
import { onFaults, retry } from './on-faults.js';
import { commandsNamed, type Role } from './proxy.js';
import { Statuses } from './statuses.js';

const on = onFaults();

const now = ({ status$ }: DataStore): Promise<Status['_tag']> => firstValueFrom(status$.pipe(switchMap(async ({ _tag }) => _tag)));
const until = ({ status$ }: DataStore, tag: Status['_tag']): Promise<Status> => firstValueFrom(status$.pipe(filter(({ _tag }) => _tag === tag)));

interface Scene {
  readonly store: DataStore;
  readonly stream: Stream<'int32'>;
  readonly send: () => Promise<void>;
}

/** A store by way of the proxy that has used all of its connections. */
async function everythingUsed(options: ConnectOptions = {}): Promise<Scene> {
  const store = on.proxied({ retry: false, ...options });
  const published = await publishing(store, numeric('int32'));
  const send = async (): Promise<void> => {
    published.writer.send(0);
    await published.writer.flush();
  };
  await send();
  const stream = await reading(store, published, 'int32');
  await firstValueFrom(stream.at(0));
  await firstValueFrom(stream.points$);
  return { store, stream, send };
}

/** What is asked over a connection, and the command by which that is done. */
const asked: readonly (readonly [Role, string, (scene: Scene) => Promise<unknown>])[] = [
  ['commands', 'JSON.GET', ({ store }) => firstValueFrom(store.lastScan().pipe(switchMap((last) => (last._tag === 'Some' ? store.loadScan(last.value.key) : []))))],
  ['reads', 'XREAD', ({ stream }) => firstValueFrom(stream.points$)],
  ['ranges', 'XRANGE', ({ stream }) => firstValueFrom(stream.at(0))],
  ['writes', 'EVALSHA', ({ send }) => send()],
];

describe('an idle connection', () => {
  it.each(['commands', 'reads', 'ranges', 'writes', 'subscriber'] as const)('that the server closes, the one for %s, is no failure', async (role) => {
    const scene = await everythingUsed({ retry });
    const statuses = new Statuses(scene.store);
    const [connection] = on.proxy.withRole(role);
    expect(connection).toBeDefined();
    const closing = firstValueFrom(on.proxy.closed$.pipe(filter((closed) => closed === connection)));
    await on.client.client('KILL', 'ADDR', connection?.address ?? '');
    await closing;
    await settled();
    expect(await now(scene.store)).toBe('ready');
    expect(statuses.troubled).toBe(false);
    for (const [, , ask] of asked) await ask(scene);
    expect(await now(scene.store)).toBe('ready');
  });

  it('is no failure for a server that closes all of them (timeout 1)', async () => {
    const scene = await everythingUsed({ retry });
    const statuses = new Statuses(scene.store);
    await on.client.config('SET', 'timeout', '1');
    // The server leaves those alone that have subscribed to something.
    await on.client.subscribe('nothing');
    const subscribers = on.proxy.withRole('subscriber').length;
    await firstValueFrom(on.proxy.closed$.pipe(filter(() => on.proxy.connections.length <= subscribers)));
    await settled();
    expect(await now(scene.store)).toBe('ready');
    expect(statuses.troubled).toBe(false);
    for (const [, , ask] of asked) await ask(scene);
    expect(await now(scene.store)).toBe('ready');
    await on.client.unsubscribe('nothing');
    await on.client.config('SET', 'timeout', '0');
  });
});

describe('a connection that is lost while an answer is due', () => {
  it.each(asked)('the one for %s, is a failure until anything else is answered', async (role, command, ask) => {
    const scene = await everythingUsed();
    const struck = on.proxy.strike(commandsNamed(command, role), { what: 'reset in the answer', after: 0 });
    const failed = until(scene.store, 'failed');
    await Promise.allSettled([ask(scene), struck]);
    expect(await failed).toMatchObject({ error: { _tag: 'Disconnected' } });
    expect(await now(scene.store)).toBe('failed');
    // Over another connection, which was there all the time.
    const [other] = asked.filter(([another]) => another !== role && another !== 'writes').reverse();
    await other?.[2](scene);
    expect(await now(scene.store)).toBe('ready');
  });
});

it('is failed while the server is away, and ready when it is back', async () => {
  const store = on.direct({ retry: false });
  await firstValueFrom(store.lastScan());
  await on.server.crash();
  // It was at rest: the next request finds that out.
  await expect(firstValueFrom(store.lastScan())).rejects.toMatchObject({ _tag: 'Disconnected' });
  expect(await now(store)).toBe('failed');
  await on.server.restart();
  await firstValueFrom(store.lastScan());
  expect(await now(store)).toBe('ready');
});

it('is ready again while a reader waits for points, without a request', async () => {
  const { store, stream } = await everythingUsed({ retry });
  const reader = stream.points$.subscribe();
  await untilAwaited(on.client, 1);
  const retrying = until(store, 'retrying');
  await on.server.crash();
  await retrying;
  const ready = until(store, 'ready');
  await on.server.restart();
  await ready;
  reader.unsubscribe();
});

it('is ready after an answer that follows OutOfMemory', async () => {
  const { store, send } = await everythingUsed();
  await on.client.config('SET', 'maxmemory', '1mb');
  await expect(send()).rejects.toMatchObject({ _tag: 'OutOfMemory' });
  expect(await now(store)).toBe('failed');
  await firstValueFrom(store.lastScan());
  expect(await now(store)).toBe('ready');
  await on.client.config('SET', 'maxmemory', '0');
});

it('is ready where the user lacks a permission, since the server answers', async () => {
  const url = new URL(on.server.url);
  url.username = 'watcher';
  url.password = 'secret';
  await on.client.call('ACL', ['SETUSER', 'watcher', 'reset', 'on', '>secret', '~*', '&*', '+@all', '-xrevrange']);
  const refused = DataStore.connect(url.href, { retry: false });
  await expect(firstValueFrom(refused.lastScan())).rejects.toMatchObject({ _tag: 'ServerError', code: 'NOPERM' });
  expect(await now(refused)).toBe('ready');
  await refused.close();
});
