/** Answers that are kept until something changes: what all clients ask after a change is asked of the database once. */
import { defer, finalize, of, share, tap, type Observable, type SchedulerLike } from 'rxjs';
import type { Key } from '../../ports/keys.js';
import type { SameTick } from '../../reading/same-tick.js';
import { jsonText } from './json-text.js';
import { Recent } from './recent.js';
import type { RelayEvents } from './relay-events.js';
import type { KeyObserver } from './watched-keys.js';

/** The memory of all answers, each as value and as text. */
const mostBytes = 64 << 20;
const bytesBeside = 500;

/**
 * An answer is kept no longer than this, in ms, even if nothing was reported: a scan counts as deleted before its keys expire, and a
 * database that polls reports late. Clients that are woken together ask well within it.
 */
const longest = 1000;

/** A request under way or an answer that is kept. */
interface Kept {
  readonly name: string;
  readonly keys: readonly Key[];
  readonly sentAt: number;
  /** Whether nothing has changed since the request was sent. */
  holds: boolean;
  value?: unknown;
}

interface Request {
  /** For events. */
  readonly call: string;
  /** The call with all its arguments. */
  readonly name: string;
  readonly keys: readonly Key[];
  /** The key that the request watches, if it does. */
  readonly watches?: Key;
}

interface Running {
  readonly kept: Kept;
  readonly shared$: Observable<unknown>;
}

export class AnswersFromMemory implements KeyObserver {
  private readonly answers = new Recent<string, Kept>(mostBytes, (_, kept) => this.evicted(kept));
  private readonly running = new Map<string, Running>();
  private readonly byKey = new Map<Key, Set<Kept>>();
  /** Keys whose changes the database reports: a watching request was answered, and there was no change since it was sent. */
  private readonly reported = new Set<Key>();

  constructor(
    private readonly sameTick: SameTick,
    private readonly scheduler: Pick<SchedulerLike, 'now'>,
    private readonly events: RelayEvents | undefined,
  ) {}

  /** How much memory the answers take, about. */
  get bytes(): number {
    return this.answers.weight;
  }

  /**
   * The answer to a request that watches a key: one that is kept, or under way, or else a new one. A session must listen to the key.
   *
   * @param call for events
   * @param request names the request with all its arguments
   * @param also other keys that `drop` may name
   */
  watching<A>(call: string, request: string, key: Key, read: () => Observable<A>, also: readonly Key[] = []): Observable<A> {
    return this.answer({ call, name: request, keys: [key, ...also], watches: key }, read);
  }

  /** The answer to a request that watches nothing, but changes only when a key does: kept while the changes of that key are reported, otherwise shared within the tick. */
  beside<A>(call: string, request: string, key: Key, read: () => Observable<A>, also: readonly Key[] = []): Observable<A> {
    return defer(() => (this.reported.has(key) ? this.answer({ call, name: request, keys: [key, ...also] }, read) : this.sameTick.share(request, read)));
  }

  /** Something was written under this key through the gateway: its client must not be answered by what was there before. */
  drop(key: Key): void {
    const dropped = this.byKey.get(key);
    this.byKey.delete(key);
    for (const kept of dropped ?? []) this.forget(kept);
  }

  changed(key: Key): void {
    this.reported.delete(key);
    this.drop(key);
  }

  unused(key: Key): void {
    this.changed(key);
  }

  allChanged(): void {
    for (const { kept } of this.running.values()) kept.holds = false;
    this.running.clear();
    this.answers.clear();
    this.byKey.clear();
    this.reported.clear();
  }

  private answer<A>(request: Request, read: () => Observable<A>): Observable<A>;
  private answer({ call, name, keys, watches }: Request, read: () => Observable<unknown>): Observable<unknown> {
    return defer(() => {
      const present = this.answers.get(name);
      if (present !== undefined && this.isRecent(present)) {
        this.events?.fromMemory?.(call);
        return of(present.value);
      }
      if (present !== undefined) this.forget(present);
      const running = this.running.get(name);
      if (running !== undefined) return running.shared$;
      const kept: Kept = { name, keys, sentAt: this.scheduler.now(), holds: true };
      for (const key of keys) this.under(key).add(kept);
      const shared$ = defer(read).pipe(
        tap((value) => {
          if (!kept.holds) return;
          if (watches !== undefined) this.reported.add(watches);
          kept.value = value;
          this.answers.set(name, kept, 2 * jsonText(value).length + bytesBeside);
        }),
        finalize(() => {
          if (this.running.get(name)?.kept === kept) this.running.delete(name);
          if (kept.holds && this.answers.peek(name) !== kept) this.forget(kept);
        }),
        share(),
      );
      this.running.set(name, { kept, shared$ });
      return shared$;
    });
  }

  private isRecent({ sentAt }: Kept): boolean {
    const age = this.scheduler.now() - sentAt;
    // A clock that was set back tells nothing.
    return age >= 0 && age < longest;
  }

  private under(key: Key): Set<Kept> {
    const present = this.byKey.get(key) ?? new Set();
    this.byKey.set(key, present);
    return present;
  }

  /** Neither kept nor joined any more; callers of a running request still get its answer. */
  private forget(kept: Kept): void {
    kept.holds = false;
    if (this.running.get(kept.name)?.kept === kept) this.running.delete(kept.name);
    if (this.answers.peek(kept.name) === kept) this.answers.delete(kept.name);
    this.unlist(kept);
  }

  private evicted(kept: Kept): void {
    kept.holds = false;
    this.unlist(kept);
  }

  private unlist(kept: Kept): void {
    for (const key of kept.keys) {
      const present = this.byKey.get(key);
      if (present?.delete(kept) === true && present.size === 0) this.byKey.delete(key);
    }
  }
}
