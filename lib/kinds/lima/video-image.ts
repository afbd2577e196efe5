/** VIDEO_IMAGE, the format in which a Lima detector server sends its live view. Pure: bytes in, values out. */
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import type { Dtype } from '../../model/dtype.js';
import { invalidImage, numbersAfterHeader, viewOf, type InvalidImage, type LimaImage } from './lima-image.js';

const FORMAT = 'VIDEO_IMAGE';

/** "VDEO", read as one number. */
const MAGIC = 0x5644454f;

/** The modes of plain numbers, by their numbers in the header, with the colours of a pixel. Bayer and YUV modes are not decoded. */
const modes: ReadonlyMap<number, { readonly dtype: Dtype; readonly colours: readonly number[] }> = new Map([
  [0, { dtype: 'uint8', colours: [] }],
  [1, { dtype: 'uint16', colours: [] }],
  [2, { dtype: 'int32', colours: [] }],
  [3, { dtype: 'int64', colours: [] }],
  [6, { dtype: 'uint8', colours: [3] }],
  [7, { dtype: 'uint8', colours: [4] }],
]);

/** Offsets of the header's fields, in bytes; all are big-endian. */
const at = { magic: 0, version: 4, mode: 6, frame: 8, width: 16, height: 20, endianness: 24, headerSize: 26 };
const HEADER_SIZE = 32;

/**
 * The image in a Lima server's `video_last_image`: the second part of Tango's DevEncoded `('VIDEO_IMAGE', bytes)`; none if there is no image yet.
 * The modes Y8, Y16, Y32 and Y64 have the shape `[height, width]`, RGB24 and RGB32 `[height, width, 3 or 4]`.
 *
 * @example
 * const decoded = decodeVideoImage(bytes);
 * if (E.isRight(decoded) && O.isSome(decoded.right)) show(decoded.right.value.image);
 */
export function decodeVideoImage(bytes: Uint8Array): E.Either<InvalidImage, O.Option<LimaImage>> {
  const view = viewOf(bytes);
  if (bytes.length < HEADER_SIZE) return invalidImage(FORMAT, `a header of ${HEADER_SIZE} bytes`, `${bytes.length} bytes`);
  if (view.getUint32(at.magic) !== MAGIC) return invalidImage(FORMAT, 'the mark VDEO', `0x${view.getUint32(at.magic).toString(16)}`);
  const version = view.getUint16(at.version);
  if (version !== 1) return invalidImage(FORMAT, 'version 1', String(version));
  const frame = Number(view.getBigInt64(at.frame));
  if (frame === -1) return E.right(O.none);
  if (frame < 0 || !Number.isSafeInteger(frame)) return invalidImage(FORMAT, 'the number of a frame', String(frame));
  const endianness = view.getUint16(at.endianness);
  if (endianness > 1) return invalidImage(FORMAT, 'an endianness of 0 or 1', String(endianness));
  const modeNumber = view.getUint16(at.mode);
  const mode = modes.get(modeNumber);
  if (mode === undefined) return invalidImage(FORMAT, 'a mode of 0 to 3, 6 or 7 (Y8 to Y64, RGB24, RGB32)', String(modeNumber));
  const [width, height] = [view.getInt32(at.width), view.getInt32(at.height)];
  if (width < 0 || height < 0) return invalidImage(FORMAT, 'a width and a height', `${width} x ${height}`);
  const headerSize = view.getUint16(at.headerSize);
  if (headerSize < HEADER_SIZE) return invalidImage(FORMAT, `a header of at least ${HEADER_SIZE} bytes`, `${headerSize} bytes`);
  const image = numbersAfterHeader(FORMAT, bytes, headerSize, mode.dtype, endianness === 0 ? '<' : '>', [height, width, ...mode.colours]);
  return E.isLeft(image) ? image : E.right(O.some({ image: image.right, frame, acquisitionTag: null }));
}
