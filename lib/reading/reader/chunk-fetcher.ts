/** Fetches one chunk: the read itself and, if its answer calls for more, the requests that follow it. Knows how many entries to request. */
import { defer, isObservable, map, Observable, of, Subscription, switchMap, type Unsubscribable } from 'rxjs';
import type { Block, ReadRequest } from '../../ports/streams.js';
import { originId } from '../../wire/stream-id.js';
import type { Core } from '../core.js';
import type { ReadAnswer, ReadListener } from '../read-scheduler.js';
import { TrackedPosition } from './continuity.js';
import { diagnoseEmptyRead } from './diagnose-empty-read.js';
import { advance, advanceOverExpired, advanceToNewest, lastPoints, type EncodedChunk } from './encoded-chunk.js';
import type { Pace } from './reader-options.js';
import type { StreamSource } from './stream-source.js';

/** What an entry takes on the wire besides its payload. */
const entryOverhead = 60;
/** Replies of more small entries are not faster, and would be big if the entries after them were. */
const mostEntriesPerRead = 8000;
/** How many entries the first read requests, while their size is unknown, and how fast that may grow from read to read. */
const firstEntries = 100;
const growth = 8;

/** What to fetch. */
export interface Fetch {
  readonly pace: Pace;
  /** The credit left, in bytes. */
  readonly maxBytes: number;
  /** How much of it a remote database may use without further requests. */
  readonly ahead: number;
  /** Whether an invalidation is the reason for it. */
  readonly invalidated: boolean;
}

/** Gets the next chunk, or `undefined` if there is none yet. */
export interface FetchListener {
  next(chunk: EncodedChunk | undefined): void;
  error(error: unknown): void;
}

/**
 * How far the last fetch has come:
 *
 * - `more`: there is more for sure.
 * - `end`: it has seen everything there is, and watches the key: without an invalidation there is nothing to read.
 * - `unknown`: neither.
 */
export type Reached = 'more' | 'end' | 'unknown';

type MaybeChunk = EncodedChunk | undefined;

/** One fetch at a time. */
export class ChunkFetcher {
  private readonly position: TrackedPosition;
  private entryBytes: number;
  private maxEntries = firstEntries;
  private progress: Reached = 'unknown';
  /** How many requests were sent. */
  requests = 0;

  /** @param lost whether points that are trimmed off with everything after them are reported at once, or with the next point */
  constructor(
    private readonly core: Core,
    private readonly source: StreamSource,
    from: number,
    private readonly lost: 'wait' | 'report',
  ) {
    this.position = new TrackedPosition(core, source, from);
    this.entryBytes = source.entryBytes + entryOverhead;
  }

  get reached(): Reached {
    return this.progress;
  }

  get reconnects(): number {
    return this.position.reconnects;
  }

  /** About how many bytes the next fetch gets if there is more. */
  get expectedBytes(): number {
    return Math.max(this.entryBytes, Math.min(this.core.budget.bytesPerRead, this.entryBytes * this.maxEntries));
  }

  /** Continues from another index. */
  seek(index: number): void {
    this.position.seek(index);
    this.progress = 'unknown';
  }

  /** After a fetch or a wait that was given up or has failed: an invalidation may have been missed. */
  forgetEnd(): void {
    if (this.progress === 'end') this.progress = 'unknown';
  }

  /** Calls the listener once, possibly at once; unsubscribing gives the fetch up. */
  fetch(fetch: Fetch, listener: FetchListener): Unsubscribable {
    if (!this.position.isLocated) return this.answered(fetch).pipe(switchMap((answer) => observableOf(this.chunkIn(answer, fetch)))).subscribe(listener);
    const located = new LocatedFetch(this, fetch, listener);
    located.request = this.read(fetch, located);
    return located;
  }

  private read({ pace, maxBytes, ahead }: Fetch, listener: ReadListener): Unsubscribable {
    this.requests++;
    const { entryBytes, source, progress } = this;
    const { key, scan } = source;
    const { after } = this.position.value;
    const maxEntries = pace._tag === 'newest' ? 2 : this.maxEntries;
    const request: ReadRequest = ahead > 0 ? { key, scan, after, maxEntries, ahead } : { key, scan, after, maxEntries };
    return this.core.reads.read({ request, maxBytes, entryBytes, behind: progress === 'more' }, listener);
  }

  /** The same as an Observable, for fetches of several requests. */
  private answered(fetch: Fetch): Observable<ReadAnswer> {
    return defer(() => this.position.locate()).pipe(
      switchMap(
        () =>
          new Observable<ReadAnswer>((subscriber) =>
            this.read(fetch, {
              next: (answer) => {
                subscriber.next(answer);
                subscriber.complete();
              },
              error: (error) => subscriber.error(error),
            }),
          ),
      ),
    );
  }

  /** @internal What an answer amounts to: at once, as in most cases, or after further requests. */
  chunkIn(answer: ReadAnswer, fetch: Fetch): MaybeChunk | Observable<MaybeChunk> {
    if (this.position.isVerified) return this.chunkInVerified(answer, fetch);
    return this.position.verifiedFrom(answer, () => this.answered(fetch)).pipe(switchMap((verified) => observableOf(this.chunkInVerified(verified, fetch))));
  }

