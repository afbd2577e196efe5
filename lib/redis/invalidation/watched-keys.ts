/** The keys that somebody waits for, from where on, and what the last look at them found. */
import type { Id, Key } from '../../ports/keys.js';
import { compareIds, originId } from '../../wire/stream-id.js';

/** Where a read left a key. */
export interface Place {
  readonly key: Key;
  /** The last id that was read, or the one that was read after if there was nothing. */
  readonly id: Id;
  /** Whether anything was read, so that the key was there. */
  readonly found: boolean;
  /** Whether there may be more behind it: its reader reads on without being woken, and needs to hear only of what reading does not tell. */
  readonly more: boolean;
}

/** A key that somebody waits for. What was read anew is another one, so that what an older look found is not taken for it. */
export interface Armed {
  /** The highest id that anybody has read: a stream that ends before it has started anew. */
  readonly id: Id;
  /** How many entries the look at it found, once there was one. */
  looked?: number;
}

/** What a look finds out about a key; undefined what the user may not ask. */
export interface Found {
  /** When the key expires (PEXPIRETIME): -1 never, -2 where there is none. */
  readonly expiry: number | undefined;
  readonly length: number | undefined;
  /** The stream's last id; asked once after each arming. */
  readonly lastId: Id | undefined;
}

const missing = -2;
const lasting = -1;

export class ArmedKeys {
  private readonly armed = new Map<Key, Armed>();
  /** After which ids entries are waited for. */
  private readonly waiting = new Map<Key, Id>();
  /** What the last look found, kept from one arming to the next: a time to live that was told of once is not told of again. */
  private readonly expiries = new Map<Key, number>();

  get size(): number {
    return this.armed.size;
  }

  /** How many of them wait for entries. */
  get waitingSize(): number {
    return this.waiting.size;
  }

  /** The ids after which entries are waited for, as of now. */
  snapshot(): ReadonlyMap<Key, Id> {
    return new Map(this.waiting);
  }

  /** All of them, with what is known of them. */
  entries(): readonly (readonly [Key, Armed])[] {
    return [...this.armed];
  }

  /**
   * Arms a wake, and answers after which id entries are waited for, if they are. Where readers of one key have come to
   * different ids, it is the lowest: those that are further find nothing and wait again.
   */
  arm({ key, id, found, more }: Place): Id | undefined {
    if (found && this.expiries.get(key) === missing) this.expiries.delete(key);
    const present = this.armed.get(key);
    if (present === undefined || compareIds(id, present.id) > 0) this.armed.set(key, { id });
    const waiting = this.waiting.get(key);
    if (more || (waiting !== undefined && compareIds(waiting, id) <= 0)) return waiting;
    this.waiting.set(key, id);
    return id;
  }

  /** Nobody waits for these any more. */
  unwatch(keys: readonly Key[]): void {
    for (const key of keys) {
      this.forget(key);
      this.expiries.delete(key);
    }
  }

  /** What is found behind an id wakes whoever waits for it, once. Answers whether anybody did. */
  reached(key: Key, id: Id): boolean {
    const after = this.waiting.get(key);
    if (after === undefined || compareIds(id, after) <= 0) return false;
    this.forget(key);
    return true;
  }

  /**
   * Takes in what a look found, and answers whether it wakes whoever waits for the key, once: when its existence, its time to live
   * or its length changed, or when the stream ends before what was read of it. A change of which the first look cannot know
   * whether it came before the arming counts as one.
   */
  changed(key: Key, looked: Armed, { expiry, length, lastId }: Found): boolean {
    // Read anew since the look was sent: the next look is for that.
    if (this.armed.get(key) !== looked) return false;
    const before = { expiry: this.expiries.get(key), length: looked.looked };
    if (expiry !== undefined) this.expiries.set(key, expiry);
    if (length !== undefined) looked.looked = length;
    const changed =
      expires(before.expiry, expiry, looked.id) || (before.length !== undefined && length !== before.length) || (lastId !== undefined && compareIds(lastId, looked.id) < 0);
    if (changed) this.forget(key);
    return changed;
  }

  /** Everybody was woken. */
  clear(): void {
    this.armed.clear();
    this.waiting.clear();
  }

  private forget(key: Key): void {
    this.armed.delete(key);
    this.waiting.delete(key);
  }
}

/** That a key comes into being, or is there to stay, tells nobody anything: what is in it does. */
function expires(before: number | undefined, now: number | undefined, read: Id): boolean {
  if (now === undefined || now === lasting) return false;
  // Of a key that was never there there is nothing to read.
  if (before === undefined) return now !== missing || read !== originId;
  return now !== before;
}
