/** Decodes entries of numbers: of one shape as a whole, ragged ones entry by entry. */
import * as E from 'fp-ts/lib/Either.js';
import { describeShape } from '../../model/describe.js';
import { itemSize, numbersPerElement } from '../../model/dtype.js';
import type { BlissdataErrorOf } from '../../model/errors.js';
import { elementCount, fitsShape, ndArray, type NdArray } from '../../model/nd-array.js';
import { viewPart } from '../../model/typed-array.js';
import type { Block } from '../../ports/streams.js';
import { entryCount, entryLen, invalidEntry, payloadEnd, payloadOf, payloadStart, type Decoded } from './block-entries.js';
import type { NumericEncoding, Where } from './encoding.js';
import { numbersOf } from './number-bytes.js';
import { unpackRagged } from './ragged-payload.js';

/** Points of one shape: payloads are the points' bytes, so a whole block is one typed array. */
export function decodeNumeric(encoding: NumericEncoding, block: Block, where: Where): Decoded<NdArray> {
  const { dtype, byteOrder, shape } = encoding;
  const pointBytes = itemSize(dtype) * elementCount(shape);
  const good = countGoodEntries(block, pointBytes);
  const bytes = good === 0 ? 0 : payloadEnd(block, good - 1);
  const count = sumLens(block.lens, good);
  const data = ndArray(dtype, [count, ...shape], numbersOf(dtype, byteOrder, block.bytes.subarray(0, bytes)));
  return { data, count, bad: good === entryCount(block) ? null : wrongSize(encoding, block, good, pointBytes, where) };
}

/** How many entries from the first on have exactly the bytes that their points need. Points of no bytes are never good: no encoder writes them. */
function countGoodEntries({ lens, ends }: Block, pointBytes: number): number {
  if (pointBytes === 0) return 0;
  let start = 0;
  for (let k = 0; k < ends.length; k++) {
    const len = lens[k] ?? 0;
    const end = ends[k] ?? 0;
    if (end - start !== len * pointBytes || !Number.isSafeInteger(len) || len < 1) return k;
    start = end;
  }
  return ends.length;
}

function sumLens(lens: Float64Array, entries: number): number {
  let sum = 0;
  for (let k = 0; k < entries; k++) sum += lens[k] ?? 0;
  return sum;
}

function wrongSize({ dtype, shape }: NumericEncoding, block: Block, k: number, pointBytes: number, where: Where): Decoded['bad'] {
  const received = `${payloadEnd(block, k) - payloadStart(block, k)} bytes`;
  if (pointBytes === 0) return invalidEntry(block, k, where, `no entries (points of shape ${describeShape(shape)} are empty)`, received);
  const len = entryLen(block, k);
  const points = `${len} ${len === 1 ? 'point' : 'points'} of ${dtype}${shape.length > 0 ? `, shape ${describeShape(shape)}` : ''}`;
  return invalidEntry(block, k, where, `${len * pointBytes} bytes (${points})`, received);
}

/** Points with free dimensions: every entry brings the shape of its points. */
export function decodeRagged(encoding: NumericEncoding, block: Block, where: Where): Decoded<readonly NdArray[]> {
  const data: NdArray[] = [];
  for (let k = 0; k < entryCount(block); k++) {
    const points = entryPoints(encoding, block, k, where);
    if (E.isLeft(points)) return { data, count: data.length, bad: points.left };
    for (const point of points.right) data.push(point);
  }
  return { data, count: data.length, bad: null };
}

function entryPoints(encoding: NumericEncoding, block: Block, k: number, where: Where): E.Either<BlissdataErrorOf<'InvalidEntry'>, readonly NdArray[]> {
  const { dtype, byteOrder } = encoding;
  const wrong = (expected: string, received: string) => E.left(invalidEntry(block, k, where, expected, received));
  const unpacked = unpackRagged(payloadOf(block, k));
  if (E.isLeft(unpacked)) return wrong('msgpack of [shape, bytes]', unpacked.left);
  const [shape, bytes] = unpacked.right;
  if (!fitsShape(encoding.shape, shape)) return wrong(`points of shape ${describeShape(encoding.shape)}`, `shape ${describeShape(shape)}`);
  // No encoder writes empty points, and a huge `len` of them would fill the memory without a byte on the wire.
  if (bytes.length === 0) return wrong('points that are not empty', `shape ${describeShape(shape)} without data`);
  const len = entryLen(block, k);
  const elements = elementCount(shape);
  const expected = len * elements * itemSize(dtype);
  if (bytes.length !== expected || !Number.isSafeInteger(len) || len < 1) {
    const points = `${len} ${len === 1 ? 'point' : 'points'} of ${dtype}, shape ${describeShape(shape)}`;
    return wrong(`${expected} bytes (${points})`, `${bytes.length} bytes`);
  }
  const numbers = numbersOf(dtype, byteOrder, bytes);
  if (len === 1) return E.right([ndArray(dtype, shape, numbers)]);
  const size = elements * numbersPerElement(dtype);
  return E.right(Array.from({ length: len }, (_, i) => ndArray(dtype, shape, viewPart(dtype, numbers, i * size, (i + 1) * size))));
}
