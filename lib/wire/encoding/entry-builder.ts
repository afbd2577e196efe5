/** Gathers the points that a stream's writer is given into encoded entries, until they are taken away to be written. */
import { blissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import type { BatchInput, PointInput, StreamType } from '../../model/stream-type.js';
import type { Where } from './encoding.js';

/** An entry without its index, which the writer assigns. The payload never changes: it is memory of its own, unless points are lent. */
export interface EntryDraft {
  /** How many points it holds. */
  readonly len: number;
  readonly payload: Uint8Array;
}

/**
 * The pending entries of one stream. A value that does not fit throws `InvalidPoint` and leaves everything as it was,
 * the rest of its batch included.
 */
export interface EntryBuilder<T extends StreamType = StreamType> {
  add(value: PointInput<T>): void;
  /** Returns how many points the batch held. */
  addBatch(values: BatchInput<T>): number;
  readonly pendingPoints: number;
  /** The bytes of all pending payloads, without Redis' overhead of some 100 bytes an entry. */
  readonly pendingBytes: number;
  /** Takes entries from the front: those that fit both limits, but at least one if any point is pending. */
  take(maxBytes: number, maxEntries?: number): EntryDraft[];
  /** The same points in two entries; the entry itself where it holds only one. */
  split(entry: EntryDraft): readonly EntryDraft[];
  /** Drops all pending points, and the memory they were gathered in. */
  clear(): void;
}

export interface EntryBuilderOptions {
  readonly coalesce?: boolean;
  /** Whether the memory of large points may be used instead of a copy. */
  readonly lend?: boolean;
  /** Where payloads get their memory. */
  readonly memory?: PayloadMemory;
  /** A bigger point is `InvalidPoint`. */
  readonly limit?: PayloadLimit;
}

/** Gives memory of this size, whatever it holds. */
export type PayloadMemory = (bytes: number) => Uint8Array;

export const ownMemory: PayloadMemory = (bytes) => new Uint8Array(bytes);

/** How many bytes an entry's payload may have. */
export interface PayloadLimit {
  /** The limit at present. */
  readonly most: () => number;
  /** Called for a point that is over the limit. */
  readonly exceeded: (bytes: number) => void;
}

export const noLimit: PayloadLimit = { most: () => Infinity, exceeded: () => undefined };

/** @throws InvalidPoint for a point that the server is known not to accept, before any of it is sent. */
export function requireSize(where: Where, bytes: number, { most, exceeded }: PayloadLimit, place = ''): void {
  const limit = most();
  if (bytes <= limit) return;
  exceeded(bytes);
  throw invalidPoint(where, `at most ${limit} bytes, the limit of the server`, `${bytes} bytes${place}`);
}

/** Runs what allocates memory for a point; `InvalidPoint` if there is not enough of it, or none of that size. */
export function inMemory<A>(where: Where, make: () => A): A {
  try {
    return make();
  } catch (error) {
    const isMemory = error instanceof Object && 'message' in error && 'name' in error && error.name === 'RangeError';
    throw isMemory ? invalidPoint(where, 'a point that fits into memory', String(error.message)) : error;
  }
}

export const invalidPoint = (where: Where, expected: string, received: string): BlissdataErrorOf<'InvalidPoint'> =>
  blissdataError('InvalidPoint', { ...where, expected, received });

/** Entries that are encoded and wait to be written, in order. */
export class DraftQueue {
  private readonly drafts: EntryDraft[] = [];
  private pointCount = 0;
  private byteCount = 0;

  get entries(): number {
    return this.drafts.length;
  }

  get points(): number {
    return this.pointCount;
  }

  get bytes(): number {
    return this.byteCount;
  }

  push(draft: EntryDraft): void {
    this.drafts.push(draft);
    this.pointCount += draft.len;
    this.byteCount += draft.payload.length;
  }

  clear(): void {
    this.drafts.length = 0;
    this.pointCount = 0;
    this.byteCount = 0;
  }

  /** Removes entries from the front: as many as fit both limits, but at least one if there is any. */
  take(maxBytes: number, maxEntries: number): EntryDraft[] {
    let bytes = 0;
    let points = 0;
    let n = 0;
    for (const { len, payload } of this.drafts) {
      if (n > 0 && (n >= maxEntries || bytes + payload.length > maxBytes)) break;
      bytes += payload.length;
      points += len;
      n += 1;
    }
    this.byteCount -= bytes;
    this.pointCount -= points;
    return this.drafts.splice(0, n);
  }
}
