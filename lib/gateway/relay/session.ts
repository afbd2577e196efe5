/** One connection of a client: its hello, its rights and how long they last, and what its messages ask for. */
import * as E from 'fp-ts/lib/Either.js';
import type { Subscription } from 'rxjs';
import { isBlissdataError } from '../../model/errors.js';
import { doAfter } from '../../model/time.js';
import { decodeAppendMessage } from '../protocol/decode-append-message.js';
import { binaryKinds } from '../protocol/binary-kinds.js';
import { decodeClientMessage, decodeHello, type ClientMessage } from '../protocol/client-messages.js';
import { closeCodes } from '../protocol/close-codes.js';
import { writingMessage, type Limits } from '../protocol/limits.js';
import { encodeServerMessage } from '../protocol/server-messages.js';
import type { Socket, SocketEvents } from '../protocol/socket.js';
import { gatewayVersion } from '../protocol/version.js';
import type { Visitor } from './authorize.js';
import { Outbox } from './outbox.js';
import type { RelayCore } from './relay-core.js';
import { mostLate, RequestRate } from './request-rate.js';
import type { Rights } from './rights.js';
import { SessionFeeds } from './session-feeds.js';
import { SessionKeys } from './session-keys.js';
import { SessionRequests } from './session-requests.js';

/** After its token has expired, a session has this long to send a newer one, in ms. */
const grace = 10_000;
/** Messages that wait for their turn take this much at most, and one more message. */
const mostLateBytes = 1 << 20;
/** What a message counts, as a part of a request: that one more is a request shows once it is decoded. */
const otherMessage = 1 / 8;

type Incoming = string | Uint8Array<ArrayBuffer>;

export class Session implements SocketEvents {
  private readonly outbox: Outbox;
  private readonly keys: SessionKeys;
  readonly feeds: SessionFeeds;
  private readonly rate: RequestRate;
  private requests: SessionRequests | undefined;
  private rights: Rights | undefined;
  private limits: Limits;
  private isAuthorizing = false;
  private isClosed = false;
  private lastUse: number;
  private deadline: Subscription;
  private expiry: Subscription | undefined;
  private authorizing: Subscription | undefined;
  /** Messages above the permitted rate wait here, and behind them all others. */
  private readonly late: Incoming[] = [];
  private lateBytes = 0;
  private lateness: Subscription | undefined;

  /** @param left called once, when it has ended */
  constructor(
    readonly name: string,
    private readonly core: RelayCore,
    private readonly socket: Socket,
    private readonly visitor: Visitor,
    private readonly left: (session: Session) => void,
  ) {
    const { scheduler, events, progressWithin, limits } = core;
    this.limits = limits;
    this.outbox = new Outbox(socket, scheduler, events, progressWithin, () => this.end(closeCodes.noProgress, 'nothing was taken for too long'));
    this.keys = new SessionKeys(core, this.outbox);
    this.feeds = new SessionFeeds(core.tails, core.tailContext, this.outbox, limits, (key) => this.keys.wake(key));
    this.rate = new RequestRate(scheduler);
    this.lastUse = scheduler.now();
    events.opened?.(name, visitor);
    this.deadline = doAfter(core.helloWithin, scheduler, () => this.end(closeCodes.helloTimeout, 'no hello'));
  }

  // --- Of the socket -----------------------------------------------------------------------------------------

  message(data: Incoming): void {
    if (this.isClosed) return;
    if (data.length > this.limits.message) return this.end(closeCodes.tooBig, `a message of more than ${this.limits.message} bytes`);
    if (this.late.length === 0 && this.rate.wait <= 0) return this.take(data);
    this.late.push(data);
    this.lateBytes += data.length;
    if (this.late.length > mostLate || this.lateBytes > this.limits.message + mostLateBytes) return this.end(closeCodes.tooManyRequests, 'too many requests');
    this.lateness ??= doAfter(this.rate.wait, this.core.scheduler, () => this.takeLate());
  }

  drained(): void {
    if (this.isClosed) return;
    // First: what is being sent would fill the room again, and no request would begin as long as there is more of it.
    this.requests?.startMore();
    this.outbox.drained();
  }

  closed(code: number, reason: string): void {
    if (!this.isClosed) this.dispose(code, reason);
  }

  // --- Of the relay ------------------------------------------------------------------------------------------

  get isOpen(): boolean {
    return this.requests !== undefined;
  }

  text(text: string): void {
    if (this.isOpen) this.outbox.text(text);
  }

  /** Closes the socket. */
  end(code: number, reason: string): void {
    if (this.isClosed) return;
    this.dispose(code, reason);
    this.socket.close(code, reason.replaceAll(/[^ -~]/g, '?').slice(0, mostReason));
  }

  private dispose(code: number, reason: string): void {
    this.isClosed = true;
    this.deadline.unsubscribe();
    this.expiry?.unsubscribe();
    this.authorizing?.unsubscribe();
    this.lateness?.unsubscribe();
    this.late.length = 0;
    this.requests?.close();
    this.feeds.close();
    this.keys.close();
    this.outbox.close();
    this.core.events.closed?.(this.name, code, reason, this.visitor);
    this.left(this);
  }

  // --- Messages ----------------------------------------------------------------------------------------------

  private takeLate(): void {
    this.lateness = undefined;
    while (!this.isClosed) {
      const { wait } = this.rate;
      const data = wait > 0 ? undefined : this.late.shift();
      if (data === undefined) {
        if (this.late.length > 0) this.lateness = doAfter(wait, this.core.scheduler, () => this.takeLate());
        return;
      }
      this.lateBytes -= data.length;
      this.take(data);
    }
  }

