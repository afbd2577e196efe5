/** The codec of an encoding: all that depends on how a stream's points are written, and on the form their data has in memory. */
import { listLayout, pointCount, rowLayout, type DataLayout, type List } from '../../model/chunk-data.js';
import { fitsShape, ndArray, type NdArray } from '../../model/nd-array.js';
import { rowAt } from '../../model/rows.js';
import type { AnyChunkData, AnyPointValue, ChunkData, PointValue, StreamType } from '../../model/stream-type.js';
import { zeros } from '../../model/typed-array.js';
import type { Block } from '../../ports/streams.js';
import type { Decoded } from './block-entries.js';
import { decodeJson } from './decode-json.js';
import { decodeNumeric, decodeRagged } from './decode-numbers.js';
import { noLimit, type EntryBuilder, type EntryBuilderOptions } from './entry-builder.js';
import type { Encoding, EncodingOf, JsonEncoding, NumericEncoding, Where } from './encoding.js';
import { JsonEntryBuilder } from './json-entry-builder.js';
import { NumericEntryBuilder } from './numeric-entry-builder.js';

export interface Codec<T extends StreamType, Data extends AnyChunkData = ChunkData<T>, Value extends AnyPointValue = PointValue<T>> extends DataLayout<Data, Value> {
  readonly encoding: EncodingOf<T>;
  /**
   * Decodes all entries of a block. Good points before a bad entry are not lost: a reader delivers `data`, then fails with `bad`.
   *
   * Numbers share the memory of `block.bytes` where they lie there in the host's byte order and aligned, which is the usual case.
   *
   * @example
   * const { data, count, bad } = codecOf(encoding).decode(block, { key, stream: 'diode' });
   */
  decode(block: Block, where: Where): Decoded<Data>;
  /** The data of no points: an NdArray of shape `[0, ...]` that keeps dtype and point shape; for ragged and JSON streams an empty list. */
  empty(): Data;
  /** The data of any number of consecutive chunks as one; of a single one as it is. */
  concat(parts: readonly Data[]): Data;
  /** An array with one row a point, taken as data of this encoding, in the same memory; undefined if dtype or shape differ (always for JSON). */
  fromRows(rows: NdArray): Data | undefined;
  /**
   * Makes the builder of a writer's entries.
   *
   * Coalescing (the default) gathers points in entries of up to 64 KiB: numbers always, ragged ones while their shape stays the same,
   * JSON never; a bigger point is an entry by itself. Without coalescing each point is an entry, and so is a batch up to 1 MiB.
   *
   * @example
   * const builder = codecOf(encoding).builder({ key, stream: 'diode' });
   * builder.add(1.5);
   * builder.addBatch([2, 3]);
   * builder.take(1 << 20); // [{ len: 3, payload: 24 bytes }]
   */
  builder(where: Where, options?: EntryBuilderOptions): EntryBuilder<T>;
}

/** A codec of points of any type. */
export type AnyCodec<Data extends AnyChunkData = AnyChunkData> = Codec<StreamType, Data, AnyPointValue>;

const codecs = new WeakMap<Encoding, AnyCodec>();

/** The codec of an encoding; made once, then always the same one. */
export function codecOf<T extends StreamType>(encoding: EncodingOf<T>): Codec<T>;
export function codecOf(encoding: Encoding): AnyCodec {
  const known = codecs.get(encoding);
  if (known !== undefined) return known;
  const codec = makeCodec(encoding);
  codecs.set(encoding, codec);
  return codec;
}

const makeCodec = (encoding: Encoding): AnyCodec => (encoding._tag === 'json' ? jsonCodec(encoding) : encoding.ragged ? raggedCodec(encoding) : numericCodec(encoding));

const listCodec = {
  ...listLayout,
  empty: (): readonly never[] => [],
  concat: (parts: readonly List[]): List => (parts.length === 0 ? [] : listLayout.concat(parts)),
};

const jsonCodec = (encoding: JsonEncoding): AnyCodec<List> => ({
  ...listCodec,
  encoding,
  decode: decodeJson,
  fromRows: () => undefined,
  builder: (where: Where, { limit = noLimit }: EntryBuilderOptions = {}) => new JsonEntryBuilder(where, limit),
});

const raggedCodec = (encoding: NumericEncoding): AnyCodec<List> => ({
  ...listCodec,
  encoding,
  decode: (block: Block, where: Where) => decodeRagged(encoding, block, where),
  fromRows: (rows: NdArray) => (matches(encoding, rows) ? Array.from({ length: pointCount(rows) }, (_, i) => rowAt(rows, i)).filter((row) => row !== undefined) : undefined),
  builder: numericBuilder(encoding),
});

const numericCodec = (encoding: NumericEncoding): AnyCodec<NdArray> => ({
  ...rowLayout,
  encoding,
  decode: (block: Block, where: Where) => decodeNumeric(encoding, block, where),
  empty: (): NdArray => ndArray(encoding.dtype, [0, ...encoding.shape], zeros(encoding.dtype, 0)),
  concat(parts: readonly NdArray[]): NdArray {
    return parts.length === 0 ? this.empty() : rowLayout.concat(parts);
  },
  fromRows: (rows: NdArray) => (matches(encoding, rows) ? rows : undefined),
  builder: numericBuilder(encoding),
});

const matches = ({ dtype, shape }: NumericEncoding, rows: NdArray): boolean => rows.dtype === dtype && fitsShape(shape, rows.shape.slice(1));

const numericBuilder =
  (encoding: NumericEncoding) =>
  (where: Where, { coalesce = true, limit = noLimit }: EntryBuilderOptions = {}): NumericEntryBuilder =>
    new NumericEntryBuilder(encoding, where, coalesce, limit);
