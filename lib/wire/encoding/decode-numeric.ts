/** Decodes entries of numbers of one shape: payloads are the points' bytes, so a whole block is one typed array. */
import { itemSize } from '../../model/dtype.js';
import { elementCount, ndArray, type NdArray } from '../../model/nd-array.js';
import type { Block } from '../../ports/streams.js';
import { entryCount, entryLen, invalidEntry, payloadEnd, payloadStart } from './block-entries.js';
import type { Decoded } from './decoded.js';
import { describeShape } from './describe.js';
import type { NumericEncoding, Where } from './encoding.js';
import { numbersOf } from './number-bytes.js';

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
  if (pointBytes === 0) return invalidEntry(block, k, where, `no entry at all (points of shape ${describeShape(shape)} are empty)`, received);
  const len = entryLen(block, k);
  const points = `${len} ${len === 1 ? 'point' : 'points'} of ${dtype}${shape.length > 0 ? `, shape ${describeShape(shape)}` : ''}`;
  return invalidEntry(block, k, where, `${len * pointBytes} bytes (${points})`, received);
}
