/** A stream of a scan, for reading: the public class. */
import * as E from 'fp-ts/lib/Either.js';
import { map, ReplaySubject, share, switchMap, throwError, type Observable, type ObservableInput } from 'rxjs';
import type { Dtype } from '../model/dtype.js';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import { ownPoint } from '../model/chunk-data.js';
import type { JsonObject } from '../model/json.js';
import type { Chunk, ChunkData, PacedChunk, Point, PointValue, StreamType } from '../model/stream-type.js';
import type { StreamSource } from '../reading/reader/stream-source.js';
import type { Core } from '../reading/core.js';
import { isSameKind, type KindOfStream, type StreamKind } from './stream-kind.js';
import { codecOf } from '../wire/encoding/codec.js';
import type { Encoding, EncodingOf } from '../wire/encoding/encoding.js';
import { consumeChunks, emitLastPoint, emitPoints, type ConsumeOptions } from './consume.js';
import { StreamCursor, type CursorOptions } from './cursor.js';
import { EntryPoints } from './entry-points.js';
import { interoperable } from './iteration.js';
import type { SliceBounds } from './random-access.js';
import type { StreamPoints } from './stream-points.js';
import { waitSealed } from './wait-sealed.js';

/**
 * A stream of typed points, as a scan's publisher declared it. Nothing is read before a subscription.
 *
 * `T` is the type of the points: `Stream<'float64'>` has numbers, `Stream<'uint16[]'>` images or vectors of one shape, `Stream<'json'>`
 * documents. `scan.stream(name, type)` checks it.
 *
 * A stream that this package cannot read (an unknown encoding, long double, an unknown plugin) is listed all the same, so that the rest of
 * the scan works: `problem` says why, and reading it errors with that.
 *
 * @example
 * const diode = await firstValueFrom(scan.stream('diode', 'float64'));
 * diode.points$.subscribe(({ index, value }) => console.log(index, value));
 */
export class Stream<T extends StreamType = StreamType> implements AsyncIterable<Chunk<T>> {
  /** The publisher's metadata: unit, dtype, shape, file paths, ... */
  readonly info: JsonObject;

  /**
   * The newest point, and every newer one as long as the subscriber keeps up: points in between are skipped.
   * Subscribers share the reads, and late ones get the newest point replayed. Completes after the last point of a sealed stream.
   * Errors: `InvalidEntry`, `StreamDeleted`, `StreamRewound`, `StreamOverlap`, `ScanNotFound`, `StoreClosed`.
   *
   * A call takes 2 ms here. A read requests two points: a single one is the newest; after two there may be more, and another call gets the
   * newest.
   *
   * ```
   * published:  a------bcdef--------g|
   * latest$:    --a--------e-f--------(g|)
   * ```
   */
  readonly latest$: Observable<Point<T>>;

  private readonly origin: E.Either<BlissdataError, StreamPoints<T>>;

  /**
   * @internal
   * @param kindOfStream what the stream's kind makes of it; a plain stream without it
   */
  constructor(
    private readonly core: Core,
    private readonly source: StreamSource,
    private readonly decodedEncoding: E.Either<BlissdataError, EncodingOf<T>>,
    info: JsonObject,
    private readonly kindOfStream?: KindOfStream<T>,
  ) {
    this.info = info;
    this.origin = E.isLeft(decodedEncoding) ? decodedEncoding : E.right(kindOfStream?.points ?? new EntryPoints({ core, source, codec: codecOf(decodedEncoding.right) }));
    this.latest$ = this.readable((points) => consumeChunks<T, Point<T>>(core, points, emitLastPoint, { policy: 'newest' })).pipe(
      share({ connector: () => new ReplaySubject<Point<T>>(1) }),
      // Each subscriber gets memory of its own.
      map(({ index, value }) => ({ index, value: ownPoint<T>(value) })),
    );
  }

  static {
    interoperable(this.prototype);
  }

  get name(): string {
    return this.source.name;
  }

  /** The Redis key of the points. */
  get key(): string {
    return this.source.key;
  }

  /**
   * The stream's kind: `plain`, or a name that blissdata or the store's `kinds` know (`hdf5_fallback`, `lima`, ...). All kinds are read in
   * the same way; {@link Stream.as} gives what a kind has beside points.
   */
  get kind(): string {
    return this.kindOfStream?.kind.name ?? 'plain';
  }

  /**
   * What a kind offers beside the points; undefined for a stream of another kind, and for one with a `problem`.
   *
   * @example
   * const references$ = stream.as(lima)?.references(0, 10);
   */
  as<A>(kind: StreamKind<A>): A | undefined {
    const opened = this.kindOfStream;
    // Made by this kind when it opened the stream.
    return opened !== undefined && isSameKind(opened.kind, kind) ? (opened.access as A) : undefined;
  }

