/** The payload of a ragged entry: msgpack of the shape that its points share, and their bytes. */
import * as E from 'fp-ts/lib/Either.js';
import { ownMemory, type PayloadMemory } from './entry-builder.js';

/** numpy allows 64 dimensions. */
const MAX_DIMENSIONS = 64;

/** Makes a payload, in memory of its own. */
export function packRagged(shape: readonly number[], bytes: Uint8Array, memory = ownMemory): Uint8Array {
  writer.arrayLength(2);
  writer.arrayLength(shape.length);
  for (const length of shape) writer.integer(length);
  return writer.end(bytes, memory);
}

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

/**
 * Writes the few forms of msgpack that these payloads use, each as short as it can be.
 *
 * A general encoder would be a twentieth of what a page loads, and is slower.
 */
class MsgpackWriter {
  private head = new Uint8Array(64);
  private at = 0;

  /** Begins an array of integers, of arrays of them, and of bytes at its end. */
  arrayLength(length: number): void {
    this.reserve(longest * (length + 2));
    if (length < 0x10) this.head[this.at++] = 0x90 + length;
    else this.marked(0xdc, length, 2);
  }

  /** @param value from 0 on */
  integer(value: number): void {
    if (value < 0x80) this.head[this.at++] = value;
    else if (value < 0x100) this.marked(0xcc, value, 1);
    else if (value < 0x1_0000) this.marked(0xcd, value, 2);
    else if (value < 0x1_0000_0000) this.marked(0xce, value, 4);
    else this.marked(0xcf, value, 8);
  }

  /** Gives what was written so far and the bytes, in memory of its own, and begins anew. */
  end(bytes: Uint8Array, memory: PayloadMemory): Uint8Array {
    const { length } = bytes;
    if (length < 0x100) this.marked(0xc4, length, 1);
    else if (length < 0x1_0000) this.marked(0xc5, length, 2);
    else this.marked(0xc6, length, 4);
    const headLength = this.at;
    this.at = 0;
    if (length >= 0x1_0000_0000) throw new RangeError(`msgpack has no length for ${length} bytes`);
    const whole = memory(headLength + length);
    whole.set(this.head.subarray(0, headLength));
    whole.set(bytes, headLength);
    return whole;
  }

  private reserve(size: number): void {
    if (this.at + size <= this.head.length) return;
    const larger = new Uint8Array(2 * (this.at + size));
    larger.set(this.head);
    this.head = larger;
  }

  /** Big-endian, without bit operations: they end at 32 bits. */
  private marked(mark: number, value: number, size: number): void {
    this.head[this.at++] = mark;
    let left = value;
    for (let i = size - 1; i >= 0; i--) {
      this.head[this.at + i] = left % 256;
      left = Math.floor(left / 256);
    }
    this.at += size;
  }
}

/** How many bytes an integer, or the beginning of an array or of bytes, takes at the most. */
const longest = 9;

const writer = new MsgpackWriter();
