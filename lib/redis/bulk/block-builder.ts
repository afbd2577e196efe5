/** Gathers the entries of a stream into a Block: the payloads go one after another into aligned memory. */
import type { Key } from '../../ports/keys.js';
import type { Block } from '../../ports/streams.js';
import { BlockMemory } from './block-memory.js';

/** Room is made for what is expected, but no more than this at once: whoever says what to expect may be wrong. */
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
   * @param expectedEntries how many entries there will probably be
   * @param usualBytes how many bytes a payload had on average in a stream that may be this one
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

  /** How many bytes of payload there are so far. */
  get payloadBytes(): number {
    return this.size;
  }

  /** A whole entry at once. */
  add(first: number, len: number, payload: Uint8Array): void {
    this.reserve(payload.length);
    this.append(payload, 0, payload.length);
    this.commit(first, len);
  }

  /** Makes room for the next entry's payload, and with the first for as many of its size as are expected. */
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

  /** Adds a part of the payload for which there is room. */
  append(source: Uint8Array, start: number, end: number): void {
    // For the smallest payloads a loop is faster than the call of set and subarray.
    if (end - start <= 16) for (let i = start, o = this.size; i < end; i++, o++) this.bytes[o] = source[i] ?? 0;
    else this.bytes.set(source.subarray(start, end), this.size);
    this.size += end - start;
  }

  /** Ends the entry whose payload was appended. */
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

  /** A view of a small array costs more than the array: it makes the engine move it out of its own memory. */
  private entriesOf(numbers: Float64Array<ArrayBuffer>): Float64Array {
    return this.count === numbers.length ? numbers : numbers.subarray(0, this.count);
  }

  /** What was expected and did not come shall not stay in memory as long as the block. */
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
