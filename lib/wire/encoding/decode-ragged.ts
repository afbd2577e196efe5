/** Decodes entries of arrays with free dimensions: every entry brings the shape of its points. */
import * as E from 'fp-ts/lib/Either.js';
import { itemSize, numbersPerElement } from '../../model/dtype.js';
import type { BlissdataErrorOf } from '../../model/errors.js';
import { elementCount, ndArray, type NdArray } from '../../model/nd-array.js';
import { viewPart } from '../../model/typed-array.js';
import type { Block } from '../../ports/streams.js';
import { entryCount, entryLen, invalidEntry, payloadOf } from './block-entries.js';
import type { Decoded } from './decoded.js';
import { describeShape } from './describe.js';
import type { NumericEncoding, Where } from './encoding.js';
import { numbersOf } from './number-bytes.js';
import { unpackRagged } from './ragged-payload.js';
import { fitsShape } from './shape.js';

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
  // No encoder writes empty points, and a great `len` of them would fill the memory without a byte on the wire.
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
