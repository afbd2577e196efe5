/** What a process that publishes for a long time keeps in memory: what is still open, and nothing of what has ended. */
import { describe, expect, it } from '@jest/globals';
import { concatMap, firstValueFrom, from, lastValueFrom, range } from 'rxjs';
import { DataStore, json, numeric, type ScanWriter, type StreamWriter } from '../../lib/index.js';
import { publishTo } from '../../lib/operators.js';
import { memoryDatabase } from '../../lib/testing.js';
import { expire, identity } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf } from '../store/outcomes.js';
import { collected, Watched } from '../support/retention.js';

const on = onRedis();

const image = 64 * 1024;

interface Kept {
  readonly scan: ScanWriter;
  readonly writers: readonly StreamWriter[];
}

/** Publishes one scan, and how it ends. */
const endings: Readonly<Record<string, (store: DataStore, scan: ScanWriter) => Promise<readonly StreamWriter[]>>> = {
  'closed scans': async (_, scan) => {
    const writer = scan.createStream('a', numeric('uint8', [image]));
    writer.acknowledged$.subscribe();
    writer.status$.subscribe();
    await scan.prepare();
    for (let i = 0; i < 4; i++) if (!writer.send(new Uint8Array(image))) await writer.ready();
    await writer.flush();
    await scan.close();
    return [writer];
  },
  'scans left open': async (_, scan) => {
    const writer = scan.createStream('a', numeric('float64'));
    await scan.prepare();
    writer.send(1);
    await writer.flush();
    return [writer];
  },
  'streams declared and never prepared': async (_, scan) => {
    const writer = scan.createStream('a', json());
    return Promise.resolve([writer]);
  },
  'scans deleted by force, with points under way': async (store, scan) => {
    const writer = scan.createStream('a', numeric('uint8', [image]));
    await scan.prepare();
    const deleted = store.deleteScan(scan.key, { force: true });
    for (let i = 0; i < 100; i++) writer.send(new Uint8Array(image));
    await deleted;
    await failureOf(writer.seal());
    return [writer];
  },
  'writers of streams that are there already': async (store, scan) => {
    const first = scan.createStream('a', numeric('float64'));
    await scan.prepare();
    first.send(1);
    await first.flush();
    const second = await store.streamWriter(scan.key, 'a', 'float64');
    second.send(2);
    await second.flush();
    // It is fenced off.
    first.send(3);
    await failureOf(first.flush());
    return [first, second];
  },
  'publishTo, from both kinds of sources': async (_, scan) => {
    const pushed = scan.createStream('a', numeric('float64'));
    const pulled = scan.createStream('b', numeric('float64'));
    await scan.prepare();
    await lastValueFrom(range(0, 100).pipe(publishTo(pushed)));
    async function* values(): AsyncGenerator<number> {
      for (let i = 0; i < 100; i++) yield await Promise.resolve(i);
    }
    await lastValueFrom(publishTo(pulled)(values()));
    return [pushed, pulled];
  },
};

/** A database in memory that is set up, or Redis. */
const databases: readonly [string, () => DataStore][] = [
  ['in memory', () => DataStore.over(memoryDatabase())],
  ['on Redis', () => on.another()],
];

describe.each(databases)('a store %s', (_, open) => {
  it.each(Object.entries(endings))('keeps nothing of %s, and closes without a word about them', async (__, end) => {
    const store = open();
    const watched = new Watched();
    const publish = async (number: number): Promise<void> => {
      const scan = await store.createScan({ ...identity, number });
      const writers = await end(store, scan);
      const kept: Kept = { scan, writers };
      for (const object of [kept.scan, ...kept.writers]) watched.add(object);
    };
    await lastValueFrom(from(Array.from({ length: 30 }, (__, i) => i + 1)).pipe(concatMap(publish)));
    // What was used last may be held by what is on the stack, or by the last answer.
    expect(await watched.alive()).toBeLessThanOrEqual(3);
    await store.close();
  });
});

