/** Large binary messages in parts, so that others do not wait until all of one has gone. */
import * as E from 'fp-ts/lib/Either.js';
import { binaryKinds } from './binary-kinds.js';

/**
 * ```
 *  0 u8   kind 2
 *  4 u32  which message: a number of the sender's
 *  8 u32  bytes of the whole message
 * 12 u32  where this part begins in it
 * 16 u8   the part
 * ```
 */
const headerBytes = 16;

/** The part of a message that begins at an offset, with at most so many bytes of it. */
export function encodePart(message: Uint8Array, number: number, offset: number, bytes: number): Uint8Array<ArrayBuffer> {
  const part = message.subarray(offset, offset + bytes);
  const encoded = new Uint8Array(headerBytes + part.length);
  const view = new DataView(encoded.buffer);
  view.setUint8(0, binaryKinds.part);
  view.setUint32(4, number, true);
  view.setUint32(8, message.length, true);
  view.setUint32(12, offset, true);
  encoded.set(part, headerBytes);
  return encoded;
}

/** The parts are kept as they came: what a part only announces takes no memory. */
interface Incomplete {
  readonly total: number;
  readonly parts: Uint8Array[];
  received: number;
}

/** Puts messages together whose parts come in order, each message's by itself. */
export class PartAssembler {
  private readonly incomplete = new Map<number, Incomplete>();

  /** @param mostBytes of one message */
  constructor(private readonly mostBytes: number) {}

  /** The whole message with its last part, before that `undefined`. The left side says what is wrong. */
  add(part: Uint8Array<ArrayBuffer>): E.Either<string, Uint8Array<ArrayBuffer> | undefined> {
    if (part.length <= headerBytes) return E.left(`a part of ${part.length} bytes`);
    const view = new DataView(part.buffer, part.byteOffset, part.length);
    const number = view.getUint32(4, true);
    const total = view.getUint32(8, true);
    const offset = view.getUint32(12, true);
    const bytes = part.subarray(headerBytes);
    const known = this.incomplete.get(number);
    if (total > this.mostBytes) return E.left(`a message of ${total} bytes, more than ${this.mostBytes}`);
    if (offset !== (known?.received ?? 0) || (known !== undefined && known.total !== total) || offset + bytes.length > total) return E.left(`a part at ${offset} of a message of ${total} bytes`);
    const message = known ?? { total, parts: [], received: 0 };
    message.parts.push(bytes);
    message.received += bytes.length;
    if (message.received < total) {
      this.incomplete.set(number, message);
      return E.right(undefined);
    }
    this.incomplete.delete(number);
    return E.right(joined(message));
  }
}

function joined({ total, parts }: Incomplete): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  return message;
}
