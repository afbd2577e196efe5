/** A data stream in memory: entries of rising index, trimmed from the front, sealed once. */
import { blissdataError } from '../model/errors.js';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { Block, NewEntry } from '../ports/streams.js';
import { compareIds, entryId, originId, sealId } from '../wire/stream-id.js';

type Range = Parameters<Database['range']>[1];

export class PointStream {
  readonly _tag = 'points';
  private entries: NewEntry[] = [];
  private last: Id = originId;
  private seal: number | undefined;

  /** An independent copy. */
  copy(): PointStream {
    const copy = new PointStream();
    copy.entries = [...this.entries];
    copy.last = this.last;
    copy.seal = this.seal;
    return copy;
  }

  /** The last id added, trimmed or not. */
  get lastId(): Id {
    return this.last;
  }

  get sealed(): boolean {
    return this.seal !== undefined;
  }

  /** The index after the last point. If everything is trimmed, only the last id is left to tell, as in Redis. */
  get length(): number {
    if (this.seal !== undefined) return this.seal;
    const newest = this.entries.at(-1);
    if (newest !== undefined) return newest.index + newest.len;
    return this.last === originId ? 0 : Number.parseInt(this.last, 10) + 1;
  }

  /** Whether no entry is left, so that only {@link lastId} shows that there were any. */
  get bare(): boolean {
    return this.entries.length === 0;
  }

  /** Adds an entry; checks only that ids rise, as Redis does. */
  add({ index, len, payload }: NewEntry): void {
    this.advance(entryId(index));
    this.entries.push({ index, len, payload: payload.slice() });
  }

  sealAt(length: number): void {
    this.advance(sealId);
    this.seal = length;
  }

  /** Drops the entries that start before an index, but not the seal. Returns their number. */
  trim(index: number): number {
    const from = this.position(index);
    this.entries.splice(0, from);
    return from;
  }

  /** The entries after an id, as of XREAD. */
  read(key: Key, after: Id, count: number): Block {
    const [index = 0, seq = 0] = after.split('-').map(Number);
    const start = after === sealId ? this.size : this.position(seq === 0 ? index : index + 1);
    return this.slice(key, start, start + count);
  }

  /** The entry that starts at an index or last before it. */
  lastBefore(index: number): NewEntry | undefined {
    return this.entries[this.position(index + 1) - 1];
  }

  /** As XRANGE and XREVRANGE, but oldest first in either case. */
  range(key: Key, { min = 0, max, reverse = false, bare = false, count = bare ? 1 : Infinity }: Range): Block {
    const low = this.position(min);
    const end = max === undefined ? this.size : this.position(Math.floor(max) + 1);
    const start = reverse ? Math.max(low, end - count) : low;
    const block = this.slice(key, start, Math.min(end, start + count));
    return bare ? { ...block, ends: new Float64Array(block.ends.length), bytes: new Uint8Array(0) } : block;
  }

  /** The bytes of all payloads. */
  get bytes(): number {
    return this.entries.reduce((sum, { payload }) => sum + payload.length, 0);
  }

  /** The number of entries in Redis, where the seal is one. */
  get size(): number {
    return this.entries.length + (this.sealed ? 1 : 0);
  }

  private slice(key: Key, start: number, stop: number): Block {
    const seal = this.entries.length;
    return toBlock(key, this.entries.slice(start, stop), start <= seal && seal < stop ? this.seal : undefined);
  }

  private advance(id: Id): void {
    if (compareIds(id, this.last) <= 0) {
      throw blissdataError('ServerError', { command: 'XADD', code: 'ERR', reply: `ERR the id ${id} does not come after the stream's last one, ${this.last}` });
    }
    this.last = id;
  }

  /** The position of the first entry of at least this index. */
  private position(index: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle]?.index ?? Infinity) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Copies entries into a Block, whose new memory starts at a multiple of 8. */
export function toBlock(key: Key, entries: readonly NewEntry[], seal?: number): Block {
  const ends = new Float64Array(entries.length);
  let size = 0;
  entries.forEach(({ payload }, i) => {
    size += payload.length;
    ends[i] = size;
  });
  const bytes = new Uint8Array(size);
  entries.forEach(({ payload }, i) => bytes.set(payload, (ends[i] ?? 0) - payload.length));
  const firsts = Float64Array.from(entries, ({ index }) => index);
  const lens = Float64Array.from(entries, ({ len }) => len);
  return { key, firsts, lens, ends, bytes, ...(seal === undefined ? {} : { seal }) };
}
