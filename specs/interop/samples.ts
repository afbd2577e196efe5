/** What this package publishes in these tests: every kind of stream, sent in batches of many lengths. */
import { json, numeric, type Dtype, type Json, type NdArray, type ScanWriter, type StreamWriterOptions } from '../../lib/index.js';
import { isComplex, isDtype } from '../../lib/model/dtype.js';
import { elementCount, ndArray } from '../../lib/model/nd-array.js';
import { numbers, randomNumbers } from './numbers.js';
import { renderData } from './rendering.js';

/** A stream to publish. */
export interface Sample {
  readonly name: string;
  /** Its encoding record. */
  readonly encoding: Json;
  /** What its readers find in its info. */
  readonly info: Json;
  /** All its points, rendered. */
  readonly points: readonly string[];
  /** How many of them are in the first half. */
  readonly half: number;
  declare(scan: ScanWriter): Sender;
}

/** What sends the points of a sample. */
interface Sender {
  readonly writer: AnyWriter;
  send(turn: number): void;
}

/** A writer of points whose type only shows at run time. */
interface AnyWriter {
  readonly name: string;
  send(point: unknown): boolean;
  sendBatch(points: unknown): boolean;
  flush(): Promise<void>;
  seal(): Promise<number>;
}

/** How many points go out in each turn. */
const turns = [1, 1, 3, 1, 5, 2, 1, 7];
const sentBefore = (turn: number): number => turns.slice(0, turn).reduce((a, b) => a + b, 0);
const total = sentBefore(turns.length);
const half = 5;

export const firstHalf = turns.flatMap((_, turn) => (turn < half ? [turn] : []));
export const secondHalf = turns.flatMap((_, turn) => (turn < half ? [] : [turn]));

/** Sends the points of a turn: one by one within a tick, as a list, or packed if there is such a form. */
function sending(writer: AnyWriter, point: (i: number) => unknown, packed?: (from: number, to: number) => unknown): Sender {
  const send = (turn: number): void => {
    const from = sentBefore(turn);
    const to = sentBefore(turn + 1);
    const points = Array.from({ length: to - from }, (_, i) => point(from + i));
    if (points.length === 1 || turn % 3 === 2) for (const each of points) writer.send(each);
    else writer.sendBatch(packed !== undefined && turn % 2 === 1 ? packed(from, to) : points);
  };
  return { writer, send };
}

const numpyNames: { readonly [D in Dtype]: string } = {
  bool: '|b1',
  int8: '|i1',
  int16: '<i2',
  int32: '<i4',
  int64: '<i8',
  uint8: '|u1',
  uint16: '<u2',
  uint32: '<u4',
  uint64: '<u8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  complex64: '<c8',
  complex128: '<c16',
};
const dtypes = Object.keys(numpyNames).filter(isDtype);
const unit = 'µm';
const random = randomNumbers(20240229);

export const samples: readonly Sample[] = [
  ...dtypes.map((dtype) => scalars(dtype, {})),
  ...dtypes.map((dtype) => scalars(dtype, { coalesce: false })),
  ...dtypes.map((dtype) => arrays(dtype, [3], {})),
  ...dtypes.map((dtype) => arrays(dtype, [4, 5], { coalesce: false })),
  ragged('float64', [-1], (i) => [1 + (i % 4)]),
  ragged('bool', [-1], (i) => [1 + ((i * i) % 7)]),
  ragged('float16', [-1, 3], (i) => [1 + (i >> 2), 3]),
  ragged('complex128', [2, -1], (i) => [2, 1 + (i % 3)]),
  ragged('int64', [-1, -1], (i) => [1 + (i % 2), 1 + (i >> 3)]),
  documents(),
  nothing(),
];

function described(dtype: Dtype, shape: readonly number[], points: readonly string[], { coalesce = true }: StreamWriterOptions = {}): Omit<Sample, 'declare'> {
  return {
    name: `${dtype} [${shape.join(', ')}]${coalesce ? '' : ', entry by entry'}`,
    encoding: { type: 'numeric', dtype_str: numpyNames[dtype], shape },
    info: { unit, dtype, shape },
    points,
    half: sentBefore(half),
  };
}

