/** A Block's entries decoded into the points they hold: the way all data of a stream take from the database to its readers. */
import type { ChunkData, StreamType } from '../../model/stream-type.js';
import type { Block } from '../../ports/streams.js';
import { decodeJson } from './decode-json.js';
import { decodeNumeric } from './decode-numeric.js';
import { decodeRagged } from './decode-ragged.js';
import type { Decoded } from './decoded.js';
import type { Encoding, EncodingOf, Where } from './encoding.js';

/**
 * Decodes all entries of a block. Good points before a bad entry are not lost: a reader hands out `data`, then fails with `bad`.
 *
 * Numbers share the memory of `block.bytes` where they lie there in the host's byte order and aligned, which is the usual case.
 *
 * @example
 * const { data, count, bad } = decodeBlock(encoding, block, { key, stream: 'diode' });
 */
export function decodeBlock<T extends StreamType>(encoding: EncodingOf<T>, block: Block, where: Where): Decoded<ChunkData<T>>;
export function decodeBlock(encoding: Encoding, block: Block, where: Where): Decoded {
  if (encoding._tag === 'json') return decodeJson(block, where);
  return encoding.ragged ? decodeRagged(encoding, block, where) : decodeNumeric(encoding, block, where);
}
