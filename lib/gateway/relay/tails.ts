/** The tails of all streams that are followed, and their memory together. */
import type { Subscription } from 'rxjs';
import { doAfter } from '../../model/time.js';
import type { Id, Key } from '../../ports/keys.js';
import type { Block, StreamRef } from '../../ports/streams.js';
import { Tail, type AllTails, type Follower, type TailContext } from './tail.js';
import type { KeyListener, WatchedKeys } from './watched-keys.js';

/** Bytes of one tail, where at least one frame is kept, and of all together, where that holds for the newest alone: who needs the others reads for itself. */
const mostBytes = 4 << 20;
const mostBytesOfAll = 64 << 20;
/** Of one tail: beyond, who is that far behind reads more at a time from the database. */
const mostFrames = 1024;

export class Tails implements KeyListener, AllTails {
  private readonly tails = new Map<Key, Tail>();
  private handles = 0;
  private bytesHeld = 0;
  private readonly gathered = new Set<Tail>();
  private gathering: Subscription | undefined;

  constructor(
    private readonly context: TailContext,
    private readonly watched: WatchedKeys,
  ) {
    watched.join(this);
  }

  get size(): number {
    return this.tails.size;
  }

  get bytes(): number {
    return this.bytesHeld;
  }

  /** The tail of a stream, which is watched from now on, with one more follower. */
  follow<F extends Follower>(stream: StreamRef, follow: (tail: Tail) => F): F {
    const tail = this.tails.get(stream.key) ?? this.begin(stream);
    const follower = follow(tail);
    tail.followers.add(follower);
    return follower;
  }

  leave(tail: Tail, follower: Follower): void {
    tail.followers.delete(follower);
    if (tail.followers.size > 0 || this.tails.get(tail.key) !== tail) return;
    this.tails.delete(tail.key);
    tail.close();
    this.watched.unlisten([tail.key], this);
  }

  changed(key: Key): void {
    this.tails.get(key)?.changed();
  }

  /** Nothing of what is held is known to be true any more. */
  allChanged(): void {
    for (const tail of [...this.tails.values()]) tail.close();
  }

  answer(key: Key, after: Id, maxEntries: number): Block | undefined {
    return this.tails.get(key)?.answer(after, maxEntries);
  }

  private begin(stream: StreamRef): Tail {
    const tail = new Tail(stream, ++this.handles, this.context, this);
    this.tails.set(stream.key, tail);
    this.watched.listen(stream.key, this);
    return tail;
  }

  readAfter(ms: number, tail: Tail): void {
    this.gathered.add(tail);
    this.gathering ??= doAfter(ms, this.context.scheduler, () => {
      this.gathering = undefined;
      const due = [...this.gathered];
      this.gathered.clear();
      for (const each of due) each.readGathered();
    });
  }

  // --- Memory ------------------------------------------------------------------------------------------------

  held(bytes: number): void {
    this.bytesHeld += bytes;
  }

  shorten(grown: Tail): void {
    while ((grown.bytes > mostBytes || grown.frameCount > mostFrames) && grown.frameCount > 1) grown.dropOldest();
    if (this.bytesHeld <= mostBytesOfAll) return;
    for (const tail of this.tails.values()) while (tail.frameCount > (tail === grown ? 1 : 0) && this.bytesHeld > mostBytesOfAll) tail.dropOldest();
  }
}
