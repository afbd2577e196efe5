/**
 * The pull core of all reading: one cursor over one stream, which reads only when it is asked to.
 * Back-pressure is nothing else than not asking: the backlog stays in Redis.
 */
import { defer, finalize, of, ReplaySubject, switchMap, tap, type Observable, type Subscription } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { Block, Database, Id } from '../ports/database.js';
import { entryId, originId } from '../wire/stream-id.js';
import { Alarm } from './alarm.js';
import { inOrder } from './in-order.js';
import { poll } from './poll.js';
import type { StreamSource } from './stream-source.js';
import type { WakeHub } from './wake-hub.js';
import { whyNothing } from './why-nothing.js';

/** What one pull gives. */
export interface Pulled {
  /** The index that was next for this cursor. */
  readonly index: number;
  /** How many points from `index` on were trimmed off before they could be read. */
  readonly expired: number;
  /** Entries that follow each other without a gap; none if only the end was found. */
  readonly block: Block;
  /** Whether the stream ends after these. */
  readonly ended: boolean;
}

/** Where a cursor stands. */
export interface Position {
  /** The index of the point that comes next. */
  readonly index: number;
  /** Entries after this id come next. */
  readonly after: Id;
  /** The last entry that was seen, to notice a stream that restarted; `0-0` before the first. */
  readonly seen: Id;
}

export const origin: Position = { index: 0, after: originId, seen: originId };

/** Replies of 1 to 2 MB are read fastest: below, round trips cost; above, memory does. */
const bytesPerRead = 1 << 20;
const mostEntriesPerRead = 10_000;
/** What an entry takes on the wire besides its payload. */
const entryOverhead = 60;

export class Pull {
  private ended = false;
  private entryBytes: number;
  /** Whether the last read came back as full as it may be, so that there is more for sure. */
  private behind = false;
  private alarm: Alarm | undefined;
  /** The answer to the read that was sent ahead, while the consumer works on the one before. */
  private ahead: { readonly pulled$: Observable<Pulled>; readonly subscription: Subscription } | undefined;

  constructor(
    private readonly database: Database,
    private readonly hub: WakeHub,
    private readonly source: StreamSource,
    private position = origin,
  ) {
    this.entryBytes = source.entryBytes + entryOverhead;
  }

  /** Emits once: what comes next, as soon as there is something. Only one pull may be under way; none after the end. */
  next(): Observable<Pulled> {
    return defer(() => this.takeAhead() ?? this.pull()).pipe(
      tap(() => {
        // Behind the end, the server can work on the next read while the consumer works on this one.
        if (this.behind && !this.ended) this.readAhead();
      }),
    );
  }

  /** Gives up what it waits for. */
  close(): void {
    this.ahead?.subscription.unsubscribe();
    this.alarm?.unsubscribe();
  }

  private readAhead(): void {
    const pulled$ = new ReplaySubject<Pulled>(1);
    this.ahead = { pulled$, subscription: this.pull().subscribe(pulled$) };
  }

  /** The answer to the read that was sent ahead, if one was. Whoever leaves before it comes gives that read up: the next one asks again. */
  private takeAhead(): Observable<Pulled> | undefined {
    const { ahead } = this;
    this.ahead = undefined;
    return ahead?.pulled$.pipe(finalize(() => ahead.subscription.unsubscribe()));
  }

  private pull(): Observable<Pulled> {
    this.alarm ??= new Alarm(this.hub.changes(this.source.key, this.source.stateKey));
    return poll(this.alarm, (woken) => this.look(woken));
  }

  private look(woken: boolean): Observable<Pulled | undefined> {
    const maxEntries = Math.min(Math.max(Math.floor(bytesPerRead / this.entryBytes), 1), mostEntriesPerRead);
    return this.database.read([{ key: this.source.key, after: this.position.after, maxEntries }]).pipe(
      switchMap(([block]) => {
        if (block === undefined || (block.firsts.length === 0 && block.seal === undefined)) {
          // A stream that was never written might have been deleted with its scan without anybody being told.
          const { index, seen } = this.position;
          return woken || seen === originId ? whyNothing(this.database, this.source, index, seen) : of(undefined);
        }
        this.behind = block.firsts.length === maxEntries;
        return of(this.advance(block));
      }),
    );
  }

  private advance(read: Block): Pulled {
    const { index } = this.position;
    const { key, name } = this.source;
    const block = inOrder(read);
    if (block.seal !== undefined && !Number.isSafeInteger(block.seal)) {
      throw blissdataError('InvalidEntry', { key, stream: name, index, expected: 'the number of points in the seal', received: String(block.seal) });
    }
    const first = block.firsts[0] ?? block.seal ?? index;
    if (first < index) throw blissdataError('StreamOverlap', { key, stream: name, expected: index, found: first });
    this.ended = block.seal !== undefined;
    const last = block.firsts.length - 1;
    if (last >= 0) {
      const lastFirst = block.firsts[last] ?? 0;
      const id = entryId(lastFirst);
      this.position = { index: lastFirst + (block.lens[last] ?? 1), after: id, seen: id };
      this.entryBytes = block.bytes.length / block.firsts.length + entryOverhead;
    }
    return { index, expired: first - index, block, ended: this.ended };
  }
}
