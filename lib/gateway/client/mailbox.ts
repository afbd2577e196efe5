/** What a gateway has sent ahead of one stream: frames that continue each other, until a reader asks for them. */
import type { Id, Key } from '../../ports/keys.js';
import type { Block } from '../../ports/streams.js';
import { compareIds, entryId, sealId } from '../../wire/stream-id.js';
import type { BlockMessage } from '../protocol/block-message.js';

interface Frame extends Pick<BlockMessage, 'after' | 'block'> {
  readonly size: number;
}

/** The id of a block's last entry. */
const endOf = ({ firsts, seal }: BlockMessage['block'], after: Id): Id => {
  if (seal !== undefined) return sealId;
  const last = firsts.at(-1);
  return last === undefined ? after : entryId(last);
};

/** For how long no reader must have got a frame, in ms, until one at another place gets the feed. */
const unusedMs = 1000;

/** A read that waits for the next frame: called once, when that is there or the feed has ended; with an error if no other read would get it. */
export type Waiter = (error?: unknown) => void;

/**
 * ```
 * read after 4:    answer 5-9, the feed begins
 * frames:                         10-12  13-15
 * read after 9:                   10-12, more
 * read after 12:                         13-15
 * read after 15:   over the wire: nothing there yet
 * ```
 */
export class Mailbox {
  /** The feed's handle; unknown until the gateway says that it follows. */
  handle: number | undefined;
  private readonly frames: Frame[] = [];
  /** What has left it since the last grant. */
  private freed = 0;
  /** Whether the gateway has more for sure, and will send it: then a read at the end waits for it here. */
  private hasMore = false;
  private waiters: Waiter[] = [];

  /**
   * @param end the id after which the next frame begins
   * @param usedAt when a reader got a frame last, or it was new
   */
  constructor(
    readonly key: Key,
    readonly credit: number,
    private end: Id,
    private usedAt: number,
  ) {}

  /** The feed begins where its opening answer ends. */
  begin(block: BlockMessage['block']): void {
    this.end = endOf(block, this.end);
    this.hasMore = block.more === true;
  }

  /** False if no frame is known to be on its way. Otherwise the waiter is called. */
  wait(after: Id, waiter: Waiter): boolean {
    if (!this.hasMore || !this.isAt(after)) return false;
    this.waiters.push(waiter);
    return true;
  }

  forget(waiter: Waiter): void {
    this.waiters = this.waiters.filter((other) => other !== waiter);
  }

  /** The next frame is there, or may not come. Whether any waited for it. */
  notify(error?: unknown): boolean {
    this.hasMore = false;
    const { waiters } = this;
    this.waiters = [];
    for (const waiter of waiters) waiter(error);
    return waiters.length > 0;
  }

  /**
   * - `taken` by a read that waited for it,
   * - `there` for the next one,
   * - `old`: part of the opening answer,
   * - `gap`: something before it is missing.
   */
  put({ after, block }: BlockMessage, size: number): 'taken' | 'there' | 'old' | 'gap' {
    const order = after === this.end ? 0 : compareIds(after, this.end);
    if (order > 0) return 'gap';
    if (order < 0) {
      this.freed += size;
      return 'old';
    }
    this.frames.push({ after, block, size });
    this.end = endOf(block, after);
    const isTaken = this.notify();
    this.hasMore = block.more === true;
    return isTaken ? 'taken' : 'there';
  }

  /**
   * The entries after an id, if they are there. The frames before them are dropped: their reader has the next request read again.
   *
   * @param last only where there are no more
   */
  take(after: Id, last: boolean, now: number): Block | undefined {
    const at = this.frames.findIndex((frame) => frame.after === after);
    if (at < 0 || (last && (at < this.frames.length - 1 || this.hasMore))) return undefined;
    const taken = this.frames.splice(0, at + 1);
    for (const { size } of taken) this.freed += size;
    this.usedAt = now;
    const block = taken.at(-1)?.block;
    return block && { ...block, key: this.key, more: this.frames.length > 0 || this.hasMore };
  }

  /**
   * Whether a read over the wire may put another feed in its place: not while it serves a reader at another place, or several would replace
   * each other's for ever.
   */
  mayBeReplaced(after: Id, now: number): boolean {
    return this.isAt(after) || now - this.usedAt >= unusedMs;
  }

  /** Whether a reader at this id waits for the next frame. */
  isAt(after: Id): boolean {
    return after === this.end;
  }

  /** How many bytes to grant, if it is worth a message. */
  grant(): number {
    if (this.freed * 2 < this.credit) return 0;
    const { freed } = this;
    this.freed = 0;
    return freed;
  }
}
