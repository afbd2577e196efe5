/** Rows against a plain model, whatever the chunks, their order and the speeds; and rows of streams of all types. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstValueFrom, lastValueFrom, Subject, toArray } from 'rxjs';
import { ndArray } from '../../lib/model/nd-array.js';
import type { Chunk } from '../../lib/model/stream-type.js';
import { zipByIndex, type Row, type ZipOptions } from '../../lib/operators/zip-by-index.js';
import { json, numeric } from '../../lib/wire/encoding/encoders.js';
import type { ScanWriter } from '../../lib/scan/scan-writer.js';
import { DataStore } from '../../lib/store/data-store.js';
import { memoryDatabase } from '../../lib/testing.js';
import { floats, valuesOf } from './chunks.js';

/** Chunks of one source that follow each other; each point's value is its index. */
const source = fc.array(fc.record({ expired: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }), count: fc.nat(5) }), { maxLength: 12 }).map((sizes) => {
  let index = 0;
  return sizes.map(({ expired, count }) => {
    const chunk = floats(index, Array.from({ length: count }, (_, i) => index + expired + i), expired);
    index += expired + count;
    return chunk;
  });
});

const sources = fc.array(source, { minLength: 1, maxLength: 4 });
/** Which source goes next. */
const order = fc.infiniteStream(fc.nat(3));

/** Feeds the chunks in some order, and completes each source after its last; in the end everything was fed. */
function zipped(chunks: readonly (readonly Chunk<'float64'>[])[], turns: Iterator<number>, options: ZipOptions): { readonly rows: readonly Row<readonly number[]>[]; readonly ending: string } {
  const subjects = chunks.map(() => new Subject<Chunk<'float64'>>());
  const rows: Row<readonly number[]>[] = [];
  let ending = 'none';
  const fed = zipByIndex(subjects, options).subscribe({
    next: (row) => rows.push(row),
    error: (error: unknown) => (ending = typeof error === 'object' && error !== null && '_tag' in error ? String(error._tag) : 'unknown'),
    complete: () => (ending = 'complete'),
  });
  const left = chunks.map((all) => [...all]);
  const open = new Set(subjects.keys());
  while (open.size > 0) {
    const turn = Number(turns.next().value) % chunks.length;
    if (!open.has(turn)) continue;
    const next = left[turn]?.shift();
    if (next !== undefined) subjects[turn]?.next(next);
    else {
      open.delete(turn);
      subjects[turn]?.complete();
    }
  }
  fed.unsubscribe();
  return { rows, ending };
}

const lengthOf = (chunks: readonly Chunk[]): number => chunks.reduce((sum, chunk) => sum + chunk.expired + valuesOf(chunk).length, 0);

/** The rows by looking at all sources at once: the indices that all have, before the end of the shortest. */
function model(chunks: readonly (readonly Chunk[])[], { ended = 'complete', expired = 'error' }: ZipOptions): { readonly indices: readonly number[]; readonly ending: string } {
  const lengths = chunks.map(lengthOf);
  const shortest = Math.min(...lengths);
  const there = chunks.map((all) => new Set(all.flatMap(valuesOf)));
  const all = Array.from({ length: shortest }, (_, index) => index);
  const common = all.filter((index) => there.every((indices) => indices.has(index)));
  const gap = all.find((index) => !there.every((indices) => indices.has(index)));
  if (expired === 'error' && gap !== undefined) return { indices: common.filter((index) => index < gap), ending: 'IndexNoMoreThere' };
  return { indices: common, ending: ended === 'error' && Math.max(...lengths) > shortest ? 'IndexWontBeThere' : 'complete' };
}

describe('zipByIndex', () => {
  it.each<[ZipOptions]>([[{}], [{ expired: 'skip' }], [{ ended: 'error' }], [{ expired: 'skip', ended: 'error' }]])(
    'with %j gives the rows that all sources have, and ends in the same way whatever comes first',
    (options) => {
      fc.assert(
        fc.property(sources, order, (chunks, turns) => {
          const { rows, ending } = zipped(chunks, turns, options);
          const expected = model(chunks, options);
          expect(rows).toEqual(expected.indices.map((index) => ({ index, values: chunks.map(() => index) })));
          expect(ending).toBe(expected.ending);
        }),
      );
    },
  );
});

