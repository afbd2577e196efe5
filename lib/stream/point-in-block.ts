/** One point out of a block whose entries were asked for one by one. */
import { ownPoint } from '../model/chunk-data.js';
import type { AnyChunkData, ChunkData, PointValue, StreamType } from '../model/stream-type.js';
import type { Block } from '../ports/streams.js';
import { entryView } from '../wire/encoding/block-entries.js';
import type { AnyCodec, Codec } from '../wire/encoding/codec.js';
import type { Encoding, Where } from '../wire/encoding/encoding.js';

interface Scalars<Data = AnyChunkData> {
  readonly data: Data;
  /** Where the points of each entry begin in the data. */
  readonly starts: Float64Array;
}

/** Blocks of scalars are decoded once for all reads of one of their points; `null` for blocks with a bad entry. */
const scalarsOf = new WeakMap<Block, Scalars | null>();

/**
 * The point at an index of the stream, which an entry of the block holds. Throws `InvalidEntry`.
 *
 * @param alone whether the block is in no other hands
 */
export function pointInBlock<T extends StreamType>(codec: Codec<T>, block: Block, entry: number, alone: boolean, index: number, where: Where): PointValue<T> {
  const offset = index - (block.firsts[entry] ?? 0);
  if (isScalar(codec.encoding)) {
    const scalars = decodedScalars(codec, block, where);
    if (scalars !== null) return codec.at(scalars.data, (scalars.starts[entry] ?? 0) + offset);
  }
  const { data, bad } = codec.decode(alone ? block : entryView(block, entry), where);
  if (bad !== null) throw bad;
  // Arrays get memory of their own: the consumer may keep them for long, and change them.
  return alone ? codec.ownAt(data, offset) : ownPoint<T>(codec.at(data, offset));
}

const isScalar = (encoding: Encoding): boolean => encoding._tag === 'numeric' && encoding.shape.length === 0;

function decodedScalars<T extends StreamType>(codec: Codec<T>, block: Block, where: Where): Scalars<ChunkData<T>> | null;
function decodedScalars(codec: AnyCodec, block: Block, where: Where): Scalars | null {
  const known = scalarsOf.get(block);
  if (known !== undefined) return known;
  const { data, bad } = codec.decode(block, where);
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
