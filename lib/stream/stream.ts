/** A stream of a scan, for reading. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
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
 * A stream of typed points, as a scan's publisher declared it. Nothing is read before something is subscribed to.
 *
 * `T` tells what the points are: `Stream<'float64'>` has numbers, `Stream<'uint16[]'>` images or vectors of one shape,
 * `Stream<'json'>` documents. `scan.stream(name, type)` checks it.
 *
 * A stream that this package cannot read (an unknown encoding, long double, an unknown plugin) is there all the same, so that
 * the rest of the scan works: `problem` says why, and whatever reads it errors with that.
 *
 * @example
 * const diode = await firstValueFrom(scan.stream('diode', 'float64'));
 * diode.points$.subscribe(({ index, value }) => console.log(index, value));
 */
export class Stream<T extends StreamType = StreamType> implements AsyncIterable<Chunk<T>> {
  /** What the publisher said of the stream: unit, dtype, shape, file paths, ... */
  readonly info: JsonObject;

  /**
   * The newest point, and every newer one as long as the subscriber keeps up: points in between are skipped.
   * Replays the newest to late subscribers, who share the reading. Completes after the last point of a sealed stream.
   * Errors: `InvalidEntry`, `StreamDeleted`, `StreamRewound`, `StreamOverlap`, `ScanNotFound`, `StoreClosed`.
   *
   * A call takes 2 ms here. A read asks for two points: one is the newest; where there are two there may be more, and another
   * call gets the newest.
   *
   * ```
   * published:  a------bcdef--------g|
   * latest$:    --a--------e-f--------(g|)
   * ```
   */
  readonly latest$: Observable<Point<T>>;

  /** Where the points come from. */
  private readonly origin: E.Either<BlissdataError, StreamPoints<T>>;

