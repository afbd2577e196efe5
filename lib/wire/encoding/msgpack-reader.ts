/**
 * Reads the few forms of msgpack that payloads are made of: lengths of arrays, integers from 0 on, and bytes.
 *
 * A general decoder makes whatever it is told to: of three bytes that promise an array in an array, 64 places and a frame of its stack.
 */
export class MsgpackReader {
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

  /** Undefined if there is none, or one that is negative or beyond what a number holds. */
  integer(): number | undefined {
    const mark = this.mark();
    if (mark <= 0x7f) return mark;
    // Unsigned ones of 1, 2, 4 and 8 bytes, then signed ones.
    if (mark < 0xcc || mark > 0xd3) return undefined;
    const size = 1 << ((mark - 0xcc) & 3);
    const value = this.unsigned(size);
    const isNegative = mark >= 0xd0 && value !== undefined && value >= 2 ** (8 * size - 1);
    return isNegative || !Number.isSafeInteger(value) ? undefined : value;
  }

  /** Shares the memory of the source; undefined if there are none, or not all. */
  bytes(): Uint8Array | undefined {
    const mark = this.mark();
    const length = mark >= 0xc4 && mark <= 0xc6 ? this.unsigned(1 << (mark - 0xc4)) : undefined;
    if (length === undefined || length > this.source.length - this.at) return undefined;
    this.at += length;
    return this.source.subarray(this.at - length, this.at);
  }

  /** 0xc1, which msgpack never uses, beyond the end. */
  private mark(): number {
    return this.source[this.at++] ?? 0xc1;
  }

  /** Byte by byte: making a DataView would cost more than all the rest. */
  private unsigned(size: number): number | undefined {
    const end = this.at + size;
    if (end > this.source.length) return undefined;
    let value = 0;
    for (; this.at < end; this.at++) value = value * 256 + (this.source[this.at] ?? 0);
    return value;
  }
}
