/** The keys to watch where the server does not track them: the ids after which entries are awaited, and the last known state of each key. */
import type { Id, Key } from '../../ports/keys.js';
import type { LogEntry } from '../../ports/logs.js';
import type { Block, ReadRequest } from '../../ports/streams.js';
import { compareIds, entryId, originId } from '../../wire/stream-id.js';

// --- How far reads came --------------------------------------------------------------------------------------

/** How far a read came in a stream. */
export interface ReadPosition {
  readonly key: Key;
  /** The last id that was read, or the requested one if nothing followed it. */
  readonly id: Id;
  /** Whether anything was read, which proves that the key exists. */
  readonly found: boolean;
  /** Whether there may be more, or nothing can follow: the reader goes on by itself, so only changes that reading does not show matter. */
  readonly more: boolean;
}

/** For the data streams of one XREAD. */
export function positionsOf(requests: readonly ReadRequest[], blocks: readonly Block[]): readonly ReadPosition[] {
  // The smallest credit applied to all.
  const count = requests.reduce((least, { maxEntries }) => Math.min(least, maxEntries), Infinity);
  return requests.map(({ key, after }, i) => {
    const block = blocks[i];
    const last = block?.firsts.at(-1);
    const sealed = block?.seal !== undefined;
    return { key, id: last === undefined ? after : entryId(last), found: last !== undefined || sealed, more: sealed || (block?.firsts.length ?? 0) >= count };
  });
}

/** For a log. */
export const positionOf = (key: Key, after: Id, count: number, entries: readonly LogEntry[]): ReadPosition => ({
  key,
  id: entries.at(-1)?.id ?? after,
  found: entries.length > 0,
  more: entries.length >= count,
});

// --- What is watched -----------------------------------------------------------------------------------------

/** A watched key. A further read makes another object of it, so that the result of an older check does not apply. */
export interface WatchedKey {
  /** The highest id that was read: a stream that ends before it has started anew. */
  readonly id: Id;
  /** How many entries there were at the last check. */
  length?: number;
}

/** The result of a check; undefined where the user lacks the permission. */
export interface KeyState {
  /** When the key expires (PEXPIRETIME): -1 never, -2 if it does not exist. */
  readonly expiry: number | undefined;
  readonly length: number | undefined;
  /** The stream's last id; only read at the first check after a read. */
  readonly lastId: Id | undefined;
}

const missing = -2;
const persistent = -1;

export class WatchedKeys {
  private readonly watched = new Map<Key, WatchedKey>();
  /** After which ids entries are awaited. */
  private readonly awaited = new Map<Key, Id>();
  /** The last known expiries. They outlive invalidations, so that each time to live is reported once. */
  private readonly expiries = new Map<Key, number>();

  get size(): number {
    return this.watched.size;
  }

  /** How many keys await entries. */
  get awaitedSize(): number {
    return this.awaited.size;
  }

  /** A copy of the ids after which entries are awaited. */
  awaitedIds(): ReadonlyMap<Key, Id> {
    return new Map(this.awaited);
  }

  entries(): readonly (readonly [Key, WatchedKey])[] {
    return [...this.watched];
  }

  /**
   * Watches a key, and returns the id after which its entries are awaited, if they are: the lowest one where readers of one key have come
   * to different ids. Those that are further find nothing and wait again.
   */
  watch({ key, id, found, more }: ReadPosition): Id | undefined {
    if (found && this.expiries.get(key) === missing) this.expiries.delete(key);
    const present = this.watched.get(key);
    if (present === undefined || compareIds(id, present.id) > 0) this.watched.set(key, { id });
    const awaited = this.awaited.get(key);
    if (more || (awaited !== undefined && compareIds(awaited, id) <= 0)) return awaited;
    this.awaited.set(key, id);
    return id;
  }

  unwatch(keys: readonly Key[]): void {
    for (const key of keys) {
      this.remove(key);
      this.expiries.delete(key);
    }
  }

  /** Reports an entry. Returns whether it invalidates the key, which then has to be watched again. */
  added(key: Key, id: Id): boolean {
    const after = this.awaited.get(key);
    if (after === undefined || compareIds(id, after) <= 0) return false;
    this.remove(key);
    return true;
  }

  /**
   * Reports a check. Returns whether it invalidates the key, which then has to be watched again: its existence, expiry or length changed,
   * or the stream ends before what was read of it. A change that may precede the read, as far as the first check can tell, counts.
   */
  checked(key: Key, watched: WatchedKey, { expiry, length, lastId }: KeyState): boolean {
    // A further read came in between: the next check is for that one.
    if (this.watched.get(key) !== watched) return false;
    const before = { expiry: this.expiries.get(key), length: watched.length };
    if (expiry !== undefined) this.expiries.set(key, expiry);
    if (length !== undefined) watched.length = length;
    const changed =
      expires(before.expiry, expiry, watched.id) || (before.length !== undefined && length !== before.length) || (lastId !== undefined && compareIds(lastId, watched.id) < 0);
    if (changed) this.remove(key);
    return changed;
  }

  /** Everything was invalidated. */
  clear(): void {
    this.watched.clear();
    this.awaited.clear();
  }

  private remove(key: Key): void {
    this.watched.delete(key);
    this.awaited.delete(key);
  }
}

/** A key that comes into being, or loses its expiry, is not a change in itself: its entries are. */
function expires(before: number | undefined, now: number | undefined, read: Id): boolean {
  if (now === undefined || now === persistent) return false;
  // A key of which nothing was read may never have existed.
  if (before === undefined) return now !== missing || read !== originId;
  return now !== before;
}
