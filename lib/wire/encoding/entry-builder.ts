/** Encodes the points that a stream's writer is given, and gathers them into entries until they are taken away to be written. */
import type { BatchInput, PointInput, StreamType } from '../../model/stream-type.js';
import type { EntryDraft } from './draft-queue.js';
import type { Encoding, EncodingOf, Where } from './encoding.js';
import { JsonEntryBuilder } from './json-entry-builder.js';
import { NumericEntryBuilder } from './numeric-entry-builder.js';
import { noLimit, type PayloadLimit } from './point-rows.js';

/**
 * The entries of one stream in the making. A value that does not fit throws `InvalidPoint` and leaves everything as it was,
 * the rest of its batch included.
 */
export interface EntryBuilder<T extends StreamType = StreamType> {
  add(value: PointInput<T>): void;
  /** Answers how many points the batch held. */
  addBatch(values: BatchInput<T>): number;
  readonly pendingPoints: number;
  /** The bytes of all payloads that wait, without Redis' overhead of some 100 bytes an entry. */
  readonly pendingBytes: number;
  /**
   * Takes entries from the front: those that fit both limits, but always one if any point waits.
   * What is left goes on being gathered.
   */
  take(maxBytes: number, maxEntries?: number): EntryDraft[];
  /** The same points in two entries; the entry itself where it holds only one. */
  split(entry: EntryDraft): readonly EntryDraft[];
  /** Lets go of all that waits, and of the memory that was gathered in. */
  clear(): void;
}

export interface EntryBuilderOptions {
  readonly coalesce?: boolean;
  /** A point of more is `InvalidPoint`. */
  readonly limit?: PayloadLimit;
}

/**
 * Makes the builder for a stream.
 *
 * Coalescing (the default) gathers points in entries of up to 64 KiB: numbers always, ragged ones while their shape stays the same,
 * JSON never; a single bigger point is an entry by itself. Without coalescing a point is an entry, and so is a batch up to 1 MiB.
 *
 * @example
 * const builder = entryBuilder(encoding, { key, stream: 'diode' });
 * builder.add(1.5);
 * builder.addBatch([2, 3]);
 * builder.take(1 << 20); // [{ len: 3, payload: 24 bytes }]
 */
export function entryBuilder<T extends StreamType>(encoding: EncodingOf<T>, where: Where, options?: EntryBuilderOptions): EntryBuilder<T>;
export function entryBuilder(encoding: Encoding, where: Where, { coalesce = true, limit = noLimit }: EntryBuilderOptions = {}): JsonEntryBuilder | NumericEntryBuilder {
  return encoding._tag === 'json' ? new JsonEntryBuilder(where, limit) : new NumericEntryBuilder(encoding, where, coalesce, limit);
}
