/** Where a reader stands in its stream, and whether that is still the stream that it has read: it may have been trimmed, deleted or replaced. */
import { map, of, switchMap, tap, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Database } from '../../ports/database.js';
import type { Id } from '../../ports/keys.js';
import type { Block, StreamRef } from '../../ports/streams.js';
import { compareIds, entryId, originId } from '../../wire/stream-id.js';
import type { Core } from '../core.js';
import { whereOf, type StreamSource } from './stream-source.js';
import { both } from '../both.js';

export interface Position {
  /** The index of the next point. */
  readonly index: number;
  /** Where the next entry begins: before `index` if that lies within an entry, or has not been published yet. */
  readonly start: number;
  /** Entries after this id are read next. */
  readonly after: Id;
  /** The last entry that was seen, to detect a stream that restarted; `0-0` before the first. */
  readonly seen: Id;
  /** That entry's fingerprint, to detect another one under the same id. */
  readonly fingerprint: number;
  /** Up to this index the consumer got all points, or a report of those it did not get: less than `index` while points are being skipped. */
  readonly delivered: number;
}

const startingAt = (index: number): Position => ({ index, start: 0, after: originId, seen: originId, fingerprint: 0, delivered: index });

/** A reader's position, and its checks after a lost connection. */
export class TrackedPosition {
  private current: Position;
  /** The index to start from, until its entry has been located. */
  private unlocated: number | undefined;
  /** The interruption up to which the stream is known to be the one that was read. */
  private verifiedUntil: number;
  /** How often the connection was lost, and the stream found to be the same. */
  reconnects = 0;

  constructor(
    private readonly core: Core,
    private readonly source: StreamSource,
    from: number,
  ) {
    this.current = startingAt(from);
    if (from > 0) this.unlocated = from;
    this.verifiedUntil = core.hub.interruptions;
  }

  get value(): Position {
    return this.current;
  }

  advanceTo(position: Position): void {
    this.current = position;
  }

  /** Continues from another index, as if everything before it had been delivered. */
  seek(index: number): void {
    this.unlocated = index;
    this.current = { ...this.current, delivered: index };
  }

  /** Whether it is known which entry to start from. */
  get isLocated(): boolean {
    return this.unlocated === undefined;
  }

  /** Looks up the entry to start from, unless that is known. */
  locate(): Observable<unknown> {
    return this.unlocated === undefined ? of(undefined) : this.moveTo(this.unlocated);
  }

  /** Skips to an index. */
  moveTo(index: number): Observable<unknown> {
    return positionAt(this.core.database, this.source, index).pipe(
      switchMap((position) => this.verified(position)),
      tap((position) => {
        const { seen, fingerprint: known } = position.seen === originId ? this.current : position;
        this.current = { ...position, seen, fingerprint: known, delivered: this.current.delivered };
        this.unlocated = undefined;
      }),
    );
  }

  /** Whether no connection was lost since the stream was last known to be the one that was read. */
  get isVerified(): boolean {
    return this.verifiedUntil === this.core.hub.interruptions;
  }

  /** The same answer, once it is known to be about the stream that was read: the server may have lost that, or be another one. */
  verified<A>(answer: A): Observable<A> {
    if (this.isVerified) return of(answer);
    const { interruptions } = this.core.hub;
    return this.isUnbroken().pipe(
      switchMap((isUnbroken) => {
        // Without a stream there is nothing to trust yet: one that begins meanwhile must be checked as well.
        if (!isUnbroken) return of(answer);
        this.verifiedUntil = interruptions;
        this.reconnects++;
        return this.verified(answer);
      }),
    );
  }

  /**
   * The same for an answer that depends on where the next entry begins. If that was looked up but not read before the connection was lost,
   * it is looked up again, for the point may lie in another entry now, and `again` reads from there.
   */
  verifiedFrom<A>(answer: A, again: () => Observable<A>): Observable<A> {
    return this.verified(answer).pipe(
      switchMap((verified) => {
        const { index, seen, after } = this.current;
        if (seen !== originId || after === originId) return of(verified);
        this.unlocated = index;
        return again().pipe(switchMap((later) => this.verified(later)));
      }),
    );
  }

  private isUnbroken(): Observable<boolean> {
    const { current, source } = this;
    if (current.seen === originId) return of(true);
    const question = `${source.key} ${current.seen} ${current.index} ${current.fingerprint}`;
    return this.core.sameTick.share(question, () => verifyContinuity(this.core.database, source, current));
  }
}

