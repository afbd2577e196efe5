/** Reads little-endian fields one after another. Throws a RangeError beyond the end of the bytes. */
export class ByteView {
  private readonly view: DataView;
  at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** An unsigned integer of up to 8 bytes; beyond 2^53 it is not exact. */
  uint(size: number): number {
    let value = 0;
    for (let n = size - 1; n >= 0; n--) value = value * 256 + this.view.getUint8(this.at + n);
    this.at += size;
    return value;
  }

  take(size: number): Uint8Array {
    if (size > this.left) throw new RangeError(`there are ${this.left} bytes, not ${size}`);
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  /** A text up to its terminating zero. */
  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new RangeError('a text has no end');
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }
}