  private take(data: Incoming): void {
    this.rate.count(otherMessage);
    if (this.requests === undefined) this.greet(data);
    else if (typeof data === 'string') {
      const decoded = decodeClientMessage(data);
      if (E.isLeft(decoded)) this.refuse(decoded.left);
      else this.obey(decoded.right, this.requests);
    } else this.takeBinary(data, this.requests);
  }

  private obey(message: ClientMessage, requests: SessionRequests): void {
    if ('call' in message) {
      this.countRequest();
      requests.ask(message);
    } else if ('cancel' in message) requests.cancel(message.cancel);
    else if ('more' in message) this.feeds.grant(message.more, message.bytes);
    else if ('unwatch' in message) {
      this.keys.unwatch(message.unwatch);
      this.feeds.end(message.unwatch);
    }
    else if ('ping' in message) this.outbox.text(encodeServerMessage({ pong: message.ping }));
    else if ('token' in message) this.authorize({ ...this.visitor, token: message.token });
    else this.end(closeCodes.normal, 'the client has left');
  }

  private takeBinary(data: Uint8Array<ArrayBuffer>, requests: SessionRequests): void {
    if (data[0] !== binaryKinds.append) return this.refuse([`a binary message of kind ${data[0] ?? 'none'}`]);
    const decoded = decodeAppendMessage(data);
    if (E.isLeft(decoded)) return this.refuse(decoded.left);
    this.countRequest();
    requests.append(decoded.right.id, decoded.right.windows);
  }

  private countRequest(): void {
    this.lastUse = this.core.scheduler.now();
    this.rate.count(1 - otherMessage);
  }

  private refuse(problems: readonly string[]): void {
    this.end(closeCodes.badMessage, problems[0] ?? 'not a message of the protocol');
  }

  // --- Who it is ---------------------------------------------------------------------------------------------

  private greet(data: Incoming): void {
    if (this.isAuthorizing || typeof data !== 'string') return this.refuse(['a message before the welcome']);
    const decoded = decodeHello(data);
    if (E.isLeft(decoded)) return this.refuse(decoded.left);
    const { hello, token, client, maxMessage } = decoded.right;
    if (!(hello >= 1)) return this.refuse([`version ${hello} of the protocol`]);
    if (maxMessage !== undefined) this.outbox.maxMessage = Math.max(leastPart, maxMessage);
    this.deadline.unsubscribe();
    this.authorize({ ...this.visitor, ...(token === undefined ? {} : { token }), ...(client === undefined ? {} : { client }) });
  }

  private authorize(visitor: Visitor): void {
    this.isAuthorizing = true;
    this.authorizing?.unsubscribe();
    this.authorizing = this.core.authorize(visitor).subscribe({
      next: (rights) => this.authorized(rights),
      error: (error: unknown) => (isBlissdataError(error, 'AccessDenied') ? this.end(closeCodes.unauthorized, error.reason) : this.end(closeCodes.internalError, 'the gateway could not check the token')),
    });
  }

  private authorized(rights: Rights): void {
    const before = this.rights;
    const { expires } = rights;
    this.rights = rights;
    this.isAuthorizing = false;
    if (rights.read !== 'all' && rights.read.length === 0 && rights.write !== true) return this.end(closeCodes.forbidden, 'no rights');
    this.expiry?.unsubscribe();
    if (expires !== undefined) this.expiry = doAfter(expires + grace - this.core.scheduler.now(), this.core.scheduler, () => this.end(closeCodes.unauthorized, 'the token has expired'));
    this.limits = rights.write === true ? { ...this.core.limits, message: Math.max(this.core.limits.message, writingMessage) } : this.core.limits;
    if (this.requests === undefined) this.welcome(rights);
    else {
      this.requests.rights = rights;
      this.outbox.text(encodeServerMessage({ expires: expires ?? null }));
      // Of what it follows, it may see less than before.
      if (JSON.stringify(before?.read) !== JSON.stringify(rights.read)) {
        this.feeds.close();
        this.keys.allChanged(false);
      }
    }
  }

  private welcome({ write = false, delete: mayDelete = false, expires }: Rights): void {
    const { name, epoch, features } = this.core;
    this.requests = new SessionRequests(this.core, this.outbox, this.keys, this.feeds, this.limits, this.rights ?? { read: [] });
    this.outbox.text(
      encodeServerMessage({
        welcome: gatewayVersion,
        session: this.name,
        database: name,
        epoch,
        rights: { write, delete: mayDelete },
        limits: this.limits,
        features,
        ...(expires === undefined ? {} : { expires }),
      }),
    );
    const status = this.core.status();
    if (status !== undefined) this.outbox.text(status);
    this.core.watched.join(this.keys);
    this.lastUse = this.core.scheduler.now();
    this.watchUse(this.core.idleAfter);
  }

  private watchUse(ms: number): void {
    this.deadline = doAfter(ms, this.core.scheduler, () => {
      const isUsed = this.keys.size > 0 || this.feeds.size > 0 || (this.requests?.underWay ?? 0) > 0;
      const left = isUsed ? this.core.idleAfter : this.lastUse + this.core.idleAfter - this.core.scheduler.now();
      if (left > 0) this.watchUse(left);
      else this.end(closeCodes.normal, 'nothing was wanted for too long');
    });
  }
}

/** A close has room for 123 bytes. */
const mostReason = 120;
/** Smaller parts would be mostly headers. */
const leastPart = 4096;
