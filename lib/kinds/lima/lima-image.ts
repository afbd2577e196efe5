/** An image decoded from the reply of a Lima detector server, and what the reply's formats have in common. */
import * as E from 'fp-ts/lib/Either.js';
import { itemSize, type ByteOrder, type Dtype } from '../../model/dtype.js';
import { blissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import { elementCount, type NdArray } from '../../model/nd-array.js';
import { numbersOf } from '../../wire/encoding/number-bytes.js';

export interface LimaImage {
  /** Rows first. Shares the memory of the reply if that is aligned. */
  readonly image: NdArray;
  /** The number of the frame in its acquisition; null if the server is too old to send it. */
  readonly frame: number | null;
  /** The tag that the control system gave to the acquisition; null if the server is too old to send it. */
  readonly acquisitionTag: bigint | null;
}

export type InvalidImage = BlissdataErrorOf<'InvalidImage'>;

export const invalidImage = (format: string, expected: string, received: string): E.Either<InvalidImage, never> => E.left(blissdataError('InvalidImage', { format, expected, received }));

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The numbers that follow a header: exactly as many as the shape says. */
export function numbersAfterHeader(format: string, bytes: Uint8Array, headerSize: number, dtype: Dtype, byteOrder: ByteOrder, shape: readonly number[]): E.Either<InvalidImage, NdArray> {
  const size = elementCount(shape) * itemSize(dtype);
  const rest = bytes.length - headerSize;
  if (rest !== size) return invalidImage(format, `${size} bytes for ${shape.join(' x ')} of ${dtype}`, `${rest} bytes`);
  return E.right({ dtype, shape, data: numbersOf(dtype, byteOrder, bytes.subarray(headerSize)) });
}
