/** One connection to a gateway: token, hello, welcome, signs of life, and the reason for its end. */
import * as E from 'fp-ts/lib/Either.js';
import { asyncScheduler, defer, from, of, Subscription, type Observable, type SchedulerLike } from 'rxjs';
import { blissdataError, isBlissdataError, type BlissdataError } from '../../model/errors.js';
import { doAfter } from '../../model/time.js';
import type { ClientMessage, Hello } from '../protocol/client-messages.js';
import { closeCodes, mayComeBack } from '../protocol/close-codes.js';
import { decodeServerMessage, type ServerMessage, type Welcome } from '../protocol/server-messages.js';
import type { OpenSocket, Socket } from '../protocol/socket.js';
import { gatewayVersion, subprotocol } from '../protocol/version.js';

/** What a gateway is shown, or a function that gives it: called for each connection, and shortly before the token before it expires. */
export type Token = string | (() => string | Promise<string>);

export interface ConnectionOptions {
  readonly openSocket: OpenSocket;
  readonly token?: Token | undefined;
  /** The program's name and version, for the gateway's log. */
  readonly client?: string | undefined;
  /** The clock and timers; RxJS' asyncScheduler by default. */
  readonly scheduler?: SchedulerLike | undefined;
  /** After how many ms of silence the gateway is asked for a sign of life, and then given up; 5000 by default. */
  readonly silence?: (() => number) | undefined;
}

/** What the owner of a connection hears from it; `over` is the last. */
export interface ConnectionEvents {
  welcomed(welcome: Welcome): void;
  message(message: ServerMessage): void;
  bytes(message: Uint8Array<ArrayBuffer>): void;
  over(error: BlissdataError): void;
}

const renewalMs = 30_000;

export class Connection {
  private socket: Socket | undefined;
  private isOpen = false;
  private isWelcome = false;
  private isOver = false;
  /** When something was received, and when a sign of life was asked for. */
  private heardAt: number;
  private askedAt = -Infinity;
  private readonly timers = new Subscription();
  private renewal: Subscription | undefined;
  private readonly scheduler: SchedulerLike;
  private readonly silence: () => number;

  constructor(
    private readonly url: string,
    private readonly options: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {
    this.scheduler = options.scheduler ?? asyncScheduler;
    this.silence = options.silence ?? ((): number => 5000);
    this.heardAt = this.scheduler.now();
  }

  /** Asks for the token first, for that may take as long as a user needs to log in. */
  open(): void {
    this.timers.add(
      tokenOf(this.options.token).subscribe({
        next: (token) => this.connect(token),
        error: (error: unknown) => this.end(isBlissdataError(error) ? error : this.disconnected(`there is no token: ${textOf(error)}`, error)),
      }),
    );
  }

  /** Text only: what is not written down as a type would not be understood. */
  say(message: Hello | ClientMessage): void {
    this.send(JSON.stringify(message));
  }

  send(data: string | Uint8Array): void {
    this.socket?.send(data);
  }

  /** Says goodbye; `over` does not follow. */
  close(): void {
    this.isOver = true;
    this.timers.unsubscribe();
    if (this.isOpen) this.say({ bye: 1 });
    this.socket?.close(closeCodes.normal, '');
  }

  /** Ends it because of what the gateway has sent, or not. */
  fail(error: BlissdataError, code: number = closeCodes.badMessage): void {
    if (this.isOver) return;
    this.socket?.close(code, '');
    this.end(error);
  }

  disconnected(reason: string, cause?: unknown): BlissdataError {
    return blissdataError('Disconnected', { url: this.url, reason }, cause);
  }

  private connect(token: string | undefined): void {
    const { options } = this;
    this.heardAt = this.scheduler.now();
    this.listenFor(this.silence());
    try {
      this.socket = options.openSocket(this.url, {
        opened: () => {
          this.isOpen = true;
          this.say({ hello: gatewayVersion, ...(token === undefined ? {} : { token }), ...(options.client === undefined ? {} : { client: options.client }) });
        },
        message: (data) => this.received(data),
        closed: (code, reason) => this.end(this.lossOf(code, reason)),
      });
    } catch (error) {
      this.end(this.disconnected(textOf(error), error));
    }
  }

  private received(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.isOver) return;
    this.heardAt = this.scheduler.now();
    if (typeof data !== 'string') return this.events.bytes(data);
    const decoded = decodeServerMessage(data);
    if (E.isLeft(decoded)) return this.fail(blissdataError('UnexpectedReply', { command: 'the gateway', problems: decoded.left }));
    const message = decoded.right;
    if ('welcome' in message) this.welcomed(message);
    else if ('expires' in message) this.renewBefore(message.expires);
    else if (!('pong' in message)) this.events.message(message);
  }

  private welcomed(welcome: Welcome): void {
    if (welcome.welcome !== gatewayVersion) return this.fail(this.mismatch(`version ${welcome.welcome}`));
    this.isWelcome = true;
    this.renewBefore(welcome.expires);
    this.events.welcomed(welcome);
  }

  private mismatch(found: string): BlissdataError {
    return blissdataError('GatewayMismatch', { url: this.url, expected: subprotocol, found });
  }

  private lossOf(code: number, reason: string): BlissdataError {
    const { url, options } = this;
    const why = reason === '' ? `closed with ${code}` : reason;
    if (code === closeCodes.unauthorized || code === closeCodes.forbidden || code === closeCodes.notFound) {
      // It had a token that was good: the next connection asks for a newer one.
      const hasExpired = code === closeCodes.unauthorized && this.isWelcome && typeof options.token === 'function';
      return hasExpired ? this.disconnected(why) : blissdataError('AccessDenied', { url, reason: why });
    }
    return mayComeBack(code) ? this.disconnected(why) : this.mismatch(`close code ${code}${reason && `: ${reason}`}`);
  }

  private end(error: BlissdataError): void {
    if (this.isOver) return;
    this.isOver = true;
    this.timers.unsubscribe();
    this.events.over(error);
  }

  // --- Signs of life -------------------------------------------------------------------------------------------

  private listenFor(ms: number): void {
    this.timers.add(doAfter(ms, this.scheduler, () => this.listened()));
  }

  /** Judged by what was received, for the timers of a page in the background may be late. */
  private listened(): void {
    const now = this.scheduler.now();
    const silence = this.silence();
    const quiet = now - this.heardAt;
    if (this.askedAt > this.heardAt) return this.fail(this.disconnected(`nothing was received for ${quiet} ms`), closeCodes.normal);
    if (quiet < silence) return this.listenFor(silence - quiet);
    this.askedAt = now;
    if (this.isOpen) this.say({ ping: now });
    this.listenFor(silence);
  }

  /** Asks for a newer token a little before the present one expires; if there is none, the gateway's close tells. */
  private renewBefore(expires: number | null | undefined): void {
    const { token } = this.options;
    this.renewal?.unsubscribe();
    if (typeof expires !== 'number' || typeof token !== 'function') return;
    const left = expires - this.scheduler.now();
    this.renewal = doAfter(Math.max(left - renewalMs, left / 2, 1000), this.scheduler, () => {
      this.timers.add(
        tokenOf(token).subscribe({
          next: (newer) => this.say({ token: newer ?? '' }),
          error: (error: unknown) => this.fail(this.disconnected(`there is no newer token: ${textOf(error)}`, error), closeCodes.normal),
        }),
      );
    });
    this.timers.add(this.renewal);
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const tokenOf = (token: Token | undefined): Observable<string | undefined> =>
  defer(() => {
    const given = typeof token === 'function' ? token() : token;
    return typeof given === 'object' ? from(given) : of(given);
  });
