/**
 * Writes the few forms of msgpack that payloads are made of, each as short as it can be; the counterpart of `MsgpackReader`.
 *
 * A general encoder would be a twentieth of what a page loads, and is slower.
 */
export class MsgpackWriter {
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
  end(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    if (length < 0x100) this.marked(0xc4, length, 1);
    else if (length < 0x1_0000) this.marked(0xc5, length, 2);
    else this.marked(0xc6, length, 4);
    const headLength = this.at;
    this.at = 0;
    if (length >= 0x1_0000_0000) throw new RangeError(`msgpack has no length for ${length} bytes`);
    const whole = new Uint8Array(headLength + length);
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
