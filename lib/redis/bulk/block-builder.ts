/** Builds Blocks: payloads go one after another into aligned memory, which recycled blocks provide. */
import type { Key } from '../../ports/keys.js';
import type { Block } from '../../ports/streams.js';

/** Room is reserved for what is expected, up to these limits: the expectation may be wrong. */
const mostEntries = 16_384;
const mostBytes = 1 << 24;

export class BlockBuilder {
  private count = 0;
  private size = 0;
  private firsts: Float64Array<ArrayBuffer>;
  private lens: Float64Array<ArrayBuffer>;
  private ends: Float64Array<ArrayBuffer>;
  private bytes = new Uint8Array(0);
  private sealed: number | undefined;

  /**
   * @param expectedEntries the probable number of entries
   * @param usualBytes the average payload of a stream that may be this one
   */
  constructor(
    private readonly key: Key,
    private readonly expectedEntries: number,
    private readonly usualBytes = 0,
    private readonly memory = new BlockMemory(),
  ) {
    const entries = Math.min(Math.max(expectedEntries, 1), mostEntries);
    this.firsts = new Float64Array(entries);
    this.lens = new Float64Array(entries);
    this.ends = new Float64Array(entries);
  }

  get entries(): number {
    return this.count;
  }

  /** Bytes of payload so far. */
  get payloadBytes(): number {
    return this.size;
  }

  /** Adds a whole entry. */
  add(first: number, len: number, payload: Uint8Array): void {
    this.reserve(payload.length);
    this.append(payload, 0, payload.length);
    this.commit(first, len);
  }

  /** Makes room for the next payload, and with the first one for all expected entries of its size. */
  reserve(bytes: number): void {
    const size = this.size + bytes;
    if (size <= this.bytes.length) return;
    const usual = this.usualBytes > bytes && this.usualBytes < 2 * bytes ? this.usualBytes : bytes;
    const expected = this.bytes.length === 0 ? Math.min(Math.ceil(usual * this.expectedEntries), mostBytes) : this.bytes.length * 2;
    const grown = this.memory.take(Math.max(size, expected));
    grown.set(this.bytes.subarray(0, this.size));
    this.memory.give(this.bytes);
    this.bytes = grown;
  }

  /** Adds a part of the payload, for which there must be room. */
  append(source: Uint8Array, start: number, end: number): void {
    // For tiny payloads a loop is faster than set and subarray.
    if (end - start <= 16) for (let i = start, o = this.size; i < end; i++, o++) this.bytes[o] = source[i] ?? 0;
    else this.bytes.set(source.subarray(start, end), this.size);
    this.size += end - start;
  }

  /** Where the next bytes of the payload belong: as much of the room for them as `most`. */
  place(most: number): Uint8Array {
    return this.bytes.subarray(this.size, Math.min(this.size + most, this.bytes.length));
  }

  /** Bytes of the payload are where {@link place} wanted them. */
  placed(bytes: number): void {
    this.size += bytes;
  }

  /** Ends the entry whose payload has been appended. */
  commit(first: number, len: number): void {
    if (this.count === this.firsts.length) this.growEntries();
    this.firsts[this.count] = first;
    this.lens[this.count] = len;
    this.ends[this.count] = this.size;
    this.count++;
  }

  seal(length: number): void {
    this.sealed = length;
  }

  finish(): Block {
    return {
      key: this.key,
      firsts: this.entriesOf(this.firsts),
      lens: this.entriesOf(this.lens),
      ends: this.entriesOf(this.ends),
      bytes: this.payloads(),
      ...(this.sealed === undefined ? {} : { seal: this.sealed }),
    };
  }

  /** Avoids a view where possible: for a small array, it makes the engine move the array out of its own heap. */
  private entriesOf(numbers: Float64Array<ArrayBuffer>): Float64Array {
    return this.count === numbers.length ? numbers : numbers.subarray(0, this.count);
  }

  /** Trims reserved room that was not used, which would otherwise live as long as the block. */
  private payloads(): Uint8Array {
    if (this.size === this.bytes.length) return this.bytes;
    return this.size * 2 < this.bytes.length ? this.bytes.slice(0, this.size) : this.bytes.subarray(0, this.size);
  }

  private growEntries(): void {
    const grow = (old: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.firsts = grow(this.firsts);
    this.lens = grow(this.lens);
    this.ends = grow(this.ends);
  }
}

// --- Memory --------------------------------------------------------------------------------------------------

/** Smaller blocks are not worth recycling. */
const leastBytes = 32 << 10;
/** How many bytes may be kept idle. */
const mostIdleBytes = 32 << 20;

const smallBytes = 64;

/** Memory that is not zeroed, not shared, and aligned to 8 bytes. */
const allocate = (size: number): Uint8Array<ArrayBuffer> => {
  // The engine keeps small arrays in its own heap.
  if (size <= smallBytes) return new Uint8Array(size);
  const buffer = Buffer.allocUnsafeSlow(size);
  return new Uint8Array(buffer.buffer, 0, size);
};

/** Recycles the memory of blocks: allocating costs the system more than filling. */
export class BlockMemory {
  private readonly idle: Uint8Array<ArrayBuffer>[] = [];
  private idleBytes = 0;

  /** At least `size` bytes, and at most twice as many: a block's memory lives as long as any of its points. */
  take(size: number): Uint8Array<ArrayBuffer> {
    const found = size < leastBytes ? -1 : this.idle.findIndex((bytes) => bytes.length >= size && bytes.length <= size * 2);
    const [bytes] = found < 0 ? [] : this.idle.splice(found, 1);
    if (bytes === undefined) return allocate(size);
    this.idleBytes -= bytes.length;
    return bytes;
  }

  /** Takes back the whole memory of an array from {@link take}, or of a view of one. */
  give({ buffer }: Uint8Array): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < leastBytes || this.idleBytes + buffer.byteLength > mostIdleBytes) return;
    this.idle.push(new Uint8Array(buffer));
    this.idleBytes += buffer.byteLength;
  }
}
