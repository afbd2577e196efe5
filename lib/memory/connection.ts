/** The connection between a database in memory and its server: the calls under way, and how they break. */
import * as E from 'fp-ts/lib/Either.js';
import { Observable, ReplaySubject, type SchedulerLike, type Subscriber } from 'rxjs';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import { doAfter } from '../model/time.js';
import type { Key } from '../ports/keys.js';
import type { Status } from '../ports/status.js';
import type { Pause } from './pause.js';

/** How a database loses its connection. */
export interface Cut {
  /** For how many ms the server stays unreachable: calls error with `Disconnected`. 0 by default: the next call reconnects. */
  readonly away?: number;
  /**
   * What is lost of the calls under way. By default the message that is travelling: the request in the first half of the latency, the
   * answer in the second.
   *
   * - `'requests'`: the server receives no request that it has not received yet.
   * - `'answers'`: the server has received and done all requests.
   * - `{ lateBy: ms }`: the server receives the requests after so many ms, when no client expects it any more.
   */
  readonly lost?: 'requests' | 'answers' | { readonly lateBy: number };
}

/** One call of a port. */
export interface Call<A> {
  readonly method: string;
  /** The work of the server. */
  readonly run: () => A;
  /** The key that the call writes, if any: without its answer the outcome is unknown. */
  readonly writes?: Key;
}

/**
 * The server at the other end.
 *
 * @internal
 */
export interface Reachable {
  readonly isAway: boolean;
  readonly paused: Pause;
  readonly connections: Set<Connection>;
  /** Does work that arrives after so many ms. */
  later(work: () => void, ms: number): void;
}

/** A call whose answer has not arrived yet. */
interface UnderWay {
  readonly writes: Key | undefined;
  /** Has the server do the work, once. */
  readonly arrive: () => void;
  readonly subscriber: Subscriber<never>;
}

const url = 'memory:';
const reason = 'the connection was lost';

export class Connection {
  private readonly status = new ReplaySubject<Status>(1);
  readonly status$: Observable<Status> = this.status.asObservable();
  private shown: Status['_tag'] = 'idle';
  private readonly underWay = new Set<UnderWay>();
  private readonly plannedCuts = new Map<string, Cut[]>();
  private awayUntil = -Infinity;
  private closed = false;

  /** @param onLost called when the connection breaks */
  constructor(
    private readonly server: Reachable,
    private readonly scheduler: SchedulerLike,
    private readonly latency: number,
    private readonly onLost: () => void,
  ) {
    this.show({ _tag: server.isAway ? 'idle' : 'ready' });
    server.connections.add(this);
  }

  /** Sends a call; unsubscribing cancels it. Request and answer each travel for half of the latency. */
  send<A>(call: Call<A>): Observable<A> {
    return new Observable((subscriber) => {
      if (this.closed) return subscriber.error(blissdataError('StoreClosed', {}));
      if (!this.open()) return this.refuse(subscriber);
      const cut = this.plannedCuts.get(call.method)?.shift();
      // The usual case, and the fast one: no latency, no fault.
      if (cut === undefined && this.latency === 0 && !this.server.paused.lasts) answer(subscriber, attempt(call));
      else this.travel(subscriber, call, cut);
    });
  }

  /** Breaks now. Calls under way error in the same frame, but not inside this call. */
  cut({ away = 0, lost }: Cut): void {
    if (this.closed) return;
    this.awayUntil = Math.max(this.awayUntil, this.scheduler.now() + away);
    const broken = [...this.underWay];
    this.underWay.clear();
    for (const call of broken) {
      if (lost === 'answers') call.arrive();
      else if (typeof lost === 'object' && call.writes !== undefined) this.server.later(call.arrive, lost.lateBy);
    }
    this.onLost();
    // An idle connection that ends is no failure: the next call opens another.
    if (broken.length > 0) this.show({ _tag: 'failed', error: disconnected() });
    for (const { writes, subscriber } of broken) this.after(subscriber, 0, () => subscriber.error(writes === undefined ? disconnected() : blissdataError('OutcomeUnknown', { key: writes, reason })));
  }

  /** Breaks during the next call of a method; several cuts of one method apply to successive calls. */
  cutDuring(method: string, cut: Cut): void {
    this.plannedCuts.set(method, [...(this.plannedCuts.get(method) ?? []), cut]);
  }

  close(): void {
    this.closed = true;
    this.server.connections.delete(this);
    const broken = [...this.underWay];
    this.underWay.clear();
    for (const { subscriber } of broken) subscriber.error(blissdataError('StoreClosed', {}));
    this.show({ _tag: 'closed' });
    this.status.complete();
  }

  private travel<A>(subscriber: Subscriber<A>, call: Call<A>, cut: Cut | undefined): void {
    let outcome: E.Either<unknown, A> | undefined;
    const arrive = (): E.Either<unknown, A> => (outcome ??= attempt(call));
    const underWay: UnderWay = { writes: call.writes, arrive, subscriber };
    this.underWay.add(underWay);
    subscriber.add(() => this.underWay.delete(underWay));
    const half = this.latency / 2;
    const atServer = (): void => {
      if (cut !== undefined) return this.cut(cut);
      const answered = arrive();
      this.unlessBroken(subscriber, underWay, half, () => answer(subscriber, answered));
    };
    this.unlessBroken(subscriber, underWay, half, () => subscriber.add(this.server.paused.after(() => this.underWay.has(underWay) && atServer())));
  }

  private unlessBroken(subscriber: Subscriber<never>, underWay: UnderWay, ms: number, work: () => void): void {
    if (ms === 0) return work();
    this.after(subscriber, ms, () => this.underWay.has(underWay) && work());
  }

  private after(subscriber: Subscriber<never>, ms: number, work: () => void): void {
    subscriber.add(doAfter(ms, this.scheduler, work));
  }

  /** Opens a connection if there is none; whether that succeeded. */
  private open(): boolean {
    const reachable = !this.server.isAway && this.scheduler.now() >= this.awayUntil;
    if (this.shown === 'ready') return reachable;
    this.show({ _tag: 'connecting' });
    if (reachable) this.show({ _tag: 'ready' });
    return reachable;
  }

  private refuse(subscriber: Subscriber<never>): void {
    const refused = (): void => {
      if (this.closed) return subscriber.error(blissdataError('StoreClosed', {}));
      this.show({ _tag: 'failed', error: disconnected() });
      subscriber.error(disconnected());
    };
    if (this.latency === 0) refused();
    else this.after(subscriber, this.latency, refused);
  }

  private show(status: Status): void {
    this.shown = status._tag;
    this.status.next(status);
  }
}

const disconnected = (): BlissdataError => blissdataError('Disconnected', { url, reason });

const attempt = <A>({ run }: Call<A>): E.Either<unknown, A> => E.tryCatch(run, (error) => error);

function answer<A>(subscriber: Subscriber<A>, outcome: E.Either<unknown, A>): void {
  if (E.isLeft(outcome)) return subscriber.error(outcome.left);
  subscriber.next(outcome.right);
  subscriber.complete();
}
