/** One source of `zipByIndex`, and what it is ahead of the others. */
import { isObservable, Subject, type Observable } from 'rxjs';
import type { Stream } from '../../stream/stream.js';
import type { Item } from '../items.js';
import { chunksOnDemand } from './chunks-on-demand.js';
import { PointQueue } from './point-queue.js';

/** How many chunks, of up to about 1 MB, are held of a Stream: they may be ahead by few points that are big. */
const maxChunks = 8;

export class Lane {
  readonly queue = new PointQueue();
  ended = false;
  readonly items$: Observable<Item>;
  /** What errors say of it. */
  readonly where: { readonly key: string; readonly stream: string };
  private readonly canWait: boolean;
  private paused = false;
  private readonly wanted = new Subject<boolean>();

  constructor(
    readonly name: string,
    source: Stream | Observable<Item>,
    private readonly maxAhead: number,
  ) {
    this.canWait = !isObservable(source);
    this.items$ = isObservable(source) ? source : chunksOnDemand(source, this.wanted);
    this.where = isObservable(source) ? { key: '', stream: name } : { key: source.key, stream: source.name };
  }

  /** Whether it should have stopped before, and cannot. */
  get isTooFarAhead(): boolean {
    return !this.canWait && this.queue.points >= this.maxAhead;
  }

  pauseIfFull(): void {
    if (!this.canWait || this.paused || (this.queue.points < this.maxAhead && this.queue.pieces < maxChunks)) return;
    this.paused = true;
    this.wanted.next(false);
  }

  /** Goes on after a pause, and tells whether it did: only once half is used up, so that it is not stopped again after every chunk. */
  goOn(): boolean {
    if (!this.paused || this.queue.points > this.maxAhead / 2 || this.queue.pieces > maxChunks / 2) return false;
    this.paused = false;
    this.wanted.next(true);
    return true;
  }
}
