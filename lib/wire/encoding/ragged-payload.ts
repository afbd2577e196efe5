/** The payload of a ragged entry: msgpack of the shape that its points share, and their bytes. */
import { Encoder } from '@msgpack/msgpack';
import * as E from 'fp-ts/lib/Either.js';

/** numpy allows 64 dimensions. */
const MAX_DIMENSIONS = 64;

const encoder = new Encoder();

/** Makes a payload, in memory of its own. */
export const packRagged = (shape: readonly number[], bytes: Uint8Array): Uint8Array => encoder.encode([shape, bytes]);

/** Takes a payload apart; the bytes share its memory. On the left stands what is wrong, in words. */
export function unpackRagged(payload: Uint8Array): E.Either<string, readonly [shape: readonly number[], bytes: Uint8Array]> {
  const reader = new MsgpackReader(payload);
  if (reader.arrayLength() !== 2) return wrong(payload, 'not an array of two');
  const dimensions = reader.arrayLength();
  if (dimensions === undefined || dimensions > MAX_DIMENSIONS) return wrong(payload, `not a shape of at most ${MAX_DIMENSIONS} lengths`);
  const shape: number[] = [];
  for (let i = 0; i < dimensions; i++) {
    const length = reader.integer();
    if (length === undefined) return wrong(payload, 'a length that is not an integer from 0');
    shape.push(length);
  }
  const bytes = reader.bytes();
  if (bytes === undefined) return wrong(payload, 'no bytes, or fewer than announced');
  return reader.hasEnded ? E.right([shape, bytes]) : wrong(payload, 'more than an array of two');
}

const wrong = (payload: Uint8Array, what: string): E.Either<string, never> => E.left(`${what}, in ${payload.length} bytes`);

/**
 * Reads the few forms of msgpack that these payloads use: array lengths, integers from 0, and bytes.
 *
 * A general decoder builds whatever the bytes announce: three bytes can announce an array of 64 arrays, and each costs memory and stack.
 */
class MsgpackReader {
  private at = 0;

  constructor(private readonly source: Uint8Array) {}

  get hasEnded(): boolean {
    return this.at === this.source.length;
  }

  /** The number of elements that follow; undefined if there is no array. */
  arrayLength(): number | undefined {
    const mark = this.mark();
    if (mark >= 0x90 && mark <= 0x9f) return mark - 0x90;
    return mark === 0xdc ? this.unsigned(2) : mark === 0xdd ? this.unsigned(4) : undefined;
  }

  /** Undefined if there is no integer, or one that is negative or beyond what a number holds. */
  integer(): number | undefined {
    const mark = this.mark();
    if (mark <= 0x7f) return mark;
    // Unsigned integers of 1, 2, 4 and 8 bytes, then signed ones.
    if (mark < 0xcc || mark > 0xd3) return undefined;
    const size = 1 << ((mark - 0xcc) & 3);
    const value = this.unsigned(size);
    const isNegative = mark >= 0xd0 && value !== undefined && value >= 2 ** (8 * size - 1);
    return isNegative || !Number.isSafeInteger(value) ? undefined : value;
  }

  /** Shares the memory of the source; undefined if there are no bytes, or fewer than announced. */
  bytes(): Uint8Array | undefined {
    const mark = this.mark();
    const length = mark >= 0xc4 && mark <= 0xc6 ? this.unsigned(1 << (mark - 0xc4)) : undefined;
    if (length === undefined || length > this.source.length - this.at) return undefined;
    this.at += length;
    return this.source.subarray(this.at - length, this.at);
  }

  /** Beyond the end 0xc1, which msgpack never uses. */
  private mark(): number {
    return this.source[this.at++] ?? 0xc1;
  }

  /** Byte by byte: creating a DataView would cost more than all the rest. */
  private unsigned(size: number): number | undefined {
    const end = this.at + size;
    if (end > this.source.length) return undefined;
    let value = 0;
    for (; this.at < end; this.at++) value = value * 256 + (this.source[this.at] ?? 0);
    return value;
  }
}
