/** The streams of a chaotic scan: three kinds of points, each of which names its scan and index. */
import { json, numeric, type BatchInput, type ChunkData, type Encoder, type Json, type PointValue, type StreamType } from '../../../lib/index.js';

export interface Kind<T extends StreamType = StreamType> {
  /** The stream's name. */
  readonly name: string;
  readonly type: T;
  readonly encoder: Encoder<T>;
  /** How long its publisher waits between two sendings, at the most, in ms, and how many points it sends in one, at the most. */
  readonly pace: { readonly pause: number; readonly batch: number };
  batch(from: number, count: number): BatchInput<T>;
  /** The index that a point says it has; NaN for one that is not as it was published. */
  said(value: PointValue<T>): number;
  saidAll(data: ChunkData<T>): readonly number[];
  /** The same of an entry's bytes, as they lie in Redis. */
  saidByEntry(payload: Buffer, len: number): readonly number[];
}

/** Does the same with each kind of the streams of a scan. */
export type ForKinds = (use: <T extends StreamType>(kind: Kind<T>) => void) => void;

/** @param scan the number of the scan, from which its points differ from those of all others */
export const kindsOf =
  (scan: number): ForKinds =>
  (use) => {
    use(scalars(scan));
    use(images(scan));
    use(documents(scan));
  };

const indicesFrom = (from: number, count: number): readonly number[] => Array.from({ length: count }, (_, i) => from + i);

const points = 2 ** 32;

function scalars(scan: number): Kind<'float64'> {
  const said = (value: number): number => (Number.isInteger(value) && Math.floor(value / points) === scan ? value % points : NaN);
  return {
    name: 'diode',
    type: 'float64',
    encoder: numeric('float64'),
    pace: { pause: 6, batch: 200 },
    batch: (from, count) => Float64Array.from(indicesFrom(from, count), (index) => scan * points + index),
    said,
    saidAll: ({ data }) => Array.from(data, said),
    saidByEntry: (payload, len) => (payload.length === 8 * len ? indicesFrom(0, len).map((i) => said(payload.readDoubleLE(8 * i))) : [NaN]),
  };
}

const shape = [32, 64] as const;
const pixels = 32 * 64;

/** The first pixels hold the index and the scan, the others what follows from them. */
const pixelAt = (scan: number, index: number, i: number): number => [index & 0xffff, index >>> 16, scan][i] ?? (index * 40_503 + scan * 7919 + i * 31) & 0xffff;

function images(scan: number): Kind<'uint16[]'> {
  const said = (image: ArrayLike<number>): number => {
    const index = (image[0] ?? NaN) + (image[1] ?? NaN) * 0x10000;
    for (let i = 0; i < pixels; i++) if (image[i] !== pixelAt(scan, index, i)) return NaN;
    return image.length === pixels ? index : NaN;
  };
  return {
    name: 'camera',
    type: 'uint16[]',
    encoder: numeric('uint16', shape),
    pace: { pause: 25, batch: 4 },
    batch: (from, count) => indicesFrom(from, count).map((index) => Uint16Array.from({ length: pixels }, (_, i) => pixelAt(scan, index, i))),
    said: ({ data }) => said(data),
    saidAll: ({ data }) => indicesFrom(0, data.length / pixels).map((i) => said(data.subarray(i * pixels, (i + 1) * pixels))),
    saidByEntry: (payload, len) => {
      if (payload.length !== 2 * pixels * len) return [NaN];
      return indicesFrom(0, len).map((k) => said(Array.from({ length: pixels }, (_, i) => payload.readUInt16LE(2 * (k * pixels + i)))));
    },
  };
}

const documentAt = (scan: number, index: number): Json => ({ scan, index, text: 'äx'.repeat(index % 100) });

function documents(scan: number): Kind<'json'> {
  const said = (value: unknown): number => {
    if (typeof value !== 'object' || value === null || !('index' in value) || typeof value.index !== 'number') return NaN;
    return JSON.stringify(value) === JSON.stringify(documentAt(scan, value.index)) ? value.index : NaN;
  };
  return {
    name: 'log',
    type: 'json',
    encoder: json(),
    pace: { pause: 15, batch: 5 },
    batch: (from, count) => indicesFrom(from, count).map((index) => documentAt(scan, index)),
    said,
    saidAll: (data) => data.map(said),
    saidByEntry: (payload, len) => (len === 1 ? [said(JSON.parse(payload.toString()))] : [NaN]),
  };
}
