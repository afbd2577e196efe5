/** Booleans of Python whose bytes are neither 0 nor 1: here they are what numpy takes them for, and can be published again. */
import { describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { firstValueFrom, lastValueFrom, switchMap, toArray } from 'rxjs';
import { json, numeric, type Chunk, type NdArray, type PointValue, type Stream, type StreamType } from '../../lib/index.js';
import { useInterop, versions } from './interop.js';

const rounds = 40;
const Rows = t.array(t.array(t.number));
const Published = t.type({ key: t.string, truth: t.type({ scalar: Rows, row: Rows, ragged: Rows }) });

const rowOf = (point: PointValue<'bool' | 'bool[]' | 'bool[*]'>): readonly number[] => (typeof point === 'boolean' ? [Number(point)] : [...point.data]);
const rowsOf = ({ data, shape }: NdArray<'bool'>): readonly (readonly number[])[] => {
  const width = data.length / (shape[0] ?? 1);
  return Array.from({ length: shape[0] ?? 0 }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
};

describe.each(versions)('booleans of Python blissdata %s', (version) => {
  const interop = useInterop(version, 'us');

  it.each([1, 2, 3])('are 0 and 1, whichever way they are read, and may be sent on (seed %i)', async (seed) => {
    const { store, python } = interop();
    const { key, truth } = await python.ask(Published, 'publish_odd_booleans', { seed, count: rounds });
    expect([...truth.scalar, ...truth.ragged].flat().sort()[0]).toBe(0);
    const scan = await firstValueFrom(store.loadScan(key));
    const opened = <T extends StreamType>(name: string, type: T): Promise<Stream<T>> => firstValueFrom(scan.stream(name, type));
    const [scalar, row, ragged] = await Promise.all([opened('scalar', 'bool'), opened('row', 'bool[]'), opened('ragged', 'bool[*]')]);

    for (const [stream, rows] of [[scalar, truth.scalar], [row, truth.row], [ragged, truth.ragged]] as const) {
      const points: (readonly number[])[] = [];
      await (stream as Stream<'bool' | 'bool[]' | 'bool[*]'>).points$.forEach(({ value }) => points.push(rowOf(value)));
      expect(points).toEqual(rows);
      const ats = await Promise.all(rows.map((_, i) => firstValueFrom((stream as Stream<'bool' | 'bool[]' | 'bool[*]'>).at(i))));
      expect(ats.map(rowOf)).toEqual(rows);
    }
    for (const [stream, rows] of [[scalar, truth.scalar], [row, truth.row]] as const) {
      const chunks: readonly Chunk<'bool' | 'bool[]'>[] = await lastValueFrom((stream as Stream<'bool' | 'bool[]'>).chunks$.pipe(toArray()));
      expect(chunks.flatMap(({ data }) => rowsOf(data))).toEqual(rows);
      expect(rowsOf(await firstValueFrom((stream as Stream<'bool' | 'bool[]'>).slice({ start: 1, stop: 30, step: 3 })))).toEqual(rows.slice(1, 30).filter((_, i) => i % 3 === 0));
    }

    const copy = await store.createScan({ name: 'copy', number: seed, data_policy: 'ESRF' });
    const writer = copy.createStream('row', numeric('bool', [3]));
    copy.createStream('log', json());
    await copy.prepare();
    await row.chunks$.forEach(({ data }) => void writer.sendBatch(data));
    await copy.close();
    const again$ = store.loadScan(copy.key).pipe(switchMap((loaded) => loaded.stream('row', 'bool[]')), switchMap((stream) => stream.slice()));
    expect(rowsOf(await firstValueFrom(again$))).toEqual(truth.row);
  });
});
