/** Which points are kept for drawing, compared with plain models that see the whole series at once. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { from } from 'rxjs';
import { ndArray } from '../../lib/model/nd-array.js';
import type { Chunk } from '../../lib/model/stream-type.js';
import { downsample, type DownsampleOptions, type RealDtype } from '../../lib/operators/downsample.js';
import { chunked, floats } from './chunks.js';

type XY = readonly [x: number, y: number];

/** The whole curve. */
function curveOf(chunks: readonly Chunk<RealDtype>[], options: DownsampleOptions): readonly XY[] {
  const curve: XY[] = [];
  from(chunks)
    .pipe(downsample(options))
    .subscribe(({ x, y }) => x.forEach((at, i) => curve.push([at, y[i] ?? NaN])));
  return curve;
}

const bucketsOf = (points: readonly XY[], size: number): readonly (readonly XY[])[] =>
  Array.from({ length: Math.ceil(points.length / size) }, (_, i) => points.slice(i * size, (i + 1) * size));

/** The smallest and the largest of each bucket, by sorting. */
const minMaxOf = (points: readonly XY[], bucket: number): readonly XY[] =>
  bucketsOf(points, bucket).flatMap((all) => {
    const sorted = all.filter(([, y]) => !Number.isNaN(y)).sort(([ax, ay], [bx, by]) => ay - by || ax - bx);
    const [smallest] = sorted;
    if (smallest === undefined) return all.slice(0, 1);
    const largest = sorted.find(([, y]) => y === sorted.at(-1)?.[1]) ?? smallest;
    return smallest === largest ? [smallest] : [smallest, largest].sort(([a], [b]) => a - b);
  });

const averageOf = (points: readonly XY[]): XY => [points.reduce((sum, [x]) => sum + x, 0) / points.length, points.reduce((sum, [, y]) => sum + y, 0) / points.length];

/** Largest-Triangle-Three-Buckets of a whole series without NaN. */
function lttbOf(points: readonly XY[], bucket: number): readonly XY[] {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length === 1) return points;
  const buckets = [...bucketsOf(points.slice(1, -1), bucket), [last]];
  const kept = [first];
  for (let i = 0; i < buckets.length - 1; i++) {
    const [ax, ay] = kept.at(-1) ?? first;
    const [cx, cy] = averageOf(buckets[i + 1] ?? []);
    const areas = (buckets[i] ?? []).map(([x, y]) => Math.abs((ax - cx) * (y - ay) - (ax - x) * (cy - ay)) / 2);
    const best = buckets[i]?.[areas.indexOf(Math.max(...areas))];
    if (best !== undefined) kept.push(best);
  }
  return [...kept, last];
}

/** Small integers have exact areas, so that both sides agree on which triangle is the largest. */
const values = fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 60 });
const cuts = fc.array(fc.nat(10), { maxLength: 30 });
const buckets = fc.integer({ min: 1, max: 9 });

describe('downsample by minMax', () => {
  it('keeps the smallest and the largest of every bucket, however the points came', () => {
    const withNaN = fc.array(fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -50, max: 50 }) }, { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) }), { maxLength: 60 });
    fc.assert(
      fc.property(withNaN, cuts, buckets, (ys, sizes, bucket) => {
        const points = ys.map((y, x): XY => [x, y]);
        expect(curveOf(chunked(ys, sizes), { bucket })).toEqual(minMaxOf(points, bucket));
      }),
    );
  });

  it('keeps a bucket of nothing but NaN as one NaN, where the line has a gap', () => {
    expect(curveOf([floats(0, [1, 2, NaN, NaN, 3, NaN])], { bucket: 2 })).toEqual([
      [0, 1],
      [1, 2],
      [2, NaN],
      [4, 3],
    ]);
  });
});

describe('downsample by lttb', () => {
  const options = (bucket: number): DownsampleOptions => ({ bucket, method: 'lttb' });

  it('keeps what the method keeps of the whole series at once, however the points came', () => {
    fc.assert(
      fc.property(values, cuts, buckets, (ys, sizes, bucket) => {
        const points = ys.map((y, x): XY => [x, y]);
        expect(curveOf(chunked(ys, sizes), options(bucket))).toEqual(lttbOf(points, bucket));
      }),
    );
  });

  it('passes over NaN, and keeps a bucket of nothing else as one NaN', () => {
    expect(curveOf([floats(0, [0, NaN, 5, 1, NaN, NaN, NaN, 2, 7, 3, 0])], options(3))).toEqual([
      [0, 0],
      [2, 5],
      [4, NaN],
      [8, 7],
      [10, 0],
    ]);
  });

  it('keeps the ends of a line that is NaN there', () => {
    expect(curveOf([floats(0, [NaN, 1, 2, NaN])], options(5))).toEqual([
      [0, NaN],
      [1, 1],
      [3, NaN],
    ]);
  });
});

describe.each(['minMax', 'lttb'] as const)('downsample by %s', (method) => {
  it.each<[string, Chunk<RealDtype>, readonly XY[]]>([
    ['bool as 0 and 1', { index: 0, expired: 0, data: ndArray('bool', [2], Uint8Array.of(0, 1)) }, [[0, 0], [1, 1]]],
    ['int64 as float64', { index: 5, expired: 0, data: ndArray('int64', [2], BigInt64Array.of(-5n, 2n)) }, [[5, -5], [6, 2]]],
    ['uint16', { index: 0, expired: 0, data: ndArray('uint16', [2], Uint16Array.of(65535, 0)) }, [[0, 65535], [1, 0]]],
    ['float16', { index: 0, expired: 0, data: ndArray('float16', [1], Float32Array.of(0.5)) }, [[0, 0.5]]],
  ])('draws %s', (_, chunk, curve) => {
    expect(curveOf([chunk], { bucket: 3, method })).toEqual(curve);
  });

  it.each([0, -1, 2.5, NaN])('refuses buckets of %p points', (bucket) => {
    expect(() => downsample({ bucket, method })).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'bucket' }));
  });
});
