/** What a stream kind is: how streams of it are recognised, and what it makes of one. Users may write their own. */
import type { JsonObject } from '../model/json.js';
import type { StreamType } from '../model/stream-type.js';
import type { ArrayFiles } from '../ports/files.js';
import type { Key } from '../ports/keys.js';
import type { LiveImages } from '../ports/live-images.js';
import type { ReadableStream } from '../reading/reader/stream-source.js';
import type { Encoder } from '../wire/encoding/encoders.js';
import type { StreamPoints } from './stream-points.js';

/** The scan that a stream belongs to, as it was when the stream was first seen. */
export interface ScanOfStream {
  readonly key: Key;
  readonly info: JsonObject;
  readonly identity: Readonly<Record<string, unknown>>;
}

/** Where points may be had besides in Redis: what the store was given. */
export interface Resources {
  readonly files?: ArrayFiles | undefined;
  readonly images?: LiveImages | undefined;
}

/** A stream as its publisher declared it. */
export interface DeclaredStream extends Resources {
  readonly name: string;
  /** The Redis key of its entries. */
  readonly key: Key;
  readonly info: JsonObject;
  /** What its entries are: `json`, `uint32`, ... */
  readonly type: StreamType;
  readonly scan: ScanOfStream;
  /** The entries, taken as points. Throws `DtypeMismatch` if they are of another type. */
  entries<T extends StreamType>(type: T): StreamPoints<T>;
  /** @internal */
  readonly readable: ReadableStream<StreamType>;
}

/** What a kind makes of a stream. */
export interface OpenedStream<T extends StreamType = StreamType, A = unknown> {
  /** The type of the points, as `numeric('uint16', [512, 512])` or `json()` say it. */
  readonly type: Encoder<T>;
  readonly points: StreamPoints<T>;
  /** What there is beside the points: `stream.as(kind)` gives it. */
  readonly access: A;
}

/**
 * A kind of streams, whose points are made of something else than the entries alone.
 *
 * @example
 * // Publishers write { peaks: [x, y, height] } and `plugin: 'peaks'`; readers get arrays of three numbers.
 * const peaks: StreamKind<{ readonly unit: string }> = {
 *   name: 'peaks',
 *   open: (declared) => {
 *     const type = numeric('float64', [3]);
 *     const points = mapPoints<'json', 'float64[]'>(declared.entries('json'), (documents) => ndArray('float64', [documents.length, 3], decodePeaks(documents)));
 *     return { type, points, access: { unit: String(declared.info['unit']) } };
 *   },
 * };
 * const store = DataStore.connect(url, { kinds: [peaks] });
 */
export interface StreamKind<A = unknown> {
  /** What `info.plugin` is for streams of this kind. One that blissdata has as well stands in for that. */
  readonly name: string;
  /**
   * What `stream.as` knows the kind by, where the object itself is another: a package that is both imported and required is loaded twice.
   * `Symbol.for(text)` is the same in both. Without it, only the very object that the store was given is the same kind.
   */
  readonly id?: symbol;
  /** Tells streams of this kind that have no `info.plugin`. */
  readonly recognises?: (declared: DeclaredStream) => boolean;
  /**
   * Called once, when the stream is first seen. What it throws is the stream's `problem`: a `BlissdataError` as it is, anything else as
   * `BrokenPlugin`.
   */
  readonly open: (declared: DeclaredStream) => OpenedStream<StreamType, A>;
}

/** A stream's kind, and what it made of it; the latter only if it could. */
export interface KindOfStream<T extends StreamType = StreamType> {
  readonly kind: Pick<StreamKind, 'name' | 'id'>;
  readonly points?: StreamPoints<T>;
  readonly access?: unknown;
}

/** By their `id`, if they have one: the ESM and the CommonJS build may both be loaded, and each has objects of its own. */
export const isSameKind = (one: Pick<StreamKind, 'name' | 'id'>, other: Pick<StreamKind, 'name' | 'id'>): boolean =>
  one === other || (one.id !== undefined && one.id === other.id);
