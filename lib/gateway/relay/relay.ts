/** The gateway's half without HTTP: sessions over any socket, in front of one database. */
import { asyncScheduler, Observable, Subscription, type SchedulerLike } from 'rxjs';
import { endOfJob, type EndOfTick } from '../../model/end-of-tick.js';
import type { IdentityModel } from '../../model/identity-model.js';
import { doAfter } from '../../model/time.js';
import type { Database } from '../../ports/database.js';
import type { ArrayFiles } from '../../ports/files.js';
import type { Status } from '../../ports/status.js';
import { ByteBudget } from '../../reading/byte-budget.js';
import { ReadScheduler } from '../../reading/read-scheduler.js';
import { closeCodes } from '../protocol/close-codes.js';
import { defaultLimits, type Limits } from '../protocol/limits.js';
import { encodeServerMessage } from '../protocol/server-messages.js';
import type { Socket, SocketEvents } from '../protocol/socket.js';
import type { Authorize, Visitor } from './authorize.js';
import { DataRequests } from './data-requests.js';
import { answerBytes, EntrySizes } from './entry-sizes.js';
import { PlainCalls } from './plain-calls.js';
import { publicError, publicFailure } from './public-error.js';
import type { RelayCore } from './relay-core.js';
import type { RelayEvents, RelayState } from './relay-events.js';
import { Session } from './session.js';
import { Tails } from './tails.js';
import { Visibility } from './visibility.js';
import { WatchedKeys } from './watched-keys.js';

export interface RelayOptions {
  /** One without retries: its failures are answered, and the clients repeat. */
  readonly database: Database;
  /** The database's name, which stands for its address in all that a client gets. */
  readonly name: string;
  /** What identifies scans at this institute. */
  readonly model: IdentityModel;
  readonly authorize: Authorize;
  /** Clock and timers; RxJS' `asyncScheduler` by default. */
  readonly scheduler?: SchedulerLike;
  /** What one connection may ask for at most. */
  readonly limits?: Partial<Limits>;
  /** Reads the files of saved streams; none by default. */
  readonly files?: ArrayFiles;
  /** How long to wait between a change of a followed stream and its read, in ms: 0 by default, and 4 where more than 20 follow it. */
  readonly gather?: number;
  readonly events?: RelayEvents;
  /** Tells one life of the gateway from another; random by default. */
  readonly epoch?: string;
  /** How long the first message may take; 5 s by default. */
  readonly helloWithin?: number;
  /** How long a session may want nothing; 10 min by default. */
  readonly idleAfter?: number;
  /** How long a socket may take nothing while bytes wait in it; 30 s by default. */
  readonly progressWithin?: number;
}

/** With more followers than this, frames are gathered. */
const mostUngathered = 20;
const gatherMany = 4;

export class Relay {
  private readonly core: RelayCore;
  private readonly sessions = new Set<Session>();
  private readonly subscription = new Subscription();
  private named = 0;
  private status: Status = { _tag: 'idle' };
  private isLeaving = false;
  /** Called when the last session has left. */
  private readonly empty = new Set<() => void>();

  constructor({ database, name, model, authorize, scheduler = asyncScheduler, limits, gather, files, events = {}, epoch = crypto.randomUUID(), ...times }: RelayOptions) {
    const watched = new WatchedKeys(database);
    const sizes = new EntrySizes();
    const endOfTick: EndOfTick = scheduler === asyncScheduler ? endOfJob : scheduler;
    const allLimits = { ...defaultLimits, ...limits };
    const visibility = new Visibility({ database, name, model, scheduler, endOfTick });
    const tailContext = {
      database,
      scheduler,
      endOfTick,
      events,
      sizes,
      reads: new ReadScheduler(database, new ByteBudget(undefined, answerBytes), endOfTick),
      gather: (followers: number): number => gather ?? (followers > mostUngathered ? gatherMany : 0),
    };
    const tails = new Tails(tailContext, watched);
    this.core = {
      database,
      name,
      scheduler,
      endOfTick,
      authorize,
      limits: allLimits,
      events,
      watched,
      calls: new PlainCalls({ database, watched, visibility, scheduler, endOfTick, limits: allLimits, events, files: files && { reader: files, model } }),
      data: new DataRequests(database, visibility, sizes, tails, events),
      tails,
      tailContext,
      status: () => (this.status._tag === 'failed' || this.status._tag === 'retrying' ? this.statusText(this.status) : undefined),
      features: files === undefined ? ['follow'] : ['follow', 'files'],
      epoch,
      helloWithin: times.helloWithin ?? 5000,
      idleAfter: times.idleAfter ?? 600_000,
      progressWithin: times.progressWithin ?? 30_000,
    };
    watched.start((error) => this.endAll(closeCodes.internalError, publicFailure(error, name).message));
    this.subscription.add(
      database.status$.subscribe({
        next: (status) => this.tell(status),
        error: (error: unknown) => this.endAll(closeCodes.internalError, publicFailure(error, name).message),
      }),
    );
  }

  get state(): RelayState {
    let feeds = 0;
    let mostBehind = 0;
    for (const session of this.sessions) {
      feeds += session.feeds.size;
      mostBehind = Math.max(mostBehind, session.feeds.mostBehind);
    }
    return { sessions: this.sessions.size, feeds, tails: this.core.tails.size, tailBytes: this.core.tails.bytes, answerBytes: this.core.calls.bytes, mostBehind };
  }

  /** A client has connected; its socket calls what this returns. */
  accept(socket: Socket, visitor: Visitor): SocketEvents {
    const session = new Session(String(++this.named), this.core, socket, visitor, (each) => this.left(each));
    this.sessions.add(session);
    if (this.isLeaving) session.end(closeCodes.restart, 'the gateway is closing');
    return session;
  }

  /** Asks all clients to come back within so many ms, and lets none in. Completes when the last one has left, at the latest after that time, when it closes the others. */
  drain(ms: number): Observable<never> {
    return new Observable((subscriber) => {
      this.isLeaving = true;
      if (this.sessions.size === 0) return subscriber.complete();
      const left = (): void => subscriber.complete();
      this.empty.add(left);
      subscriber.add(() => this.empty.delete(left));
      subscriber.add(doAfter(ms, this.core.scheduler, () => this.endAll(closeCodes.restart, 'the gateway is closing')));
      const text = encodeServerMessage({ drain: ms });
      for (const session of [...this.sessions]) session.text(text);
    });
  }

  /** Closes all sockets. The database stays open. */
  close(): void {
    this.isLeaving = true;
    this.endAll(closeCodes.restart, 'the gateway is closing');
    this.subscription.unsubscribe();
    this.core.watched.close();
  }

  private left(session: Session): void {
    this.sessions.delete(session);
    if (this.sessions.size === 0) for (const left of [...this.empty]) left();
  }

  private endAll(code: number, reason: string): void {
    for (const session of [...this.sessions]) session.end(code, reason);
  }

  private tell(status: Status): void {
    this.status = status;
    const text = this.statusText(status);
    for (const session of this.sessions) session.text(text);
  }

  private statusText(status: Status): string {
    return encodeServerMessage({ status: 'error' in status ? { ...status, error: { ...publicError(status.error, this.core.name) } } : status });
  }
}
