/** One source of `zipByIndex`, with the points by which it is ahead of the others. */
import { ignoreElements, isObservable, Subject, take, tap, type Observable } from 'rxjs';
import type { Stream } from '../../stream/stream.js';
import type { Item } from '../point-or-chunk.js';
import { PointQueue } from './point-queue.js';

/** The number of chunks (of up to about 2 MB) held of a Stream: large points take much memory however few they are. */
const maxChunks = 8;

export class ZippedSource {
  readonly queue = new PointQueue();
  ended = false;
  /** Identifies it in errors. */
  readonly origin: { readonly key: string; readonly stream: string };
  private waiting = false;
  private readonly room = new Subject<void>();

  constructor(
    readonly name: string,
    private readonly source: Stream | Observable<Item>,
    private readonly maxAhead: number,
  ) {
    this.origin = isObservable(source) ? { key: '', stream: name } : { key: source.key, stream: source.name };
  }

  /** Calls `use` with each item. Emits nothing; completes and errors with the source. */
  read(use: (item: Item) => void): Observable<never> {
    const { source } = this;
    if (isObservable(source)) return source.pipe(tap(use), ignoreElements());
    const work = (chunk: Item): Observable<never> | undefined => {
      use(chunk);
      return this.untilRoom();
    };
    return source.consume(work, { credit: { chunks: 1 } });
  }

  /** Whether an Observable, which cannot be held back, exceeds the limit. */
  get isTooFarAhead(): boolean {
    return isObservable(this.source) && this.queue.points >= this.maxAhead;
  }

  /** Resumes a waiting source, and returns whether it did: only below half the limits, so that it does not stop again after every chunk. */
  resume(): boolean {
    if (!this.waiting || this.queue.points > this.maxAhead / 2 || this.queue.pieces > maxChunks / 2) return false;
    this.waiting = false;
    this.room.next();
    return true;
  }

  /** Work on a chunk ends when there is room for another, which is what holds back the reading. */
  private untilRoom(): Observable<never> | undefined {
    if (this.queue.points < this.maxAhead && this.queue.pieces < maxChunks) return undefined;
    this.waiting = true;
    return this.room.pipe(take(1), ignoreElements());
  }
}
