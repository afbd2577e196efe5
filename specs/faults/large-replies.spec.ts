/** Replies that exceed what the server buffers for a client: it closes the connection, and less is requested at a time. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, forkJoin, lastValueFrom, reduce } from 'rxjs';
import { json, numeric, type Stream } from '../../lib/index.js';
import { publishing, reading } from '../scan/publishing.js';
import { onFaults } from './on-faults.js';

const on = onFaults();
const points = 24;
const size = 200_000;

beforeEach(async () => {
  await on.client.config('SET', 'client-output-buffer-limit', 'normal 0 0 0');
});

/** A stream of large points, each filled with its index, and from now on a server that keeps no more than some of them for one client. */
async function images(): Promise<Stream<'uint8[]'>> {
  const store = on.direct();
  const { scan, writer } = await publishing(store, numeric('uint8', [size]), { coalesce: false });
  for (let i = 0; i < points; i++) writer.send(new Uint8Array(size).fill(i));
  await scan.close();
  await on.client.config('SET', 'client-output-buffer-limit', 'normal 500000 0 0');
  return reading(on.direct(), { scan }, 'uint8[]');
}

const all = Array.from({ length: points }, (_, i) => i);
const firstOfEach = (data: Uint8Array): readonly number[] => Array.from({ length: data.length / size }, (_, i) => data[i * size] ?? NaN);

describe('where the server cuts large replies', () => {
  it('all chunks are read, in order', async () => {
    const stream = await images();
    const found: number[] = [];
    for await (const { data } of stream) found.push(...firstOfEach(data.data));
    expect(found).toEqual(all);
  });

  it.each([1, 2, 5])('a slice with step %d is read in pieces', async (step) => {
    const stream = await images();
    const { data } = await firstValueFrom(stream.slice({ step }));
    expect(firstOfEach(data)).toEqual(all.filter((i) => i % step === 0));
  });

  it('points requested at once are read one after another', async () => {
    const stream = await images();
    const found = await lastValueFrom(forkJoin(all.map((i) => stream.at(i))));
    expect(found.map(({ data }) => data[size - 1])).toEqual(all);
  });

  it('documents, whose size is unknown before, are read', async () => {
    const store = on.direct();
    const { scan, writer } = await publishing(store, json());
    for (const i of all) writer.send(`${i}`.padEnd(size));
    await scan.close();
    await on.client.config('SET', 'client-output-buffer-limit', 'normal 500000 0 0');
    const stream = await reading(on.direct(), { scan }, 'json');
    const read = await lastValueFrom(stream.chunks$.pipe(reduce<{ readonly data: readonly unknown[] }, readonly unknown[]>((found, { data }) => [...found, ...data], [])));
    expect(read.map(Number)).toEqual(all);
    const slice = await firstValueFrom((await reading(on.direct(), { scan }, 'json')).slice({ start: 3 }));
    expect(slice.map(Number)).toEqual(all.slice(3));
  });
});
