/** The entry builder of numeric streams: gathers points of one shape in a reused buffer, whose content becomes an entry when it is full. */
import * as E from 'fp-ts/lib/Either.js';
import { describe } from '../../model/describe.js';
import { itemSize } from '../../model/dtype.js';
import { sameShape } from '../../model/nd-array.js';
import type { NumericEncoding, Where } from './encoding.js';
import { DraftQueue, inMemory, invalidPoint, noLimit, ownMemory, requireSize, type EntryBuilderOptions, type EntryDraft, type PayloadLimit, type PayloadMemory } from './entry-builder.js';
import { packRagged, unpackRagged } from './ragged-payload.js';
import { RowReader, type Rows } from './row-reader.js';
import { scalarWriters, type ScalarWriter } from './scalar-writers.js';

/** `at(i)` and eviction move whole entries, so coalesced ones stay small. */
const COALESCED_BYTES = 64 * 1024;
/** A batch is one entry as in Python, but reading one of its points must not take a reply of unlimited size. */
const BATCH_BYTES = 1024 * 1024;
const FIRST_CAPACITY = 1024;

export class NumericEntryBuilder {
  private readonly queue = new DraftQueue();
  private readonly rows: RowReader;
  private readonly scalar: ScalarWriter;
  private readonly isScalar: boolean;
  private readonly itemSize: number;
  private readonly littleEndian: boolean;
  private readonly entryBytes: number;

  private readonly coalesce: boolean;
  private readonly limit: PayloadLimit;
  private readonly memory: PayloadMemory;
  private readonly lend: boolean;

  /** The entry being gathered: its memory, the bytes so far, how many points they are, and the shape of each. */
  private gathering: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(new ArrayBuffer(0));
  private used = 0;
  private len = 0;
  private shape: readonly number[];

  constructor(
    private readonly encoding: NumericEncoding,
    private readonly where: Where,
    { coalesce = true, limit = noLimit, memory = ownMemory, lend = false }: EntryBuilderOptions = {},
  ) {
    this.coalesce = coalesce;
    this.limit = limit;
    this.memory = memory;
    this.lend = lend;
    this.rows = new RowReader(encoding, where);
    this.scalar = scalarWriters[encoding.dtype];
    this.isScalar = encoding.shape.length === 0;
    this.itemSize = itemSize(encoding.dtype);
    this.littleEndian = encoding.byteOrder !== '>';
    this.entryBytes = coalesce ? COALESCED_BYTES : BATCH_BYTES;
    this.shape = encoding.shape;
  }

  get pendingPoints(): number {
    return this.queue.points + this.len;
  }

  get pendingBytes(): number {
    return this.queue.bytes + this.used;
  }

  add(value: unknown): void {
    if (!this.isScalar) {
      const rows = this.rows.point(value);
      this.requireSizes([rows]);
      this.append(rows);
    } else {
      if (this.used + this.itemSize > this.gathering.length) this.makeRoom(this.itemSize);
      if (!this.scalar.put(this.view, this.used, value, this.littleEndian)) throw invalidPoint(this.where, this.scalar.expected, describe(value));
      this.used += this.itemSize;
      this.len += 1;
    }
    if (!this.coalesce) this.close();
  }

  addBatch(values: unknown): number {
    const batch = inMemory(this.where, () => this.rows.batch(values));
    this.requireSizes(batch);
    for (const rows of batch) this.append(rows);
    if (!this.coalesce) this.close();
    return batch.reduce((sum, rows) => sum + rows.count, 0);
  }

  take(maxBytes: number, maxEntries = Infinity): EntryDraft[] {
    const fitsWhole = this.queue.entries === 0 || (this.queue.entries < maxEntries && this.queue.bytes + this.used <= maxBytes);
    if (fitsWhole) this.close();
    return this.queue.take(maxBytes, maxEntries);
  }