  /** How the points are encoded (or would be, if their kind takes them from elsewhere); undefined if there is a `problem`. */
  get encoding(): Encoding | undefined {
    return E.isRight(this.decodedEncoding) ? this.decodedEncoding.right : undefined;
  }

  /** `float64`, `uint16[]`, `int32[*]`, `json`, ...; undefined if there is a `problem`. */
  get type(): T | undefined {
    return E.isRight(this.decodedEncoding) ? this.decodedEncoding.right.type : undefined;
  }

  /** The dtype of the numbers; undefined for JSON. */
  get dtype(): Dtype | undefined {
    return this.encoding?._tag === 'numeric' ? this.encoding.dtype : undefined;
  }

  /** The shape of one point, -1 for a free dimension; `[]` for scalars and JSON. */
  get shape(): readonly number[] {
    return this.encoding?._tag === 'numeric' ? this.encoding.shape : [];
  }

  /** Why this stream cannot be read, if it cannot. */
  get problem(): BlissdataError | undefined {
    return E.isLeft(this.decodedEncoding) ? this.decodedEncoding.left : undefined;
  }

  /**
   * All points in chunks as they come from the server: the fast path. Each subscriber reads on its own, from index 0.
   *
   * Completes at the seal. `expired` of a chunk counts the points before its data that were trimmed off.
   * Errors: `InvalidEntry`, `StreamDeleted`, `StreamRewound`, `StreamOverlap`, `ScanNotFound`, `StoreClosed`. A lost connection is not an
   * error, here and everywhere else: reading resumes where it was, and `store.status$` reports it. It ends as `Disconnected` (or `ServerBusy`)
   * only if the store's option `retry` sets a limit.
   *
   * This is push: a chunk counts as consumed when the subscriber returns. For asynchronous work use `for await` or `consume`, not
   * `concatMap(slow)`, which reads ahead without bound.
   */
  get chunks$(): Observable<Chunk<T>> {
    return this.chunksFrom(0);
  }

  /** The same from a given index on; `InvalidArgument` unless that is an integer from 0. */
  chunksFrom(index: number): Observable<Chunk<T>> {
    if (!Number.isSafeInteger(index) || index < 0) return throwError(() => blissdataError('InvalidArgument', { argument: 'index', expected: 'an integer from 0', received: String(index) }));
    return this.readable((points) => consumeChunks<T, Chunk<T>>(this.core, points, ({ dropped: _, ...chunk }, chunks) => chunks.next(chunk), { from: index }));
  }

  /**
   * All points one by one, with their indices, from 0 to the seal (the publisher's `|`).
   *
   * ```
   * published:  --a-b------(cd)---|
   * points$:    --a-b------(cd)---|
   * late:             (ab)-(cd)---|
   * ```
   *
   * Errors with `IndexNoMoreThere` at the first point that was trimmed off, and with the errors of `chunks$`.
   */
  get points$(): Observable<Point<T>> {
    return this.points();
  }

  /** `points$`; with `expired: 'skip'` it continues after points that were trimmed off (which the indices show). */
  points(options: { readonly expired?: 'error' | 'skip' } = {}): Observable<Point<T>> {
    const { expired = 'error' } = options;
    return this.readable((points) => consumeChunks<T, Point<T>>(this.core, points, (chunk, results) => emitPoints(chunk, this.source, { expired, hint: points.hint }, results)));
  }

  /** How many points were published so far, trimmed ones included. Emits once. */
  length(): Observable<number> {
    return this.readable((points) => points.length());
  }

  /**
   * Emits the number of points once the stream is sealed, and completes. Reads no points.
   *
   * ```
   * published:     -a-b-c--|
   * waitSealed():  --------(3|)
   * ```
   *
   * Errors: `ScanNotFound`, `StreamDeleted`, `StreamRewound`, `StoreClosed`.
   */
  waitSealed(): Observable<number> {
    const sealed$ = waitSealed(this.core, this.source);
    // The points of other kinds are not the entries.
    return this.kindOfStream === undefined ? sealed$ : sealed$.pipe(switchMap(() => this.length()));
  }

