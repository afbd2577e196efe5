/** DATA_ARRAY, the format in which a Lima detector server sends images. Pure: bytes in, values out. */
import * as E from 'fp-ts/lib/Either.js';
import type { Dtype } from '../../model/dtype.js';
import { invalidImage, numbersAfterHeader, viewOf, type InvalidImage, type LimaImage } from './lima-image.js';

const FORMAT = 'DATA_ARRAY';

/** "DTAY", read as one number. */
const MAGIC = 0x44544159;

/** Indexed by their numbers in the header. */
const dtypes: readonly Dtype[] = ['uint8', 'uint16', 'uint32', 'uint64', 'int8', 'int16', 'int32', 'int64', 'float32', 'float64'];

/** Offsets of the header's fields, in bytes; all are little-endian. */
const at = { magic: 0, version: 4, headerSize: 6, type: 12, endianness: 16, dimensions: 18, lengths: 20, frame: 56, tag: 64 };

const MOST_DIMENSIONS = 6;

/** The least size of a header: later versions appended the number of the frame (3) and the tag of the acquisition (4). */
const headerSizeOf = (version: number): number => (version >= 4 ? 80 : 64);

/**
 * The image in the reply of a Lima server's `readImage`: the second part of Tango's DevEncoded `('DATA_ARRAY', bytes)`.
 * Reads versions 1 to 4 of the format, and later ones that only append to the header.
 *
 * Nothing is copied if the numbers have this machine's byte order and are aligned, as they are at the start of a buffer.
 *
 * @example
 * const decoded = decodeDataArray(bytes);
 * if (E.isRight(decoded)) show(decoded.right.image); // { dtype: 'uint16', shape: [2048, 2048], data: Uint16Array }
 */
export function decodeDataArray(bytes: Uint8Array): E.Either<InvalidImage, LimaImage> {
  const view = viewOf(bytes);
  if (bytes.length < at.headerSize + 2) return invalidImage(FORMAT, 'a header', `${bytes.length} bytes`);
  if (view.getUint32(at.magic, true) !== MAGIC) return invalidImage(FORMAT, 'the mark DTAY', `0x${view.getUint32(at.magic, true).toString(16)}`);
  const version = view.getUint16(at.version, true);
  if (version < 1) return invalidImage(FORMAT, 'a version from 1 on', String(version));
  const headerSize = view.getUint16(at.headerSize, true);
  if (headerSize < headerSizeOf(version) || headerSize > bytes.length) {
    return invalidImage(FORMAT, `a header of ${headerSizeOf(version)} to ${bytes.length} bytes`, `${headerSize} bytes`);
  }
  const type = view.getUint32(at.type, true);
  const dtype = dtypes[type];
  if (dtype === undefined) return invalidImage(FORMAT, 'a type of 0 to 9', String(type));
  const endianness = view.getUint16(at.endianness, true);
  if (endianness > 1) return invalidImage(FORMAT, 'an endianness of 0 or 1', String(endianness));
  const dimensions = view.getUint16(at.dimensions, true);
  if (dimensions < 1 || dimensions > MOST_DIMENSIONS) return invalidImage(FORMAT, `1 to ${MOST_DIMENSIONS} dimensions`, String(dimensions));
  // The first dimension runs fastest.
  const shape = Array.from({ length: dimensions }, (_, n) => view.getUint16(at.lengths + 2 * n, true)).reverse();
  const frame = version >= 3 ? Number(view.getBigUint64(at.frame, true)) : null;
  if (frame !== null && !Number.isSafeInteger(frame)) return invalidImage(FORMAT, 'the number of a frame', String(frame));
  const acquisitionTag = version >= 4 ? view.getBigUint64(at.tag, true) : null;
  const image = numbersAfterHeader(FORMAT, bytes, headerSize, dtype, endianness === 0 ? '<' : '>', shape);
  return E.isLeft(image) ? image : E.right({ image: image.right, frame, acquisitionTag });
}