  split({ len, payload }: EntryDraft): readonly EntryDraft[] {
    if (len < 2) return [{ len, payload }];
    const half = len >> 1;
    const parts = (bytes: Uint8Array): readonly [Uint8Array, Uint8Array] => {
      const middle = (bytes.length / len) * half;
      return [bytes.subarray(0, middle), bytes.subarray(middle)];
    };
    if (!this.encoding.ragged) {
      const [first, second] = parts(payload);
      return [{ len: half, payload: first }, { len: len - half, payload: second }];
    }
    const unpacked = unpackRagged(payload);
    if (E.isLeft(unpacked)) return [{ len, payload }];
    const [shape, bytes] = unpacked.right;
    const [first, second] = parts(bytes);
    return [{ len: half, payload: packRagged(shape, first) }, { len: len - half, payload: packRagged(shape, second) }];
  }

  clear(): void {
    this.queue.clear();
    this.gatherIn(new Uint8Array(0));
    this.used = 0;
    this.len = 0;
  }

  /** Checks all of a batch before the first point is added. */
  private requireSizes(batch: readonly Rows[]): void {
    for (const { count, shape, bytes } of batch) requireSize(this.where, bytes.length / count + this.frameBytes(shape), this.limit);
  }

  /** The most bytes that a payload takes beside its numbers. */
  private frameBytes(shape: readonly number[]): number {
    return this.encoding.ragged ? 16 + 9 * shape.length : 0;
  }

  /** Adds points, going from one entry to the next as they fill up. The user's memory is copied once. */
  private append({ count, shape, bytes, shared }: Rows): void {
    if (!sameShape(shape, this.shape)) {
      this.close();
      this.shape = [...shape];
    }
    const pointBytes = bytes.length / count;
    const entryBytes = Math.min(this.entryBytes, this.limit.most() - this.frameBytes(shape));
    let start = 0;
    while (start < bytes.length) {
      const room = Math.max(0, Math.floor((entryBytes - this.used) / pointBytes));
      if (room === 0 && this.len > 0) {
        this.close();
        continue;
      }
      const points = Math.min(Math.max(1, room), (bytes.length - start) / pointBytes);
      const part = bytes.subarray(start, start + points * pointBytes);
      if (this.len === 0 && points >= room) this.queue.push(this.draft(part, points, shared && !this.lend));
      else this.gather(part, points);
      start += part.length;
    }
  }

  private gather(part: Uint8Array, points: number): void {
    if (this.used + part.length > this.gathering.length) this.makeRoom(part.length);
    this.gathering.set(part, this.used);
    this.used += part.length;
    this.len += points;
  }

  /** Grows the buffer up to the size of an entry; closes an entry that has no room for this many bytes. */
  private makeRoom(bytes: number): void {
    if (this.used + bytes > this.entryBytes) this.close();
    const needed = this.used + bytes;
    const { length } = this.gathering;
    if (needed <= length) return;
    const grown = this.memory(Math.min(this.entryBytes, Math.max(FIRST_CAPACITY, 2 * length, needed)));
    grown.set(this.gathered());
    this.gatherIn(grown);
  }

  private gatherIn(memory: Uint8Array): void {
    this.gathering = memory;
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  }

  private gathered(): Uint8Array {
    return this.used === this.gathering.length ? this.gathering : this.gathering.subarray(0, this.used);
  }

  /** Makes an entry of what was gathered: of its memory if that is full, else of a copy. */
  private close(): void {
    if (this.len === 0) return;
    const isFull = this.used === this.gathering.length;
    this.queue.push(this.draft(this.gathered(), this.len, !isFull));
    if (isFull && !this.encoding.ragged) this.gatherIn(this.memory(this.used));
    this.used = 0;
    this.len = 0;
  }

  private draft(bytes: Uint8Array, len: number, copied: boolean): EntryDraft {
    return { len, payload: inMemory(this.where, () => (this.encoding.ragged ? packRagged(this.shape, bytes, this.memory) : copied ? this.copy(bytes) : bytes)) };
  }

  private copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length < FIRST_CAPACITY) return bytes.slice();
    const own = this.memory(bytes.length);
    own.set(bytes);
    return own;
  }
}