  /**
   * @internal
   * @param kindOfStream what the stream's kind makes of it; nothing special, if it is left out
   */
  constructor(
    private readonly core: Core,
    private readonly source: StreamSource,
    private readonly decodedEncoding: E.Either<BlissdataError, EncodingOf<T>>,
    info: JsonObject,
    private readonly kindOfStream?: KindOfStream<T>,
  ) {
    this.info = info;
    this.origin = pipe(
      decodedEncoding,
      E.map((encoding) => kindOfStream?.points ?? new EntryPoints({ core, source, codec: codecOf(encoding) })),
    );
    this.latest$ = this.readable((points) => consumeChunks<T, Point<T>>(core, points, emitLastPoint, { policy: 'newest' })).pipe(
      share({ connector: () => new ReplaySubject<Point<T>>(1), resetOnComplete: true, resetOnError: true, resetOnRefCountZero: true }),
      // Whatever one of them does with it, the others have theirs.
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
   * The stream's kind: `plain`, or the name of one of those that blissdata or the store's `kinds` know of (`hdf5_fallback`, `lima`, ...).
   * All kinds are read in the same way; what more there is to one gives {@link Stream.as}.
   */
  get kind(): string {
    return this.kindOfStream?.kind.name ?? 'plain';
  }

  /**
   * What a kind offers beside the points; undefined for a stream of another kind, and where there is a `problem`.
   *
   * @example
   * const references$ = stream.as(lima)?.references(0, 10);
   */
  as<A>(kind: StreamKind<A>): A | undefined {
    const opened = this.kindOfStream;
    // Its kind made it when it opened the stream.
    return opened !== undefined && isSameKind(opened.kind, kind) ? (opened.access as A) : undefined;
  }

  /** How the points are encoded, or would be, where their kind takes them from elsewhere; undefined where `problem` says why not. */
  get encoding(): Encoding | undefined {
    return E.isRight(this.decodedEncoding) ? this.decodedEncoding.right : undefined;
  }

  /** `float64`, `uint16[]`, `int32[*]`, `json`, ...; undefined where there is a `problem`. */
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

  /** Why this stream cannot be read, if so. */
  get problem(): BlissdataError | undefined {
    return E.isLeft(this.decodedEncoding) ? this.decodedEncoding.left : undefined;
  }

  /**
   * All points in chunks as they come from the server: the fast path. Each subscriber is a cursor of its own, from index 0.
   *
   * Completes at the seal. A chunk tells how many points before its data were trimmed off (`expired`).
   * Errors: `InvalidEntry`, `StreamDeleted`, `StreamRewound`, `StreamOverlap`, `ScanNotFound`, `StoreClosed`. A lost connection is none, here
   * and everywhere else: reading goes on where it was, and `store.status$` tells. Only where the store's option `retry` sets a limit it is
   * `Disconnected` (or `ServerBusy`) in the end.
   *
   * Push: the subscriber's return counts as consumption. For work that takes time use `for await`, not `concatMap(slow)`,
   * which reads ahead without bound.
   */
  get chunks$(): Observable<Chunk<T>> {
    return this.chunksFrom(0);
  }

  /** The same from a given index on; `InvalidArgument` for one that is negative or no integer. */
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
   * Errors with `IndexNoMoreThere` at the first point that was trimmed off, besides what `chunks$` errors with.
   */
  get points$(): Observable<Point<T>> {
    return this.points();
  }

  /** `points$`, or with `expired: 'skip'` going on after points that were trimmed off (the indices tell). */
  points(options: { readonly expired?: 'error' | 'skip' } = {}): Observable<Point<T>> {
    const { expired = 'error' } = options;
    return this.readable((points) => consumeChunks<T, Point<T>>(this.core, points, (chunk, results) => emitPoints(chunk, this.source, { expired, hint: points.hint }, results)));
  }

  /** How many points were published so far, trimmed ones included. Emits once. */
  length(): Observable<number> {
    return this.readable((points) => points.length());
  }

  /**
   * Waits until the stream is sealed, emits its number of points and completes; reads no points.
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
    // Of other kinds, points are not what the entries are.
    return this.kindOfStream === undefined ? sealed$ : sealed$.pipe(switchMap(() => this.length()));
  }

  /**
   * The point at an index; a negative one counts from the end. Emits once. What is asked of a stream within one tick goes out as one request.
   *
   * | index | open stream, or nothing sent yet | sealed stream of n points |
   * |---|---|---|
   * | there, be it within a batch | the point | the point |
   * | trimmed off | `IndexNoMoreThere` | `IndexNoMoreThere` |
   * | beyond the end | `IndexNotYetThere` | `IndexWontBeThere` |
   * | -1 to -n | `IndexNotYetThere`: the end is not known | the point n + index, or `IndexNoMoreThere` |
   * | below -n | `IndexNotYetThere` | `IndexOutOfRange` |
   *
   * Other errors: `InvalidArgument` for what is no integer; `StreamOverlap` for a point of a batch that a second writer put entries
   * into before it (as far as up to 64 of them lie between); `InvalidEntry`, `StoreClosed`.
   *
   * Python 2.x answers the same but where an open stream was trimmed to nothing, which it takes for one that nothing was sent to.
   */
  at(index: number): Observable<PointValue<T>> {
    return this.readable((points) => points.at(index));
  }

  /**
   * The points from `start` (0) up to but not including `stop` (what is there now), every `step`th (1). Emits once.
   *
   * | slice | open stream, or nothing sent yet | sealed stream of n points |
   * |---|---|---|
   * | `stop` left out, or beyond the end | what is there now | up to the end |
   * | `start` beyond the end, or `stop` not after `start` | empty | empty |
   * | negative bounds | `IndexNotYetThere`: the end is not known | count from the end, and clamp at 0 |
   * | `start` trimmed off, and not empty | `IndexNoMoreThere` | `IndexNoMoreThere` |
   * | negative `step` | empty, or the error that it would be forwards | likewise |
   * | `step` of 0 | `InvalidArgument` | `InvalidArgument` |
   *
   * This is what Python's `stream[start:stop:step]` gives in 2.x; in 1.x `stop` may be left out of slices of sealed streams only. A slice
   * never goes backwards, neither there nor here. A `step` of 0 is an error there only if there are points to step over, and an open stream
   * that was trimmed to nothing is there as empty as one that nothing was sent to.
   *
   * An empty slice keeps dtype and point shape; of ragged streams and of JSON it is an empty list.
   * Other errors: `InvalidArgument` for bounds that are no integers; `StreamOverlap`, `InvalidEntry`, `StoreClosed`.
   */
  slice(bounds: SliceBounds = {}): Observable<ChunkData<T>> {
    return this.readable((points) => points.slice(bounds));
  }

  /**
   * Works on the stream chunk by chunk, and reads no more than the work can take: the backlog stays in Redis.
   *
   * `project` is called with a chunk, and what it gives, a Promise or an Observable, is waited for before the next chunk is asked
   * for; with `concurrency` so many may be worked on at once. Up to `credit` is read ahead meanwhile.
   *
   * ```
   * published:         a-b-c-d-e|
   * consume(project):  ------x-----y-----(z|)    each takes 6 ms, and tells what it got; x: a, y: b to d, z: e
   * consume(project, { policy: 'newest' }):
   *                    ------x-----y-----(z|)    x: a, y: d (dropped 2), z: e
   * ```
   *
   * - Emits what the work emits; nothing for a `project` that gives nothing.
   * - Completes when the stream is sealed and all work is done.
   * - Errors with what `chunks$` errors with, and with what the work errors with; `InvalidArgument` for options that are none.
   * - Unsubscribing ends the reading, and unsubscribes from the work.
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
   * A place in the stream that moves on with every `read`, and which can be iterated over.
   *
   * @throws what `problem` says, and `InvalidArgument` for options that are none
   * @example
   * for await (const chunk of stream.cursor({ policy: { window: 1000 } })) await show(chunk);
   */
  cursor(options: CursorOptions = {}): StreamCursor<T> {
    return new StreamCursor(this.core, this.pointsOrThrow(), options);
  }

  /**
   * Reads chunk by chunk at the pace of the loop's body, and no further ahead than the default credit. Leaving it ends a read that waits
   * at once: `return()`, `Readable.from(stream).destroy()`, unsubscribing from `from(stream)`.
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
