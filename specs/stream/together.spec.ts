/** Many streams of one scan that are read together, on a real Redis. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, tap } from 'rxjs';
import { numeric, type ScanWriter, type StreamWriter } from '../../lib/index.js';
import { readTogether, type Arrival } from '../../lib/operators.js';
import { identity, untilAwaited } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { layouts, sendLayout, total, upTo } from './samples.js';

const on = onRedis();

async function scanOf(names: readonly string[]): Promise<{ readonly scan: ScanWriter; readonly writers: readonly StreamWriter<'float64'>[] }> {
  const scan = await on.store.createScan(identity);
  const writers = names.map((name) => scan.createStream(name, numeric('float64'), {}, { coalesce: false }));
  await scan.prepare();
  return { scan, writers };
}

/** Reads all streams of a scan to their end; the values of each, which follow each other without a gap. */
async function readAll({ key }: ScanWriter): Promise<ReadonlyMap<string, readonly number[]>> {
  const seen = new Map<string, number[]>();
  const streams = await firstValueFrom((await firstValueFrom(on.another().loadScan(key))).streams$);
  const take = ({ name, chunk: { index, expired, dropped, data } }: Arrival): void => {
    const values = seen.get(name) ?? [];
    expect({ name, index, expired, dropped }).toEqual({ name, index: values.length, expired: 0, dropped: 0 });
    if (!('data' in data)) throw new Error(`${name} gives other data`);
    seen.set(name, [...values, ...Array.from(data.data, Number)]);
  };
  await lastValueFrom(readTogether(streams).pipe(tap(take)), { defaultValue: undefined });
  return seen;
}

describe('streams that are read together', () => {
  it('give each all its points from the first on, and nothing where there are none', async () => {
    const { scan, writers } = await scanOf(Object.keys(layouts));
    for (const [i, sizes] of Object.values(layouts).entries()) {
      const writer = writers[i];
      if (writer !== undefined) await sendLayout(writer, sizes);
    }
    await scan.close();
    const expected = Object.entries(layouts).filter(([, sizes]) => sizes.length > 0).map(([name, sizes]) => [name, upTo(total(sizes))]);
    expect(await readAll(scan)).toEqual(new Map(Object.entries(Object.fromEntries(expected))));
  });

  it('give every point of a hundred streams while those are written in turn', async () => {
    const names = upTo(100).map((i) => `stream ${i}`);
    const { scan, writers } = await scanOf(names);
    const seen = readAll(scan);
    await untilAwaited(on.client, 100);
    for (let i = 0; i < 2000; i += 100) {
      for (const writer of writers) writer.sendBatch(upTo(i + 100).slice(i));
      await Promise.all(writers.map((writer) => writer.flush()));
    }
    await scan.close();
    expect(await seen).toEqual(new Map(names.map((name) => [name, upTo(2000)])));
  });
});
