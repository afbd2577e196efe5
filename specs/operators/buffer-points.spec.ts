/** Buffered points against a plain model, and where their memory lies. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { from } from 'rxjs';
import { ndArray } from '../../lib/model/nd-array.js';
import type { Chunk, StreamType } from '../../lib/model/stream-type.js';
import { bufferPoints } from '../../lib/operators/buffer-points.js';
import { floats, valuesOf } from './chunks.js';

function buffered<T extends StreamType>(chunks: readonly Chunk<T>[], count: number): readonly Chunk<T>[] {
  const all: Chunk<T>[] = [];
  from(chunks).pipe(bufferPoints(count)).subscribe((chunk) => all.push(chunk));
  return all;
}

/** Chunks that follow each other, some after points that expired; each point's value is its index. */
const consecutive = fc
  .array(fc.record({ expired: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4) }), count: fc.nat(7) }), { maxLength: 20 })
  .map((sizes) => {
    let index = 0;
    return sizes.map(({ expired, count }): Chunk<'float64'> => {
      const chunk = floats(index, Array.from({ length: count }, (_, i) => index + expired + i), expired);
      index += expired + count;
      return chunk;
    });
  });

/** Runs of indices without a gap. */
function runsOf(chunks: readonly Chunk[]): readonly number[][] {
  const runs: number[][] = [];
  for (const value of chunks.flatMap(valuesOf)) {
    const run = runs.at(-1);
    if (run?.at(-1) === Number(value) - 1) run.push(Number(value));
    else runs.push([Number(value)]);
  }
  return runs;
}

describe('bufferPoints', () => {
  it('gives every run of points in pieces of exactly that many, but for the last of each run', () => {
    fc.assert(
      fc.property(consecutive, fc.integer({ min: 1, max: 9 }), (chunks, count) => {
        const expected = runsOf(chunks).flatMap((run) => Array.from({ length: Math.ceil(run.length / count) }, (_, i) => run.slice(i * count, (i + 1) * count)));
        expect(buffered(chunks, count).map(valuesOf).filter((values) => values.length > 0)).toEqual(expected);
      }),
    );
  });

  it('speaks of every index once and in order, and of as many expired ones as the source', () => {
    fc.assert(
      fc.property(consecutive, fc.integer({ min: 1, max: 9 }), (chunks, count) => {
        let next = 0;
        let expired = 0;
        for (const chunk of buffered(chunks, count)) {
          expect(chunk.index).toBe(next);
          expect(valuesOf(chunk)[0] ?? next + chunk.expired).toBe(next + chunk.expired);
          expired += chunk.expired;
          next += chunk.expired + valuesOf(chunk).length;
        }
        const last = chunks.at(-1);
        expect(next).toBe(last === undefined ? 0 : last.index + last.expired + valuesOf(last).length);
        expect(expired).toBe(chunks.reduce((sum, chunk) => sum + chunk.expired, 0));
      }),
    );
  });

  it('keeps dtype and shape of arrays', () => {
    const image = (index: number, first: number): Chunk<'uint16[]'> => ({ index, expired: 0, data: ndArray('uint16', [1, 2, 2], Uint16Array.of(first, 1, 2, 3)) });
    expect(buffered([image(0, 10), image(1, 20), image(2, 30)], 2)).toEqual([
      { index: 0, expired: 0, data: ndArray('uint16', [2, 2, 2], Uint16Array.of(10, 1, 2, 3, 20, 1, 2, 3)) },
      { index: 2, expired: 0, data: ndArray('uint16', [1, 2, 2], Uint16Array.of(30, 1, 2, 3)) },
    ]);
  });

  it('keeps complex numbers and 64-bit integers whole', () => {
    const complex = (index: number, ...data: number[]): Chunk<'complex64'> => ({ index, expired: 0, data: ndArray('complex64', [data.length / 2], Float32Array.from(data)) });
    expect(buffered([complex(0, 1, -1), complex(1, 2, -2, 3, -3)], 2)).toEqual([complex(0, 1, -1, 2, -2), complex(2, 3, -3)]);
    const integers = (index: number, ...data: bigint[]): Chunk<'int64'> => ({ index, expired: 0, data: ndArray('int64', [data.length], BigInt64Array.from(data)) });
    expect(buffered([integers(0, 2n ** 60n), integers(1, -1n, 5n)], 2)).toEqual([integers(0, 2n ** 60n, -1n), integers(2, 5n)]);
  });

  it('keeps ragged arrays as they are', () => {
    const ragged = (...lengths: number[]) => lengths.map((length) => ndArray('int8', [length], new Int8Array(length)));
    const chunks: Chunk<'int8[*]'>[] = [{ index: 0, expired: 0, data: ragged(1, 2) }, { index: 2, expired: 0, data: ragged(3) }];
    expect(buffered(chunks, 3)).toEqual([{ index: 0, expired: 0, data: ragged(1, 2, 3) }]);
  });

  it('keeps the dtype and shape of no points, when all expired', () => {
    const gone: Chunk<'uint16[]'> = { index: 0, expired: 3, data: ndArray('uint16', [0, 2], new Uint16Array(0)) };
    expect(buffered([gone], 2)).toEqual([gone]);
  });

  it('cuts a chunk into ones that have memory of their own, and hands one of the right size on as it is', () => {
    const chunk = floats(0, [1, 2, 3, 4]);
    const [first, second] = buffered([chunk], 2);
    for (const part of [first, second]) expect(part?.data.data.buffer.byteLength).toBe(16);
    first?.data.data.fill(0);
    expect([...(second?.data.data ?? [])]).toEqual([3, 4]);
    const [whole] = buffered([chunk], 4);
    expect(whole?.data.data.buffer === chunk.data.data.buffer).toBe(true);
  });

  it('errors for arrays of different shapes in one chunk', () => {
    const image = (index: number, width: number): Chunk<'uint8[]'> => ({ index, expired: 0, data: ndArray('uint8', [1, width], new Uint8Array(width)) });
    const errors: unknown[] = [];
    from([image(0, 2), image(1, 3)])
      .pipe(bufferPoints(2))
      .subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual([expect.objectContaining({ _tag: 'InvalidArgument', expected: 'uint8 of shape [2]', received: 'uint8 of shape [3]' })]);
  });
});
