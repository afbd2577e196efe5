/** The binary message with an array of numbers from a file: a JSON head with dtype and shape, then the numbers in little-endian order. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { isDtype, itemSize } from '../../model/dtype.js';
import { elementCount, type NdArray } from '../../model/nd-array.js';
import { arrayOf, members } from '../../wire/codecs.js';
import { bytesOf, numbersOf } from '../../wire/encoding/number-bytes.js';
import { guarded } from '../../wire/guarded.js';
import { problemsOf } from '../../wire/problems.js';
import { binaryKinds } from './binary-kinds.js';
import { isCount } from './checked.js';

/**
 * ```
 *  0 u8   kind 3
 *  4 u32  the request's id
 *  8 u32  bytes of the head
 * 16      the head: UTF-8, then zeros up to a multiple of 8
 *    u8   the numbers, as numpy stores them
 * ```
 */
const headerBytes = 16;

const Head = members('a head', { dtype: guarded('a dtype', (u) => t.string.is(u) && isDtype(u)), shape: arrayOf('lengths', isCount) });

export function encodeArrayMessage(id: number, { dtype, shape, data }: NdArray): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(JSON.stringify({ dtype, shape }));
  const numbers = bytesOf(dtype, '<', data);
  const start = Math.ceil((headerBytes + head.length) / 8) * 8;
  const message = new Uint8Array(start + numbers.length);
  const view = new DataView(message.buffer);
  view.setUint8(0, binaryKinds.array);
  view.setUint32(4, id, true);
  view.setUint32(8, head.length, true);
  message.set(head, headerBytes);
  message.set(numbers, start);
  return message;
}

/** The left side says what is wrong. The numbers are a view of the message where the machine can read them so. */
export function decodeArrayMessage(message: Uint8Array<ArrayBuffer>): E.Either<string, { readonly id: number; readonly array: NdArray }> {
  if (message.length < headerBytes) return E.left(`an array of ${message.length} bytes`);
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const headEnd = headerBytes + view.getUint32(8, true);
  if (headEnd > message.length) return E.left(`a head of ${headEnd - headerBytes} bytes in a message of ${message.length}`);
  const decoded = E.tryCatch(
    () => Head.decode(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(message.subarray(headerBytes, headEnd)))),
    (error) => (error instanceof Error ? error.message : 'not JSON'),
  );
  if (E.isLeft(decoded)) return decoded;
  if (E.isLeft(decoded.right)) return E.left(problemsOf(decoded.right.left).join('; '));
  const { dtype, shape } = decoded.right.right;
  const bytes = message.subarray(Math.ceil(headEnd / 8) * 8);
  if (bytes.length !== elementCount(shape) * itemSize(dtype)) return E.left(`${bytes.length} bytes for an array of ${dtype} of shape ${shape.join('×')}`);
  return E.right({ id: view.getUint32(4, true), array: { dtype, shape, data: numbersOf(dtype, '<', bytes) } });
}
