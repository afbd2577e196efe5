/** The requests of a session that are under way, or wait until its socket has room for their answers. */
import { Subscription, type Unsubscribable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Key } from '../../ports/keys.js';
import type { AppendWindow, StreamRef } from '../../ports/streams.js';
import { encodeArrayMessage } from '../protocol/array-message.js';
import type { Limits } from '../protocol/limits.js';
import { encodeServerMessage } from '../protocol/server-messages.js';
import { Answer } from './answer.js';
import { isDataCall } from './data-requests.js';
import type { Feed } from './feed.js';
import type { Outbox } from './outbox.js';
import { jsonText } from './json-text.js';
import { publicError } from './public-error.js';
import type { RelayCore } from './relay-core.js';
import type { Rights } from './rights.js';
import type { SessionFeeds } from './session-feeds.js';
import type { SessionKeys } from './session-keys.js';

/** How many requests with blocks of points are worked on at a time: each may have its answer in memory. */
const dataAtOnce = 4;

export interface Call {
  readonly id: number;
  readonly call: string;
  readonly args: readonly unknown[];
}

interface Request {
  readonly call: string;
  readonly isData: boolean;
  readonly since: number;
  readonly begin: (request: Request) => void;
  isBegun: boolean;
  /** Of one that is answered by points, once it was begun. */
  answer?: Answer;
  readonly work: Subscription;
}

export class SessionRequests {
  private readonly requests = new Map<number, Request>();
  /** Cancelled while the database worked on them, which it does to the end: they keep their turns, or a client that cancels could ask for any amount. */
  private readonly leaving = new Set<Request>();
  private dataUnderWay = 0;
  private waiting = 0;
  private isClosed = false;
  private isStarting = false;

  constructor(
    private readonly core: RelayCore,
    private readonly outbox: Outbox,
    private readonly keys: SessionKeys,
    private readonly feeds: SessionFeeds,
    private readonly limits: Limits,
    public rights: Rights,
  ) {}

  get underWay(): number {
    return this.requests.size;
  }

  ask({ id, call, args }: Call): void {
    this.add(id, call, isDataCall(call) || call === 'fileRead', (request) => {
      if (isDataCall(call)) this.askForData(id, request, (answer, failed) => this.core.data.begin({ id, call, args }, this, answer, failed));
      else if (call === 'fileRead') this.askForData(id, request, (answer, error) => this.core.calls.file(args, this).subscribe({ next: (array) => answer.end(encodeArrayMessage(id, array)), error }));
      else this.askForJson(id, request, () => this.core.calls.answer(call, args, this));
    });
  }

  append(id: number, windows: readonly AppendWindow[]): void {
    this.add(id, 'append', false, (request) => this.askForJson(id, request, () => this.core.data.append(windows, this)));
  }

  cancel(id: number): void {
    const request = this.requests.get(id);
    this.forget(id);
    if (request?.answer === undefined) request?.work.unsubscribe();
    else {
      this.leaving.add(request);
      request.answer.cancel();
    }
    this.startMore();
  }

  /** Begins what has waited for room, in the order in which it came. */
  startMore(): void {
    if (this.waiting === 0 || this.isStarting) return;
    this.isStarting = true;
    for (const request of this.requests.values()) {
      if (this.isClosed || !this.outbox.hasRoom) break;
      if (!request.isBegun && !(request.isData && this.dataUnderWay >= dataAtOnce)) this.start(request);
    }
    this.isStarting = false;
  }

  close(): void {
    this.isClosed = true;
    for (const { work } of [...this.requests.values(), ...this.leaving]) work.unsubscribe();
    this.requests.clear();
    this.leaving.clear();
  }

  // --- What calls need of the session ------------------------------------------------------------------------

  get keysPerRequest(): number {
    return this.limits.keysPerRequest;
  }

  readonly arm = (keys: readonly Key[]): void => this.keys.arm(keys);
  readonly follow = (stream: StreamRef): Feed | undefined => this.feeds.open(stream);
  readonly text = (text: string): void => this.outbox.text(text);

  // --- Beginning and ending ----------------------------------------------------------------------------------

  private add(id: number, call: string, isData: boolean, begin: (request: Request) => void): void {
    const request: Request = { call, isData, since: this.core.scheduler.now(), begin, isBegun: false, work: new Subscription() };
    if (this.requests.has(id)) return this.fail(id, request, blissdataError('InvalidArgument', { argument: 'id', expected: 'an id that is not in use', received: String(id) }));
    if (this.requests.size >= this.limits.requests) return this.fail(id, request, blissdataError('GatewayLimit', { what: 'requests under way', limit: this.limits.requests }));
    this.requests.set(id, request);
    this.waiting++;
    this.startMore();
  }

  private start(request: Request): void {
    request.isBegun = true;
    this.waiting--;
    if (request.isData) {
      this.dataUnderWay++;
      request.work.add(() => this.dataUnderWay--);
    }
    request.begin(request);
  }

  private askForData(id: number, request: Request, begin: (answer: Answer, failed: (error: unknown) => void) => Unsubscribable): void {
    const answer = new Answer(this.outbox, () => this.done(id, request, false));
    request.answer = answer;
    request.work.add(begin(answer, (error) => this.fail(id, request, error)));
  }

  private askForJson(id: number, request: Request, ask: () => ReturnType<RelayCore['calls']['answer']>): void {
    try {
      request.work.add(
        ask().subscribe({
          next: (value) => {
            this.outbox.text(`{"id":${id},"value":${jsonText(value ?? null)}}`);
            this.done(id, request, false);
          },
          error: (error: unknown) => this.fail(id, request, error),
        }),
      );
    } catch (error) {
      this.fail(id, request, error);
    }
  }

  private fail(id: number, request: Request, error: unknown): void {
    if (this.leaving.has(request)) return this.done(id, request, true);
    request.answer?.withdraw();
    this.core.events.failed?.(request.call, error);
    this.outbox.text(encodeServerMessage({ id, error: { ...publicError(error, this.core.name) } }));
    this.done(id, request, true);
  }

  private done(id: number, request: Request, failed: boolean): void {
    if (!this.leaving.delete(request)) this.core.events.answered?.(request.call, this.core.scheduler.now() - request.since, failed);
    if (this.requests.get(id) === request) this.forget(id);
    request.work.unsubscribe();
    this.startMore();
  }

  private forget(id: number): void {
    if (this.requests.get(id)?.isBegun === false) this.waiting--;
    this.requests.delete(id);
  }
}
