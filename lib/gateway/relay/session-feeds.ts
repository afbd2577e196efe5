/** The feeds of a session, one for each key. */
import type { Key } from '../../ports/keys.js';
import type { StreamRef } from '../../ports/streams.js';
import { Feed, type FeedSession } from './feed.js';
import type { Outbox } from './outbox.js';
import { ReadTurns } from './read-turns.js';
import type { TailContext } from './tail.js';
import type { Tails } from './tails.js';

export class SessionFeeds implements FeedSession {
  private readonly feeds = new Map<Key, Feed>();
  readonly turns: ReadTurns;

  /** @param wakeKey wakes the session */
  constructor(
    private readonly tails: Tails,
    private readonly context: TailContext,
    readonly outbox: Outbox,
    private readonly limits: { readonly feeds: number; readonly feedCredit: number },
    private readonly wakeKey: (key: Key) => void,
  ) {
    this.turns = new ReadTurns(outbox);
  }

  get size(): number {
    return this.feeds.size;
  }

  get mostCredit(): number {
    return this.limits.feedCredit;
  }

  /** A feed of the stream that watches it from now on, instead of the present one; `undefined` if that makes too many. */
  open(stream: StreamRef): Feed | undefined {
    const present = this.feeds.get(stream.key);
    if (present === undefined && this.feeds.size >= this.limits.feeds) return undefined;
    // Before the present one ends, so that the tail stays.
    const opened = this.tails.follow(stream, (tail) => new Feed(tail, this.context, this));
    this.feeds.set(stream.key, opened);
    present?.close();
    return opened;
  }

  grant(key: Key, bytes: number): void {
    this.feeds.get(key)?.grant(bytes);
  }

  end(keys: readonly Key[]): void {
    for (const key of keys) this.feeds.get(key)?.close();
  }

  /** Of the slowest one: how many points it is behind. */
  get mostBehind(): number {
    let most = 0;
    for (const { behind } of this.feeds.values()) most = Math.max(most, behind);
    return most;
  }

  close(): void {
    for (const feed of [...this.feeds.values()]) feed.close();
  }

  wake({ tail }: Feed): void {
    this.wakeKey(tail.key);
  }

  closed(feed: Feed): void {
    const { key } = feed.tail;
    if (this.feeds.get(key) === feed) this.feeds.delete(key);
    this.tails.leave(feed.tail, feed);
  }
}
