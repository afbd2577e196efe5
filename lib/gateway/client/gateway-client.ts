/** A client of a gateway: connects when it has something to ask, and says how that fares. What it asks is up to `gateway-database.ts`. */
import * as E from 'fp-ts/lib/Either.js';
import { asyncScheduler, BehaviorSubject, Subject, Subscription, type Unsubscribable } from 'rxjs';
import { blissdataError, isBlissdataError, isDisconnected, type BlissdataError } from '../../model/errors.js';
import { doAfter } from '../../model/time.js';
import type { Invalidation } from '../../ports/invalidations.js';
import type { Key } from '../../ports/keys.js';
import type { Status } from '../../ports/status.js';
import { errorFromJson } from '../../wire/error-json.js';
import { decodeArrayMessage } from '../protocol/array-message.js';
import { binaryKinds } from '../protocol/binary-kinds.js';
import { decodeBlockMessage } from '../protocol/block-message.js';
import { closeCodes } from '../protocol/close-codes.js';
import { defaultLimits, type Limits } from '../protocol/limits.js';
import { PartAssembler } from '../protocol/parts.js';
import type { ServerMessage, Welcome } from '../protocol/server-messages.js';
import { Connection, type ConnectionEvents, type ConnectionOptions } from './connection.js';
import { Feeds } from './feeds.js';
import { Requests, type Request } from './requests.js';

export interface GatewayOptions extends ConnectionOptions {
  /** From 0 up to, but not including, 1: spreads the clients of a gateway that restarts. `Math.random` by default. */
  readonly random?: (() => number) | undefined;
}

/** The largest message that is put together from parts: Redis holds no larger values than 512 MiB. */
const mostBytes = 2 ** 30;

export class GatewayClient implements ConnectionEvents {
  private readonly status = new BehaviorSubject<Status>({ _tag: 'idle' });
  readonly status$ = this.status.asObservable();
  private readonly invalidations = new Subject<Invalidation>();
  readonly invalidations$ = this.invalidations.asObservable();
  readonly feeds: Feeds;
  /** As the last welcome told. */
  limits: Limits = defaultLimits;
  features: readonly string[] = [];
  /** Where the gateway is, to be shown. */
  readonly url: string;

  private readonly requests = new Requests();
  private connection: Connection | undefined;
  private hasWelcome = false;
  private parts = new PartAssembler(mostBytes);
  /** Until the connection is left for another one, since the gateway goes away. */
  private leaving: Subscription | undefined;
  private mustLeave = false;
  private isClosed = false;

  /** Without an address every request fails. */
  constructor(
    private readonly address: E.Either<BlissdataError, string>,
    private readonly options: GatewayOptions,
  ) {
    const { scheduler = asyncScheduler } = options;
    this.url = E.isRight(address) ? address.right : 'an invalid URL';
    this.feeds = new Feeds({ say: (message) => this.connection?.say(message), wake: (key) => this.invalidate([key]), now: () => scheduler.now() });
  }

  /** Sends a request, over a new connection if there is none. Unsubscribing cancels it. */
  request(request: Request): Unsubscribable {
    if (this.isClosed || E.isLeft(this.address)) {
      request.failed(E.isLeft(this.address) ? this.address.left : blissdataError('StoreClosed', {}));
      return Subscription.EMPTY;
    }
    const sent = this.requests.add(request);
    this.connect();
    return { unsubscribe: () => this.ended(sent) };
  }

  unwatch(keys: readonly Key[]): void {
    this.feeds.forget(keys);
    if (this.hasWelcome) this.connection?.say({ unwatch: keys });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { connection } = this;
    const closed = blissdataError('StoreClosed', {});
    this.forget(closed);
    connection?.close();
    this.requests.lost(closed, true);
    this.invalidations.complete();
    this.status.next({ _tag: 'closed' });
    this.status.complete();
  }

  // --- What the connection says --------------------------------------------------------------------------------

  welcomed({ limits, features }: Welcome): void {
    this.hasWelcome = true;
    this.limits = limits;
    this.features = features;
    this.show({ _tag: 'ready' });
    this.requests.sendTo({ limits, send: (data) => this.connection?.send(data) });
  }

  message(message: ServerMessage): void {
    if ('error' in message) {
      const error = errorOf(message.error);
      if (isDisconnected(error)) this.show({ _tag: 'failed', error });
      else this.show({ _tag: 'ready' });
      this.requests.failed(message.id, error);
      this.leaveIfIdle();
    } else if ('id' in message) {
      this.show({ _tag: 'ready' });
      this.requests.answered(message.id, message);
      this.leaveIfIdle();
    } else if ('wake' in message) {
      this.feeds.woken(message.wake);
      this.invalidate(message.wake);
    } else if ('wakeAll' in message) {
      this.feeds.clear();
      this.invalidations.next(message.interrupted === true ? { _tag: 'all', interrupted: true } : { _tag: 'all' });
    } else if ('follow' in message) this.feeds.following(message.follow, message.handle);
    else if ('drain' in message) this.leaveWithin(message.drain);
    else if ('status' in message) this.learn(message.status);
  }

