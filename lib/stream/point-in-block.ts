/** One point out of a block whose entries were asked for one by one. */
import { valueAt } from '../model/chunk-data.js';
import { ownPoint, pointOf } from '../model/own-memory.js';
import type { AnyChunkData, PointValue, StreamType } from '../model/stream-type.js';
import type { Block } from '../ports/streams.js';
import { entryView } from '../wire/encoding/block-entries.js';
import { decodeBlock } from '../wire/encoding/decode-block.js';
import type { Encoding, EncodingOf, Where } from '../wire/encoding/encoding.js';

interface Scalars<Data = AnyChunkData> {
  readonly data: Data;
  /** Where the points of each entry begin in the data. */
  readonly starts: Float64Array;
}

/** What was made of blocks of scalars, for whoever else asked for one of their points; `null` for those with an entry that is not as it should be. */
const scalarsOf = new WeakMap<Block, Scalars | null>();

/**
 * The point at an index of the stream, which an entry of the block holds. Throws `InvalidEntry`.
 *
 * @param alone whether nobody else has got the block
 */
export function pointInBlock<T extends StreamType>(encoding: EncodingOf<T>, block: Block, entry: number, alone: boolean, index: number, where: Where): PointValue<T> {
  const offset = index - (block.firsts[entry] ?? 0);
  if (isScalar(encoding)) {
    const scalars = decodedScalars(encoding, block, where);
    if (scalars !== null) return valueAt<T>(scalars.data, (scalars.starts[entry] ?? 0) + offset);
  }
  const { data, bad } = decodeBlock(encoding, alone ? block : entryView(block, entry), where);
  if (bad !== null) throw bad;
  // Arrays lie in memory of their own, for they may be kept for long, and changed.
  return alone ? pointOf<T>(data, offset) : ownPoint<T>(valueAt<T>(data, offset));
}

const isScalar = (encoding: Encoding): boolean => encoding._tag === 'numeric' && encoding.shape.length === 0;

function decodedScalars<T extends StreamType>(encoding: EncodingOf<T>, block: Block, where: Where): Scalars<ReturnType<typeof decodeBlock<T>>['data']> | null;
function decodedScalars(encoding: Encoding, block: Block, where: Where): Scalars | null {
  const known = scalarsOf.get(block);
  if (known !== undefined) return known;
  const { data, bad } = decodeBlock<StreamType>(encoding, block, where);
  const scalars = bad === null ? { data, starts: startsOf(block.lens) } : null;
  scalarsOf.set(block, scalars);
  return scalars;
}

function startsOf(lens: Float64Array): Float64Array {
  const starts = new Float64Array(lens.length);
  let next = 0;
  lens.forEach((len, k) => {
    starts[k] = next;
    next += len;
  });
  return starts;
}
