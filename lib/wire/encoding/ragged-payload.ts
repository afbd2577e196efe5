/** The payload of a ragged entry: msgpack of the shape that its points share, and their bytes. */
import { Decoder, Encoder } from '@msgpack/msgpack';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';

/** numpy allows 64 dimensions. */
const MAX_DIMENSIONS = 64;
/** What Redis itself allows for one value (`proto-max-bulk-len`). */
const MAX_BYTES = 512 * 1024 * 1024;

// No payload holds text, maps or extensions, so none is let in: a length that lies costs no memory.
const decoder = new Decoder({ maxBinLength: MAX_BYTES, maxArrayLength: MAX_DIMENSIONS, maxStrLength: 0, maxMapLength: 0, maxExtLength: 0 });
const encoder = new Encoder();

const isLength = (u: unknown): u is number => typeof u === 'number' && Number.isSafeInteger(u) && u >= 0;
const Length = new t.Type<number>('Length', isLength, (u, context) => (isLength(u) ? t.success(u) : t.failure(u, context)), t.identity);

const isBytes = (u: unknown): u is Uint8Array => u instanceof Uint8Array;
const Bytes = new t.Type<Uint8Array>('Bytes', isBytes, (u, context) => (isBytes(u) ? t.success(u) : t.failure(u, context)), t.identity);

const RaggedPayload = t.tuple([t.readonlyArray(Length), Bytes], 'RaggedPayload');
type RaggedPayload = t.TypeOf<typeof RaggedPayload>;

/** Takes a payload apart; the bytes share its memory. On the left stands what is wrong, in words. */
export function unpackRagged(payload: Uint8Array): E.Either<string, RaggedPayload> {
  const unpacked = E.tryCatch(
    () => decoder.decode(payload),
    (error) => `${payload.length} bytes that are not (${error instanceof Error ? error.message : String(error)})`,
  );
  if (E.isLeft(unpacked)) return unpacked;
  // A guard rather than `decode`: entries of one point are common, and reports of errors are not wanted.
  return RaggedPayload.is(unpacked.right) ? E.right(unpacked.right) : E.left(`msgpack of something else, in ${payload.length} bytes`);
}

/** Makes a payload, in memory of its own. */
export const packRagged = (shape: readonly number[], bytes: Uint8Array): Uint8Array => encoder.encode([shape, bytes]);
