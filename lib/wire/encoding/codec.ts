/** The codec of an encoding: all that depends on how a stream's points are written, and on the form their data has in memory. */
import { ListLayout, pointCount, RowLayout, type DataLayout, type List } from '../../model/chunk-data.js';
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

const makeCodec = (encoding: Encoding): AnyCodec => (encoding._tag === 'json' ? new JsonCodec(encoding) : encoding.ragged ? new RaggedCodec(encoding) : new NumericCodec(encoding));

// Classes, whose methods all codecs of a form share: a scan may have ten thousand streams, each with a codec of its own.

abstract class ListCodec extends ListLayout {
  empty(): readonly never[] {
    return [];
  }

  override concat(parts: readonly List[]): List {
    return parts.length === 0 ? [] : super.concat(parts);
  }
}

class JsonCodec extends ListCodec implements AnyCodec<List> {
  readonly decode = decodeJson;

  constructor(readonly encoding: JsonEncoding) {
    super();
  }

  fromRows(): undefined {
    return undefined;
  }

  builder(where: Where, { limit = noLimit }: EntryBuilderOptions = {}): JsonEntryBuilder {
    return new JsonEntryBuilder(where, limit);
  }
}

class RaggedCodec extends ListCodec implements AnyCodec<List> {
  constructor(readonly encoding: NumericEncoding) {
    super();
  }

  decode(block: Block, where: Where): Decoded<readonly NdArray[]> {
    return decodeRagged(this.encoding, block, where);
  }

  fromRows(rows: NdArray): List | undefined {
    return matches(this.encoding, rows) ? Array.from({ length: pointCount(rows) }, (_, i) => rowAt(rows, i)).filter((row) => row !== undefined) : undefined;
  }

  builder(where: Where, options?: EntryBuilderOptions): NumericEntryBuilder {
    return numericBuilder(this.encoding, where, options);
  }
}

class NumericCodec extends RowLayout implements AnyCodec<NdArray> {
  constructor(readonly encoding: NumericEncoding) {
    super();
  }

  decode(block: Block, where: Where): Decoded<NdArray> {
    return decodeNumeric(this.encoding, block, where);
  }

  empty(): NdArray {
    const { dtype, shape } = this.encoding;
    return ndArray(dtype, [0, ...shape], zeros(dtype, 0));
  }

  override concat(parts: readonly NdArray[]): NdArray {
    return parts.length === 0 ? this.empty() : super.concat(parts);
  }

  fromRows(rows: NdArray): NdArray | undefined {
    return matches(this.encoding, rows) ? rows : undefined;
  }

  builder(where: Where, options?: EntryBuilderOptions): NumericEntryBuilder {
    return numericBuilder(this.encoding, where, options);
  }
}

const matches = ({ dtype, shape }: NumericEncoding, rows: NdArray): boolean => rows.dtype === dtype && fitsShape(shape, rows.shape.slice(1));

const numericBuilder = (encoding: NumericEncoding, where: Where, options?: EntryBuilderOptions): NumericEntryBuilder => new NumericEntryBuilder(encoding, where, options);