describe('a writer that has failed', () => {
  it('keeps none of what it had yet to write', async () => {
    const store = on.another();
    const scan = await store.createScan(identity);
    const writer = scan.createStream('a', numeric('uint8', [image]), {}, { highWaterMark: 1 << 30 });
    await scan.prepare();
    await expire(on.client, scan.key);
    for (let i = 0; i < 100; i++) writer.send(new Uint8Array(image));
    expect(writer.pendingBytes).toBe(100 * image);
    expect(await failureOf(writer.flush())).toMatchObject({ _tag: 'ScanNotFound' });
    expect(writer.pendingBytes).toBe(0);
    for (const use of [() => writer.ready(), () => writer.flush(), () => writer.seal(), () => writer.send(new Uint8Array(image)), () => writer.sendBatch([new Uint8Array(image)])]) {
      expect(await failureOf(use)).toMatchObject({ _tag: 'ScanNotFound', key: scan.key });
    }
    expect(await failureOf(firstValueFrom(writer.acknowledged$))).toMatchObject({ _tag: 'ScanNotFound' });
    // The failure was reported.
    await store.close();
  });

  it('is what the closing store rejects with, unless it was reported', async () => {
    const store = on.another();
    const scan = await store.createScan(identity);
    const first = scan.createStream('a', numeric('float64'));
    await scan.prepare();
    const other = await store.streamWriter(scan.key, 'a', 'float64');
    first.send(1);
    await first.flush();
    other.send(2);
    expect(await failureOf(store.close())).toMatchObject({ _tag: 'WriteConflict' });
  });

  it('is kept when the failure of another writer is reported', async () => {
    const store = on.another();
    const writers: StreamWriter[] = [];
    for (let number = 0; number < 2; number++) {
      const scan = await store.createScan({ ...identity, number });
      const first = scan.createStream('a', numeric('float64'));
      await scan.prepare();
      const other = await store.streamWriter(scan.key, 'a', 'float64');
      first.send(1);
      await first.flush();
      other.send(2);
      // Answered after the other one's, over the same connection.
      first.send(2);
      await first.flush();
      writers.push(other);
    }
    const [reported, unreported] = writers;
    expect(await failureOf(() => reported?.send(3))).toMatchObject({ _tag: 'WriteConflict', key: reported?.key });
    expect(await failureOf(store.close())).toMatchObject({ _tag: 'WriteConflict', key: unreported?.key });
  });

  it('at the seal in a deleted scan errors in acknowledged$ and status$', async () => {
    const store = on.another();
    const scan = await store.createScan(identity);
    const writer = scan.createStream('a', numeric('float64'));
    await scan.prepare();
    await expire(on.client, scan.key);
    const ends = [failureOf(lastValueFrom(writer.acknowledged$)), firstValueFrom(writer.status$).then(() => lastValueFrom(writer.status$))];
    expect(await failureOf(writer.seal())).toMatchObject({ _tag: 'ScanNotFound' });
    expect(await ends[0]).toMatchObject({ _tag: 'ScanNotFound' });
    expect(await ends[1]).toMatchObject({ _tag: 'failed' });
    expect(await failureOf(writer.ready())).toMatchObject({ _tag: 'ScanNotFound' });
  });
});

it('a writer that writes for long lets go of what is written', async () => {
  const store = on.another();
  const scan = await store.createScan(identity);
  const writer = scan.createStream('a', numeric('uint8', [image]));
  await scan.prepare();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let i = 0; i < 2000; i++) {
    if (!writer.send(new Uint8Array(image))) await writer.ready();
    if (i % 200 !== 0) continue;
    await writer.flush();
    await on.client.xtrim(writer.key, 'MAXLEN', 1);
    await collected();
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(most).toBeLessThan(48 << 20);
  await scan.close();
});

it('a closed store lets no writer wait for room', async () => {
  const store = on.another();
  const scan = await store.createScan(identity);
  const writer = scan.createStream('a', numeric('float64'));
  await scan.prepare();
  await store.close();
  expect(await failureOf(writer.ready())).toMatchObject({ _tag: 'StoreClosed' });
});
