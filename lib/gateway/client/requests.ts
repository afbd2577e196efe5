/** The requests of a client: sent with an id each, as many at a time as the gateway takes, and answered by that id. */
import type { Unsubscribable } from 'rxjs';
import { blissdataError, isDisconnected, type BlissdataError } from '../../model/errors.js';
import type { NdArray } from '../../model/nd-array.js';
import type { Key } from '../../ports/keys.js';
import type { BlockMessage } from '../protocol/block-message.js';
import type { ClientMessage } from '../protocol/client-messages.js';
import type { Limits } from '../protocol/limits.js';

/** What comes back for a request: a value or an array once, blocks until the last. */
export type Answer = { readonly value: unknown } | { readonly array: NdArray } | BlockMessage;

export interface Request {
  /** The key that it writes, if any: without an answer its outcome is unknown. */
  readonly writes?: Key | undefined;
  /** The message that sends it. */
  message(id: number): string | Uint8Array;
  answered(answer: Answer): void;
  failed(error: unknown): void;
}

/** The other end, once it has welcomed us. */
interface Gateway {
  readonly limits: Limits;
  readonly send: (data: string | Uint8Array) => void;
}

export class Requests {
  private gateway: Gateway | undefined;
  private lastId = 0;
  private readonly waiting = new Set<Request>();
  private readonly underWay = new Map<number, Request>();

  get isIdle(): boolean {
    return this.underWay.size === 0;
  }

  /** Whether any waits to be sent. */
  get isWaiting(): boolean {
    return this.waiting.size > 0;
  }

  /** Sends it, or lets it wait. Unsubscribing cancels it. */
  add(request: Request): Unsubscribable {
    this.waiting.add(request);
    this.send();
    return { unsubscribe: () => this.cancel(request) };
  }

  /** Sends what waits, to this gateway until another call; without one everything waits. */
  sendTo(gateway: Gateway | undefined): void {
    this.gateway = gateway;
    this.send();
  }

  /** Late answers, whose request has ended, are dropped. */
  answered(id: number, answer: Answer): void {
    const request = this.underWay.get(id);
    if (request === undefined) return;
    if (!('last' in answer) || answer.last) this.forget(id);
    request.answered(answer);
  }

  failed(id: number, error: unknown): void {
    const request = this.underWay.get(id);
    if (request === undefined) return;
    this.forget(id);
    request.failed(error);
  }

  /**
   * The connection has ended: all requests under way fail, writes with `OutcomeUnknown`. Returns whether there were any.
   *
   * @param waiting whether those fail as well that were never sent
   */
  lost(error: BlissdataError, waiting: boolean): boolean {
    this.gateway = undefined;
    const sent = [...this.underWay.values()];
    this.underWay.clear();
    const unsent = waiting ? [...this.waiting] : [];
    for (const request of unsent) this.waiting.delete(request);
    for (const request of sent) request.failed(lossOf(request, error));
    for (const request of unsent) request.failed(error);
    return sent.length + unsent.length > 0;
  }

  private forget(id: number): void {
    this.underWay.delete(id);
    this.send();
  }

  private cancel(request: Request): void {
    if (this.waiting.delete(request)) return;
    for (const [id, other] of this.underWay) {
      if (other !== request) continue;
      const message: ClientMessage = { cancel: id };
      this.gateway?.send(JSON.stringify(message));
      this.forget(id);
    }
  }

  private send(): void {
    for (const request of this.waiting) {
      const { gateway } = this;
      if (gateway === undefined || this.underWay.size >= gateway.limits.requests) return;
      this.waiting.delete(request);
      const id = ++this.lastId;
      const message = request.message(id);
      const size = typeof message === 'string' ? bytesIn(message) : message.length;
      if (size > gateway.limits.message) request.failed(tooLarge(request, size, gateway.limits.message));
      else {
        this.underWay.set(id, request);
        gateway.send(message);
      }
    }
  }
}

const lossOf = ({ writes: key }: Request, error: BlissdataError): BlissdataError =>
  key === undefined ? error : blissdataError('OutcomeUnknown', { key, reason: isDisconnected(error) ? error.reason : error.message }, error);

const tooLarge = ({ writes }: Request, size: number, limit: number): BlissdataError =>
  writes === undefined ? blissdataError('GatewayLimit', { what: 'bytes in a request', limit }) : blissdataError('RequestTooLarge', { key: writes, size, reason: `the gateway takes at most ${limit} bytes` });

/** Counted only where it may matter: UTF-8 takes at most three bytes for each unit of a text. */
const bytesIn = (text: string): number => (text.length < 16 << 10 ? text.length : new TextEncoder().encode(text).length);
