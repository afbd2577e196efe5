/** One source of `zipByIndex`, and what it is ahead of the others. */
import { concat, defer, EMPTY, ignoreElements, isObservable, of, Subject, take, type Observable } from 'rxjs';
import type { Stream } from '../../stream/stream.js';
import type { Item } from '../items.js';
import { PointQueue } from './point-queue.js';

/** How many chunks, of up to about 2 MB, are held of a Stream: they may be ahead by few points that are big. */
const maxChunks = 8;

export class Lane {
  readonly queue = new PointQueue();
  ended = false;
  readonly items$: Observable<Item>;
  /** What errors say of it. */
  readonly where: { readonly key: string; readonly stream: string };
  private readonly canWait: boolean;
  private waiting = false;
  private readonly room = new Subject<void>();

  constructor(
    readonly name: string,
    source: Stream | Observable<Item>,
    private readonly maxAhead: number,
  ) {
    this.canWait = !isObservable(source);
    // A chunk is done with once there is room for another.
    this.items$ = isObservable(source) ? source : source.consume((chunk) => concat(of(chunk), defer(() => this.untilRoom())), { credit: { chunks: 1 } });
    this.where = isObservable(source) ? { key: '', stream: name } : { key: source.key, stream: source.name };
  }

  /** Whether it should have stopped before, and cannot. */
  get isTooFarAhead(): boolean {
    return !this.canWait && this.queue.points >= this.maxAhead;
  }

  /** Goes on after it had to wait, and tells whether it did: only once half is used up, so that it need not wait again after every chunk. */
  goOn(): boolean {
    if (!this.waiting || this.queue.points > this.maxAhead / 2 || this.queue.pieces > maxChunks / 2) return false;
    this.waiting = false;
    this.room.next();
    return true;
  }

  private untilRoom(): Observable<never> {
    if (this.queue.points < this.maxAhead && this.queue.pieces < maxChunks) return EMPTY;
    this.waiting = true;
    return this.room.pipe(take(1), ignoreElements());
  }
}
