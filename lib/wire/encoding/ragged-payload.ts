/** The payload of a ragged entry: msgpack of the shape that its points share, and their bytes. */
import * as E from 'fp-ts/lib/Either.js';
import { MsgpackReader } from './msgpack-reader.js';
import { MsgpackWriter } from './msgpack-writer.js';

/** numpy allows 64 dimensions. */
const MAX_DIMENSIONS = 64;

const writer = new MsgpackWriter();

/** Takes a payload apart; the bytes share its memory. On the left stands what is wrong, in words. */
export function unpackRagged(payload: Uint8Array): E.Either<string, readonly [shape: readonly number[], bytes: Uint8Array]> {
  const reader = new MsgpackReader(payload);
  if (reader.arrayLength() !== 2) return wrong(payload, 'no array of two');
  const dimensions = reader.arrayLength();
  if (dimensions === undefined || dimensions > MAX_DIMENSIONS) return wrong(payload, `no shape of at most ${MAX_DIMENSIONS} lengths`);
  const shape: number[] = [];
  for (let i = 0; i < dimensions; i++) {
    const length = reader.integer();
    if (length === undefined) return wrong(payload, 'a length that is no integer from 0 on');
    shape.push(length);
  }
  const bytes = reader.bytes();
  if (bytes === undefined) return wrong(payload, 'no bytes, or fewer than there should be');
  return reader.hasEnded ? E.right([shape, bytes]) : wrong(payload, 'more than an array of two');
}

const wrong = (payload: Uint8Array, what: string): E.Either<string, never> => E.left(`${what}, in ${payload.length} bytes`);

/** Makes a payload, in memory of its own. */
export function packRagged(shape: readonly number[], bytes: Uint8Array): Uint8Array {
  writer.arrayLength(2);
  writer.arrayLength(shape.length);
  for (const length of shape) writer.integer(length);
  return writer.end(bytes);
}
