/** What lies between a database in memory and its server: the calls that are under way, and what breaks them. */
import * as E from 'fp-ts/lib/Either.js';
import { Observable, ReplaySubject, type SchedulerLike, type Subscriber } from 'rxjs';
import { blissdataError, type BlissdataError } from '../model/errors.js';
import { doAfter } from '../model/time.js';
import type { Key } from '../ports/keys.js';
import type { Status } from '../ports/status.js';
import type { Cut } from './faults.js';
import type { Pause } from './pause.js';

/** One call of a port. */
export interface Call<A> {
  readonly method: string;
  /** What the server does. */
  readonly run: () => A;
  /** The key, if the call changes something: where its answer gets lost nobody knows whether it has. */
  readonly writes?: Key;
}

/**
 * What a connection leads to.
 *
 * @internal
 */
export interface Reachable {
  readonly isAway: boolean;
  readonly paused: Pause;
  readonly connections: Set<Connection>;
  /** Does some work that has been under way for so many ms. */
  later(work: () => void, ms: number): void;
}

/** A call whose answer has not arrived yet. */
interface UnderWay {
  readonly writes: Key | undefined;
  /** Lets the server do its work, once. */
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

  /** @param onLost what else is lost with the connection */
  constructor(
    private readonly server: Reachable,
    private readonly scheduler: SchedulerLike,
    private readonly latency: number,
    private readonly onLost: () => void,
  ) {
    this.show({ _tag: server.isAway ? 'idle' : 'ready' });
    server.connections.add(this);
  }

  /** Sends a call; leaving gives it up, wherever it is. A request and its answer are each half of the latency under way. */
  send<A>(call: Call<A>): Observable<A> {
    return new Observable((subscriber) => {
      if (this.closed) return subscriber.error(blissdataError('StoreClosed', {}));
      if (!this.open()) return this.refuse(subscriber);
      const cut = this.plannedCuts.get(call.method)?.shift();
      // Mostly there is nothing between the call and its answer.
      if (cut === undefined && this.latency === 0 && !this.server.paused.lasts) answer(subscriber, attempt(call));
      else this.travel(subscriber, call, cut);
    });
  }

  /** Breaks, now. Whoever waits is told in this frame, but not inside this call. */
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
    // A connection that ends while it is at rest is no failure: the next call finds out whether another can be had.
    if (broken.length > 0) this.show({ _tag: 'failed', error: disconnected() });
    for (const { writes, subscriber } of broken) this.after(subscriber, 0, () => subscriber.error(writes === undefined ? disconnected() : blissdataError('OutcomeUnknown', { key: writes, reason })));
  }

  /** Breaks while the next call of a method is under way; several of one method break one after another. */
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

  /** Whether there is a connection, or can be one. */
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