describe('zipByIndex over Streams', () => {
  const published = async (use: (writer: ScanWriter) => void): Promise<{ readonly store: DataStore; readonly key: string }> => {
    const store = DataStore.over(memoryDatabase());
    const writer = await store.createScan({ name: 'rows', number: 1, data_policy: 'ESRF' });
    use(writer);
    await writer.prepare();
    await writer.start();
    await writer.stop();
    return { store, key: writer.key };
  };

  it('gives each value as its stream has it', async () => {
    const { store, key } = await published((writer) => {
      writer.createStream('scalar', numeric('float64')).sendBatch([0.5, 1.5, 2.5]);
      writer.createStream('big', numeric('int64')).sendBatch([1n, 2n, 3n]);
      writer.createStream('vector', numeric('uint16', [2])).sendBatch(ndArray('uint16', [2, 2], Uint16Array.of(1, 2, 3, 4)));
      writer.createStream('ragged', numeric('int8', [-1])).sendBatch([Int8Array.of(1), Int8Array.of(2, 3)]);
      writer.createStream('document', json()).sendBatch([{ a: 1 }, null]);
    });
    const scan = await firstValueFrom(store.loadScan(key));
    const [scalar, big, vector, ragged, document] = await Promise.all([
      firstValueFrom(scan.stream('scalar', 'float64')),
      firstValueFrom(scan.stream('big', 'int64')),
      firstValueFrom(scan.stream('vector', 'uint16[]')),
      firstValueFrom(scan.stream('ragged', 'int8[*]')),
      firstValueFrom(scan.stream('document', 'json')),
    ]);
    expect(await lastValueFrom(zipByIndex({ scalar, big, vector, ragged, document }).pipe(toArray()))).toEqual([
      { index: 0, values: { scalar: 0.5, big: 1n, vector: ndArray('uint16', [2], Uint16Array.of(1, 2)), ragged: ndArray('int8', [1], Int8Array.of(1)), document: { a: 1 } } },
      { index: 1, values: { scalar: 1.5, big: 2n, vector: ndArray('uint16', [2], Uint16Array.of(3, 4)), ragged: ndArray('int8', [2], Int8Array.of(2, 3)), document: null } },
    ]);
  });

  it('gives every row once, also when streams with entries of other sizes are stopped and read on many times', async () => {
    const count = 20_000;
    const { store, key } = await published((writer) => {
      writer.createStream('batch', numeric('float64')).sendBatch(Float64Array.from({ length: count }, (_, i) => i));
      const single = writer.createStream('single', numeric('float64'), {}, { coalesce: false });
      for (let i = 0; i < count; i++) single.send(i);
    });
    const scan = await firstValueFrom(store.loadScan(key));
    const [batch, single] = await Promise.all([firstValueFrom(scan.stream('batch', 'float64')), firstValueFrom(scan.stream('single', 'float64'))]);
    const rows = await lastValueFrom(zipByIndex([single, batch], { maxAhead: 1000 }).pipe(toArray()));
    expect(rows).toHaveLength(count);
    expect(rows.filter(({ index, values: [a, b] }, i) => index !== i || a !== i || b !== i)).toEqual([]);
  });

  it('ends with StoreClosed when the store closes', async () => {
    const store = DataStore.over(memoryDatabase());
    const writer = await store.createScan({ name: 'rows', number: 1, data_policy: 'ESRF' });
    writer.createStream('a', numeric('float64'));
    await writer.prepare();
    const scan = await firstValueFrom(store.loadScan(writer.key));
    const a = await firstValueFrom(scan.stream('a', 'float64'));
    const ended = lastValueFrom(zipByIndex([a, a]));
    await store.close();
    await expect(ended).rejects.toMatchObject({ _tag: 'StoreClosed' });
  });
});