function scalars(dtype: Dtype, options: StreamWriterOptions): Sample {
  const all: NdArray = ndArray(dtype, [total], numbers(dtype, total, random));
  const description = described(dtype, [], renderData(dtype, all), options);
  const value = (i: number) => scalar(all, i);
  const packed = (from: number, to: number) => rows(all, from, to).data;
  return { ...description, declare: (scan) => sending(scan.createStream(description.name, numeric(dtype), { unit }, options), value, packed) };
}

function arrays(dtype: Dtype, shape: readonly number[], options: StreamWriterOptions): Sample {
  const all: NdArray = ndArray(dtype, [total, ...shape], numbers(dtype, total * elementCount(shape), random));
  const description = described(dtype, shape, renderData(dtype, all), options);
  // An array of its own for even points, the flat numbers of it for odd ones.
  const point = (i: number) => {
    const { data } = rows(all, i, i + 1);
    return i % 2 === 0 ? ndArray(dtype, shape, data) : data;
  };
  const packed = (from: number, to: number) => rows(all, from, to);
  return { ...description, declare: (scan) => sending(scan.createStream(description.name, numeric(dtype, shape), { unit }, options), point, packed) };
}

function ragged(dtype: Dtype, shape: readonly number[], shapeOf: (i: number) => readonly number[]): Sample {
  const all = Array.from({ length: total }, (_, i) => ndArray(dtype, shapeOf(i), numbers(dtype, elementCount(shapeOf(i)), random)));
  const description = described(dtype, shape, renderData(dtype, all));
  return { ...description, declare: (scan) => sending(scan.createStream(description.name, numeric(dtype, shape), { unit }), (i) => at(all, i)) };
}

function documents(): Sample {
  const kinds: readonly Json[] = [
    { text: 'plain', number: 1, float: 0.1, flag: true, nothing: null },
    { nan: NaN, inf: Infinity, minus: -Infinity, zero: -0 },
    { time_ns: 1_700_000_000_123_456_789n, min: -(2n ** 63n), max: 2n ** 64n - 1n, safe: Number.MAX_SAFE_INTEGER, next: 2n ** 53n + 1n },
    { large: 1e300, tiny: 5e-324, whole: 2 ** 70, small: 1e-7 },
    { unicode: 'Å µm \u2028 😀', escapes: 'a"b\\c/\b\f\n\r\t\0\x7f', '': 'empty key' },
    { nested: { list: [1, [2, [3, { deep: [NaN, 2n ** 63n] }]]], empty: {}, none: [] } },
    Object.fromEntries([['__proto__', { polluted: true }], ['constructor', 1], ['1', 'one'], ['0', 'zero']]),
    { NaN: 'NaN', text: 'Infinity 12345678901234567890 NaN' },
    [1, 2n ** 60n + 1n],
    'text',
    null,
    NaN,
  ];
  const all = Array.from({ length: total }, (_, i) => at(kinds, i % kinds.length));
  return {
    name: 'documents',
    encoding: { type: 'json' },
    info: { format: 'free' },
    points: renderData(undefined, all),
    half: sentBefore(half),
    declare: (scan) => sending(scan.createStream('documents', json(), { format: 'free' }), (i) => at(all, i)),
  };
}

function nothing(): Sample {
  return {
    ...described('float64', [], []),
    name: 'nothing',
    half: 0,
    declare: (scan) => ({ writer: scan.createStream('nothing', numeric('float64'), { unit }), send: () => undefined }),
  };
}

/** A point of a stream of scalars as a program would have it. */
function scalar({ dtype, data }: NdArray, i: number): unknown {
  if (isComplex(dtype)) return { re: data[2 * i], im: data[2 * i + 1] };
  return dtype === 'bool' ? data[i] === 1 : data[i];
}

/** Some points of many. */
function rows({ dtype, shape: [count = 0, ...shape], data }: NdArray, from: number, to: number): NdArray {
  const perPoint = data.length / count;
  return ndArray(dtype, [to - from, ...shape], data.slice(from * perPoint, to * perPoint));
}

function at<A>(list: readonly A[], i: number): A {
  const found = list[i];
  if (found === undefined) throw new Error(`there is no ${i}`);
  return found;
}