  private chunkInVerified(answer: ReadAnswer, { pace, maxBytes, invalidated }: Fetch): MaybeChunk | Observable<MaybeChunk> {
    const { block, full } = answer;
    this.learnFrom(answer);
    if (block.firsts.length === 0 && block.seal === undefined) return this.nothing(invalidated);
    if (pace._tag === 'newest') return full ? this.newest() : this.advanceToNewest(block);
    if (pace._tag === 'window') return this.window(answer, pace.points, maxBytes);
    return this.advance(block);
  }

  private learnFrom({ block, full }: ReadAnswer): void {
    this.progress = full ? 'more' : 'end';
    const entries = block.firsts.length;
    if (entries === 0) return;
    this.entryBytes = block.bytes.length / entries + entryOverhead;
    this.maxEntries = Math.min(Math.max(this.maxEntries, entries * growth), mostEntriesPerRead);
  }

  private advance(block: Block): EncodedChunk {
    const { chunk, position, complete } = advance(this.source, this.position.value, block);
    if (!complete) this.forgetEnd();
    this.position.advanceTo(position);
    return chunk;
  }

  private advanceToNewest(block: Block): MaybeChunk {
    const { chunk, position } = advanceToNewest(this.source, this.position.value, block);
    this.position.advanceTo(position);
    return chunk;
  }

  /** Of a stream that was never written to, nothing reports that it was deleted with its scan: that is checked even without an invalidation. */
  private nothing(invalidated: boolean): undefined | Observable<MaybeChunk> {
    const { index, seen } = this.position.value;
    if (!invalidated && seen !== originId) return undefined;
    return this.core.sameTick
      .share(`${this.source.key} ${seen}`, () => diagnoseEmptyRead(this.core.database, this.source, index, seen))
      .pipe(switchMap((length) => (this.lost === 'report' && length > index ? this.allExpired(length) : of(undefined))));
  }

  /** Reports everything up to the end, provided it was trimmed off: it may have been published since the read. */
  private allExpired(length: number): Observable<MaybeChunk> {
    return this.sent(() => this.core.database.range(this.source, { min: this.position.value.start, count: 1 })).pipe(
      map((block) => {
        if (block.firsts.length > 0) return undefined;
        const { chunk, position } = advanceOverExpired(this.position.value, block, length);
        this.position.advanceTo(position);
        return chunk;
      }),
    );
  }

  /** The last two entries are enough: the last of a sealed stream is the seal. */
  private newest(): Observable<MaybeChunk> {
    return this.sent(() => this.core.database.range(this.source, { reverse: true, count: 2 })).pipe(
      map((block) => {
        // The read before it has watched the key, so what was published since is reported.
        this.progress = 'end';
        return this.advanceToNewest(block);
      }),
    );
  }

  /** The answer, if it lies within the last so many points; otherwise those. */
  private window({ block, full }: ReadAnswer, points: number, maxBytes: number): EncodedChunk | Observable<EncodedChunk> {
    if (!full) return lastPoints(this.advance(block), points);
    return this.sent(() => this.core.database.heads([this.source])).pipe(
      switchMap(([head]) => {
        const start = (head?.length ?? 0) - points;
        if (start <= this.position.value.index) return of(this.advance(block));
        return this.position.moveTo(start).pipe(
          switchMap(() => this.answered({ pace: { _tag: 'all' }, maxBytes, ahead: 0, invalidated: false })),
          switchMap((answer) => this.position.verified(answer)),
          map((answer) => {
            this.learnFrom(answer);
            const chunk = this.advance(answer.block);
            return answer.full ? chunk : lastPoints(chunk, points);
          }),
        );
      }),
    );
  }

  /** The verified answer to a further request. */
  private sent<A>(request: () => Observable<A>): Observable<A> {
    return defer(() => {
      this.requests++;
      return request();
    }).pipe(switchMap((answer) => this.position.verified(answer)));
  }
}

/** A fetch of one read, as a rule: further requests follow if its answer calls for them. */
class LocatedFetch implements ReadListener, Unsubscribable {
  request: Unsubscribable | undefined;
  private further: Subscription | undefined;

  constructor(
    private readonly fetcher: ChunkFetcher,
    private readonly wanted: Fetch,
    private readonly listener: FetchListener,
  ) {}

  next(answer: ReadAnswer): void {
    const { listener } = this;
    let chunk: MaybeChunk | Observable<MaybeChunk>;
    try {
      chunk = this.fetcher.chunkIn(answer, this.wanted);
    } catch (error) {
      listener.error(error);
      return;
    }
    if (!isObservable(chunk)) listener.next(chunk);
    else {
      // Not the subscription itself: the listener may unsubscribe before there is one.
      this.further = new Subscription();
      this.further.add(chunk.subscribe(listener));
    }
  }

  error(error: unknown): void {
    this.listener.error(error);
  }

  unsubscribe(): void {
    this.request?.unsubscribe();
    this.further?.unsubscribe();
  }
}

const observableOf = (chunk: MaybeChunk | Observable<MaybeChunk>): Observable<MaybeChunk> => (isObservable(chunk) ? chunk : of(chunk));
