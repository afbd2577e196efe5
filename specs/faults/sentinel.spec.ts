/** Sentinel: the master is found and followed to another server, and nothing waits at a former master. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, lastValueFrom, map, take, toArray, type Observable } from 'rxjs';
import { DataStore, numeric, type ConnectOptions } from '../../lib/index.js';
import { failureOf, following } from '../store/outcomes.js';
import { startWatched, type Watched } from './sentinel.js';

let watched: Watched;
let stores: DataStore[] = [];

const connect = (url = watched.url, connection: ConnectOptions['connection'] = {}): DataStore => {
  const store = DataStore.connect(url, { connection: { connectTimeout: 1000, socketTimeout: 3000, ...connection } });
  stores.push(store);
  return store;
};

afterEach(async () => {
  await Promise.allSettled(stores.map((store) => store.close({ within: 1000 })));
  stores = [];
  await watched.stop();
});

const identity = { name: 'watched', number: 1, data_policy: 'none' };

interface Followed {
  readonly values$: Observable<number>;
  /** Sends some more values, and resolves when the server has them. */
  publish(count: number): Promise<void>;
  /** Resolves with all values once there are so many. */
  read(count: number): Promise<readonly number[]>;
}

/** A stream that one store writes and another one reads. */
async function followed(reading = connect()): Promise<Followed> {
  const store = connect();
  const scan = await store.createScan(identity);
  const writer = scan.createStream('diode', numeric('float64'));
  await scan.prepare();
  const loaded = await firstValueFrom(reading.loadScan(scan.key));
  const stream = await firstValueFrom(loaded.stream('diode', 'float64'));
  const values$ = following(stream.points$.pipe(map(({ value }) => value)));
  let next = 0;
  return {
    values$,
    async publish(count) {
      for (let i = 0; i < count; i++) writer.send(next++);
      await writer.flush();
    },
    read: (count) => lastValueFrom(values$.pipe(take(count), toArray())),
  };
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** Connections other than those of Sentinels, of the replica and of this test. */
async function strangers(port: number): Promise<number> {
  const lines = String(await watched.client(port).call('CLIENT', ['LIST'])).trim().split('\n');
  return lines.filter((line) => line.includes('lib-name=ioredis') && !line.includes('cmd=client|list')).length;
}

describe('a store by way of Sentinel', () => {
  beforeEach(async () => {
    watched = await startWatched({ sentinels: 3 });
    await DataStore.init(watched.url);
  });

  it('reads from and writes to the master', async () => {
    const { publish, read } = await followed();
    await publish(100);
    expect(await read(100)).toEqual(upTo(100));
    // On a busy machine it may not be the first one any more.
    const master = await watched.masterPort();
    const [replica = 0] = watched.ports.filter((port) => port !== master);
    expect(await strangers(master)).toBeGreaterThan(3);
    expect(await strangers(replica)).toBe(0);
  });

  it('reads from a replica where that is asked for, also once it is the master, and writes nothing there', async () => {
    const reading = connect(watched.url, { sentinel: { role: 'replica' } });
    const { publish, read } = await followed(reading);
    await publish(100);
    expect(await read(100)).toEqual(upTo(100));
    const master = await watched.masterPort();
    const [replica = 0] = watched.ports.filter((port) => port !== master);
    // The publisher's are at the master, the reader's at the replica.
    expect(await strangers(replica)).toBeGreaterThan(2);
    const refused = firstValueFrom(reading.status$.pipe(filter((status) => status._tag === 'retrying' && status.error._tag === 'ReadOnlyReplica')));
    const creating = reading.createScan(identity);
    await refused;

    await watched.replicated();
    await watched.freeze();
    await watched.switched(master);
    await creating;
    await publish(100);
    expect(await read(200)).toEqual(upTo(200));
  });

  it('finds the master by any Sentinel, as long as there is one', async () => {
    await watched.killSentinel(0);
    await watched.killSentinel(1);
    expect(await firstValueFrom(connect().lastTimetag())).toBe('0-0');
    await watched.killSentinel(2);
    expect(await failureOf(connect().lastTimetag())).toMatchObject({ _tag: 'Disconnected', url: watched.url });
  });

  it('says which master the Sentinels do not know', async () => {
    const error = await failureOf(connect(watched.url.replace('beamline', 'elsewhere')).lastTimetag());
    expect(error).toMatchObject({ _tag: 'Disconnected' });
    expect(String(error)).toContain('invalid reply: null');
  });

  it('goes on at the next master in the middle of writing and reading', async () => {
    const { publish, read } = await followed();
    await publish(100);
    await watched.replicated();
    const [first] = watched.ports;
    await watched.freeze();
    const published = publish(100);
    await watched.switched(first);
    await published;
    expect(await read(200)).toEqual(upTo(200));
  });

  it('leaves nothing at a master that is one no more, not even what only waits', async () => {
    const { publish, read } = await followed();
    await publish(1);
    await read(1);
    await watched.replicated();
    const [first] = watched.ports;
    const thaw = await watched.freeze();
    await watched.switched(first);
    // Those at rest go over as well, while the former master still sleeps.
    const idle = connect();
    await firstValueFrom(idle.lastTimetag());
    await publish(1);
    await read(2);
    thaw.thaw();
    while ((await strangers(first)) > 0);
    await publish(1);
    expect(await read(3)).toEqual(upTo(3));
  });
});

describe('passwords of Sentinels', () => {
  it('are options, beside those of the servers in the URL', async () => {
    watched = await startWatched({ password: 'of the server/:@', sentinelPassword: 'of-sentinels' });
    const url = watched.url.replace('//', `//:${encodeURIComponent('of the server/:@')}@`);
    const connection = { sentinel: { password: 'of-sentinels' } };
    await DataStore.init(url, { connection });
    const store = connect(url, connection);
    const ready = firstValueFrom(store.status$.pipe(filter(({ _tag }) => _tag === 'ready')));
    expect(await firstValueFrom(store.lastTimetag())).toBe('0-0');
    await ready;
    const wrong = [connect(url, {}), connect(url, { sentinel: { password: 'guessed' } }), connect(watched.url, connection), connect(url, { ...connection, password: 'guessed' })];
    expect(await Promise.all(wrong.map((one) => failureOf(one.lastTimetag())))).toMatchObject([
      { _tag: 'ServerError', code: 'NOAUTH', command: 'SENTINEL', retriable: false },
      { _tag: 'ServerError', code: 'WRONGPASS', command: 'SENTINEL', retriable: false },
      { _tag: 'ServerError', code: 'NOAUTH', command: 'connect', retriable: false },
      { _tag: 'ServerError', code: 'WRONGPASS', command: 'connect', retriable: false },
    ]);
  });
});