  bytes(message: Uint8Array<ArrayBuffer>): void {
    switch (message[0]) {
      case binaryKinds.block: {
        const decoded = decodeBlockMessage(message);
        if (E.isLeft(decoded)) return this.misunderstood(decoded.left);
        const block = decoded.right;
        if (!block.answer) return this.feeds.frame(block, message.length);
        this.requests.answered(block.id, block);
        return this.leaveIfIdle();
      }
      case binaryKinds.array: {
        const decoded = decodeArrayMessage(message);
        if (E.isLeft(decoded)) return this.misunderstood(decoded.left);
        const { id, array } = decoded.right;
        this.requests.answered(id, { array });
        return this.leaveIfIdle();
      }
      case binaryKinds.part: {
        const whole = this.parts.add(message);
        if (E.isLeft(whole)) return this.misunderstood(whole.left);
        // Parts of parts there are none.
        if (whole.right === undefined) return;
        return whole.right[0] === binaryKinds.part ? this.misunderstood('a part of parts') : this.bytes(whole.right);
      }
      default:
        return this.misunderstood(`a message of kind ${message[0]}`);
    }
  }

  /** The loss itself is an invalidation: otherwise readers that all wait would never connect again. */
  over(error: BlissdataError): void {
    const { hasWelcome, mustLeave } = this;
    this.forget(error);
    const wereThere = this.requests.lost(error, !mustLeave);
    if (wereThere || !hasWelcome) this.show({ _tag: 'failed', error });
    if (hasWelcome) this.invalidations.next({ _tag: 'all', interrupted: true });
    if (this.requests.isWaiting) this.connect();
  }

  // -------------------------------------------------------------------------------------------------------------

  private connect(): void {
    // The requests may have failed already, and their users have closed the client.
    if (this.connection !== undefined || this.isClosed || !this.requests.isWaiting) return;
    if (this.status.value._tag !== 'ready') this.show({ _tag: 'connecting' });
    this.connection = new Connection(this.url, this.options, this);
    this.connection.open();
  }

  private forget(error: BlissdataError): void {
    this.connection = undefined;
    this.hasWelcome = false;
    this.parts = new PartAssembler(mostBytes);
    this.leaving?.unsubscribe();
    this.mustLeave = false;
    this.feeds.clear(error);
  }

  private ended(sent: Unsubscribable): void {
    sent.unsubscribe();
    this.leaveIfIdle();
  }

  private invalidate(keys: readonly Key[]): void {
    this.invalidations.next({ _tag: 'keys', keys });
  }

  private misunderstood(problem: string): void {
    this.connection?.fail(blissdataError('UnexpectedReply', { command: 'the gateway', problems: [problem] }));
  }

  private show(status: Status): void {
    const { _tag } = this.status.value;
    if (_tag !== 'closed' && (_tag !== status._tag || _tag === 'failed')) this.status.next(status);
  }

  /** What the gateway says of its own connection. */
  private learn({ _tag, error }: { readonly _tag: string; readonly error?: unknown }): void {
    if (_tag === 'ready') this.show({ _tag: 'ready' });
    else if (error !== undefined) {
      const failure = errorOf(error);
      this.show({ _tag: 'failed', error: isDisconnected(failure) ? failure : blissdataError('Disconnected', { url: this.url, reason: failure.message }, failure) });
    }
  }

  // --- A gateway that goes away --------------------------------------------------------------------------------

  /** Not all clients at once. What is under way is finished; further requests wait for the next connection. */
  private leaveWithin(ms: number): void {
    const { random = Math.random, scheduler = asyncScheduler } = this.options;
    this.leaving?.unsubscribe();
    this.leaving = doAfter(ms * random(), scheduler, () => {
      this.mustLeave = true;
      this.requests.sendTo(undefined);
      this.leaveIfIdle();
    });
  }

  private leaveIfIdle(): void {
    const { connection } = this;
    if (this.mustLeave && this.requests.isIdle) connection?.fail(connection.disconnected('the gateway goes away'), closeCodes.normal);
  }
}

/** What an error on the wire was at the other end, if it is one of ours. */
function errorOf(json: unknown): BlissdataError {
  try {
    const error = errorFromJson(json);
    return isBlissdataError(error) ? error : unexpected(error);
  } catch (error) {
    return unexpected(error);
  }
}

const unexpected = (error: unknown): BlissdataError => blissdataError('UnexpectedReply', { command: 'the gateway', problems: [error instanceof Error ? error.message : 'no error'] }, error);