/**
 * The position from which a read gets the entry that holds point `index`, even if it starts before. If that has not been published yet,
 * right after the last entry: the next one may be a batch that starts before `index`, too.
 */
function positionAt(database: Pick<Database, 'range'>, stream: StreamRef, index: number): Observable<Position> {
  const start = startingAt(index);
  if (index === 0) return of(start);
  return database.range(stream, { max: index, count: 1, reverse: true }).pipe(
    map((block) => {
      const { firsts, lens } = block;
      const first = firsts[0];
      if (first === undefined) return start;
      const end = first + (lens[0] ?? 1);
      if (end > index) return { ...start, start: first, after: `${first}-0` };
      return { ...start, start: end, after: entryId(first), seen: entryId(first), fingerprint: fingerprint(block, 0) };
    }),
  );
}

/**
 * After a lost connection: emits true if the last entry that was read is unchanged, or was trimmed off; false if the stream does not exist,
 * the reason for which `diagnoseEmptyRead` finds. Errors with `StreamRewound` if another stream has taken its place.
 */
function verifyContinuity(database: Database, source: StreamSource, position: Position): Observable<boolean> {
  const first = Number.parseInt(position.seen, 10);
  return database.range(source, { min: first, max: first, count: 1 }).pipe(
    switchMap((block) => {
      const isUnchanged = block.firsts.length > 0 && fingerprint(block, 0) === position.fingerprint;
      database.recycle(block);
      if (isUnchanged) return of(true);
      return both(database.heads([source]), database.range(source, { count: 1, bare: true })).pipe(
        map(([[head], oldest]) => {
          if (head?.exists === true && !wasTrimmed(block, head.lastId, oldest, position)) {
            throw blissdataError('StreamRewound', { ...whereOf(source), expected: position.index, found: head.length });
          }
          return head?.exists === true;
        }),
      );
    }),
  );
}

/** Whether an entry is missing because it was trimmed off: all that is left begins after it, and the stream had come that far. */
function wasTrimmed(found: Block, lastId: string, oldest: Block, { seen }: Position): boolean {
  if (found.firsts.length > 0 || compareIds(lastId, seen) < 0) return false;
  const [first] = oldest.firsts;
  return first === undefined || first > Number.parseInt(seen, 10);
}

/**
 * Cuts a block where its entries stop following each other. Indices have no holes, so each entry starts where the one before ends. What
 * comes after the first that does not is left to the next read, which starts with it and sees how it relates to what came before.
 */
export function inOrder(block: Block): Block {
  const { firsts, lens, ends } = block;
  for (let i = 1; i < firsts.length; i++) {
    if (firsts[i] === (firsts[i - 1] ?? 0) + (lens[i - 1] ?? 1)) continue;
    return { key: block.key, firsts: firsts.subarray(0, i), lens: lens.subarray(0, i), ends: ends.subarray(0, i), bytes: block.bytes.subarray(0, ends[i - 1]) };
  }
  if (firsts.length === 0 || Number.isSafeInteger(block.seal ?? 0)) return block;
  const { seal: _, ...entries } = block;
  return entries;
}

/** How many bytes of a payload are sampled in each of three places: enough to tell measurements apart, and as quick for an image as for a number. */
const sample = 64;

/**
 * Tells an entry from another one under the same id, without keeping it: FNV-1a (Fowler, Noll, Vo; 32 bits) over the number of points, the
 * size, and bytes from the beginning, the middle and the end of the payload.
 */
export function fingerprint({ lens, ends, bytes }: Block, entry: number): number {
  const start = entry === 0 ? 0 : (ends[entry - 1] ?? 0);
  const end = ends[entry] ?? start;
  let hash = mix(mix(0x811c9dc5, lens[entry] ?? 1), end - start);
  if (end - start <= 3 * sample) return mixBytes(hash, bytes, start, end);
  const middle = (start + end - sample) >>> 1;
  hash = mixBytes(hash, bytes, start, start + sample);
  hash = mixBytes(hash, bytes, middle, middle + sample);
  return mixBytes(hash, bytes, end - sample, end);
}

function mixBytes(hash: number, bytes: Uint8Array, start: number, end: number): number {
  let result = hash;
  for (let i = start; i < end; i++) result = mix(result, bytes[i] ?? 0);
  return result;
}

const mix = (hash: number, value: number): number => Math.imul(hash ^ value, 0x01000193) >>> 0;