  /**
   * The point at an index; a negative one counts from the end. Emits once. All calls within one tick are sent as one request.
   *
   * | index | open stream, or nothing sent yet | sealed stream of n points |
   * |---|---|---|
   * | exists, even within a batch | the point | the point |
   * | trimmed off | `IndexNoMoreThere` | `IndexNoMoreThere` |
   * | beyond the end | `IndexNotYetThere` | `IndexWontBeThere` |
   * | -1 to -n | `IndexNotYetThere`: the end is not known | the point n + index, or `IndexNoMoreThere` |
   * | below -n | `IndexNotYetThere` | `IndexOutOfRange` |
   *
   * Other errors: `InvalidArgument` unless the index is an integer; `StreamOverlap` for a point of a batch into which a second writer put
   * entries before it (up to 64 of them); `InvalidEntry`, `StoreClosed`.
   *
   * Python 2.x answers the same, except that it takes an open stream of which everything was trimmed off for an empty one.
   */
  at(index: number): Observable<PointValue<T>> {
    return this.readable((points) => points.at(index));
  }

  /**
   * The points from `start` (0) up to but not including `stop` (the present end), every `step`th (1). Emits once.
   *
   * | slice | open stream, or nothing sent yet | sealed stream of n points |
   * |---|---|---|
   * | `stop` left out, or beyond the end | up to the present end | up to the end |
   * | `start` beyond the end, or `stop` not after `start` | empty | empty |
   * | negative bounds | `IndexNotYetThere`: the end is not known | count from the end, and clamp at 0 |
   * | `start` trimmed off, and not empty | `IndexNoMoreThere` | `IndexNoMoreThere` |
   * | negative `step` | empty, or the error of a positive one | likewise |
   * | `step` of 0 | `InvalidArgument` | `InvalidArgument` |
   *
   * The same as Python's `stream[start:stop:step]` in 2.x; in 1.x `stop` may be left out only if the stream is sealed. Slices never go
   * backwards, neither there nor here. In Python a `step` of 0 is an error only if there are points to step over, and an open stream of which
   * everything was trimmed off is empty.
   *
   * An empty slice keeps dtype and point shape; of ragged streams and of JSON it is an empty list.
   * Other errors: `InvalidArgument` unless the bounds are integers; `StreamOverlap`, `InvalidEntry`, `StoreClosed`.
   */
  slice(bounds: SliceBounds = {}): Observable<ChunkData<T>> {
    return this.readable((points) => points.slice(bounds));
  }

  /**
   * Works on the stream chunk by chunk, and reads no faster than the work gets done: the backlog stays in Redis.
   *
   * `project` is called with a chunk. If it returns a Promise or an Observable, the next chunk is not demanded before that has ended;
   * `concurrency` chunks may be worked on at once. Up to `credit` is read ahead meanwhile.
   *
   * ```
   * published:         a-b-c-d-e|
   * consume(project):  ------x-----y-----(z|)    each takes 6 ms; x: a, y: b to d, z: e
   * consume(project, { policy: 'newest' }):
   *                    ------x-----y-----(z|)    x: a, y: d (dropped 2), z: e
   * ```
   *
   * - Emits what the work emits; nothing for a `project` that returns nothing.
   * - Completes when the stream is sealed and all work is done.
   * - Errors with the errors of `chunks$` and of the work; `InvalidArgument` for invalid options.
   * - Unsubscribing ends reading, and unsubscribes from the work.
   *
   * @example
   * stream.consume((chunk) => fetch(url, { method: 'POST', body: chunk.data.data }), { concurrency: 2 }).subscribe();
   * stream.consume((chunk) => draw(chunk), { policy: { every: 100 } }).subscribe();
   */
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a function that returns nothing is as good as one that returns undefined
  consume<R = never>(project: (chunk: PacedChunk<T>) => ObservableInput<R> | void, options?: ConsumeOptions): Observable<R> {
    return this.readable((points) => consumeChunks<T, R>(this.core, points, (chunk) => project(chunk), options));
  }

  /**
   * A position in the stream that moves forward with every `read`; also an asynchronous iterable.
   *
   * @throws the stream's `problem`, and `InvalidArgument` for invalid options
   * @example
   * for await (const chunk of stream.cursor({ policy: { window: 1000 } })) await show(chunk);
   */
  cursor(options: CursorOptions = {}): StreamCursor<T> {
    return new StreamCursor(this.core, this.pointsOrThrow(), options);
  }

  /**
   * Reads chunk by chunk at the pace of the loop's body, and no further ahead than the default credit. Leaving the loop, `return()`,
   * `Readable.from(stream).destroy()` and unsubscribing from `from(stream)` end a pending read at once.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Chunk<T>, void, undefined> & AsyncDisposable {
    return this.cursor()[Symbol.asyncIterator]();
  }

  private readable<A>(use: (points: StreamPoints<T>) => Observable<A>): Observable<A> {
    const { origin } = this;
    return E.isRight(origin) ? use(origin.right) : throwError(() => origin.left);
  }

  private pointsOrThrow(): StreamPoints<T> {
    if (E.isLeft(this.origin)) throw this.origin.left;
    return this.origin.right;
  }
}
