/** Reduces scalars for plotting. */
import { concat, concatMap, defer, type OperatorFunction } from 'rxjs';
import { isNdArrayData } from '../model/chunk-data.js';
import { isComplex, type Dtype } from '../model/dtype.js';
import { blissdataError } from '../model/errors.js';
import { requireCount } from '../model/integer-arguments.js';
import type { NdArray } from '../model/nd-array.js';
import type { AnyChunkData, Chunk } from '../model/stream-type.js';
import { CurveBuilder, type Curve, type Reducer } from './downsample/curve.js';
import { LargestTriangles } from './downsample/largest-triangles.js';
import { MinMax } from './downsample/min-max.js';
import { endOf, startOf } from './point-or-chunk.js';

export type { Curve } from './downsample/curve.js';

/** The dtypes of real numbers. */
export type RealDtype = Exclude<Dtype, 'complex64' | 'complex128'>;

export interface DownsampleOptions {
  /** How many points are reduced to one or two: about the number of points of the stream by the number of pixels. */
  readonly bucket: number;
  /** `'minMax'` (default) keeps the minimum and maximum of each bucket, `'lttb'` the point that shapes the line most. */
  readonly method?: 'minMax' | 'lttb';
}

/**
 * Reduces the points of a scalar stream to those that a line plot needs, as they arrive.
 *
 * In plain words: a screen has 2000 columns of pixels, the stream has a million points; this draws the same line.
 *
 * ```
 * source:                                     -p--q--r--|       p: 0 2 5 8, q: 7 1 3 4, r: 9 6 0 5 4
 * downsample({ bucket: 3 }):                  -x--y--z--(w|)    x: 0 5, y: 8 1, z: 3 9 6 0, w: 4
 * downsample({ bucket: 3, method: 'lttb' }):  -x--y--z--(w|)    x: 0, y: 8, z: 1, w: 9 0 4
 * ```
 *
 * - Emits the pieces of one {@link Curve}, to be appended to each other, as soon as they are final.
 *   - `minMax`: of every `bucket` points the minimum and the maximum, in their order (one point if they are the same). No peak is
 *     lost at any zoom. The last bucket may be smaller.
 *   - `lttb` (Largest-Triangle-Three-Buckets): the first and the last point, and of every `bucket` points between them the one
 *     that spans the largest triangle with its neighbours. Half as many points and a calmer line; single peaks may be lost. A bucket is
 *     final when the one after it is full, so the line is up to two buckets behind the stream.
 * - Where points were trimmed or the source skips indices, the curve ends and begins anew; `expired` counts the former.
 * - NaN is skipped; a bucket of nothing else becomes one NaN. Booleans count as 0 and 1, 64-bit integers as the nearest float64.
 * - Completes when the source completes, after the rest.
 * - Errors when the source does, and with `InvalidArgument` for chunks that don't hold real scalars.
 *
 * @throws InvalidArgument at the call for a `bucket` below 1
 * @example
 * stream.chunks$.pipe(downsample({ bucket: 500 })).subscribe(({ x, y }) => plot.append(x, y));
 */
export function downsample({ bucket, method = 'minMax' }: DownsampleOptions): OperatorFunction<Chunk<RealDtype>, Curve> {
  requireCount('bucket', bucket);
  return (source) =>
    defer(() => {
      const curve = new CurveBuilder();
      const reducer: Reducer = method === 'minMax' ? new MinMax(bucket, curve) : new LargestTriangles(bucket, curve);
      let next = 0;
      function* add(chunk: Chunk): Generator<Curve> {
        const { data } = scalars(chunk.data);
        const start = startOf(chunk);
        if (start !== next) {
          reducer.finish();
          yield* curve.take();
        }
        curve.addExpired(chunk.expired);
        for (let i = 0; i < data.length; i++) reducer.add(start + i, Number(data[i]));
        next = endOf(chunk);
        yield* curve.take();
      }
      const rest = (): Iterable<Curve> => {
        reducer.finish();
        return curve.rest();
      };
      return concat(source.pipe(concatMap(add)), defer(rest));
    });
}

function scalars(data: AnyChunkData): NdArray {
  if (isNdArrayData(data) && data.shape.length === 1 && !isComplex(data.dtype)) return data;
  const received = isNdArrayData(data) ? `${data.dtype} of shape [${data.shape.slice(1).join(', ')}]` : 'ragged arrays or JSON values';
  throw blissdataError('InvalidArgument', { argument: 'chunk', expected: 'scalars of a real dtype', received });
}
