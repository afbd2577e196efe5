/** The interface of a stream kind, which users may implement: how its streams are recognised, and where their points come from. */
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

/** Where the store can read points that are not in Redis. */
export interface Resources {
  readonly files?: ArrayFiles | undefined;
  readonly images?: LiveImages | undefined;
}

/** What a stream's publisher says of it. */
export interface StreamDeclaration {
  readonly name: string;
  readonly info: JsonObject;
  /** The type of its entries: `json`, `uint32`, ... */
  readonly type: StreamType;
  readonly scan: ScanOfStream;
}

/** A stream as its publisher declared it. */
export interface DeclaredStream extends Resources, StreamDeclaration {
  /** The Redis key of its entries. */
  readonly key: Key;
  /** The entries as points. Throws `DtypeMismatch` if they are of another type. */
  entries<T extends StreamType>(type: T): StreamPoints<T>;
  /** @internal */
  readonly readable: ReadableStream<StreamType>;
}

/** What a kind makes of a stream. */
export interface OpenedStream<T extends StreamType = StreamType, A = unknown> {
  /** The type of the points: `numeric('uint16', [512, 512])`, `json()`. */
  readonly type: Encoder<T>;
  readonly points: StreamPoints<T>;
  /** What the kind offers beside the points: the value of `stream.as(kind)`. */
  readonly access: A;
}

/**
 * A kind of streams whose points are not simply their entries.
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
  /** The value of `info.plugin` for streams of this kind. A name that blissdata has as well replaces that kind. */
  readonly name: string;
  /**
   * Identifies the kind to `stream.as` where it is another object: a package that is both imported and required is loaded twice, and
   * `Symbol.for(text)` is the same in both. Without an `id`, only the object that the store was given is this kind.
   */
  readonly id?: symbol;
  /** Recognises streams of this kind that have no `info.plugin`. */
  readonly recognises?: (declared: DeclaredStream) => boolean;
  /**
   * Called once, when the stream is first seen. What it throws becomes the stream's `problem`: a `BlissdataError` as it is, anything else as a
   * `BrokenPlugin`.
   */
  readonly open: (declared: DeclaredStream) => OpenedStream<StreamType, A>;
}

/** A stream's kind and, if it could open the stream, its points. */
export interface KindOfStream<T extends StreamType = StreamType> {
  readonly kind: Pick<StreamKind, 'name' | 'id'>;
  readonly points?: StreamPoints<T>;
  readonly access?: unknown;
}

/** Kinds are compared by their `id`: the ESM and the CommonJS build may both be loaded, each with objects of its own. */
export const isSameKind = (one: Pick<StreamKind, 'name' | 'id'>, other: Pick<StreamKind, 'name' | 'id'>): boolean =>
  one === other || (one.id !== undefined && one.id === other.id);
