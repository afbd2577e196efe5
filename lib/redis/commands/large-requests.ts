/** Requests that may be more than the server, or what lies before it, takes: tried alone, and given up once it is clear that they break their connection. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { firstValueFrom, type SchedulerLike } from 'rxjs';
import { blissdataError, isBlissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import { after } from '../../model/time.js';
import type { Key } from '../../ports/keys.js';
import type { RequestSizes } from '../../ports/streams.js';
import { Link } from '../connection/link.js';
import type { RedisAddress } from '../connection/redis-address.js';
import { isReplyError, saysLost, saysMalformed, saysSilence } from '../connection/redis-errors.js';
import { decodeReply } from './replies.js';
import { textOf } from '../connection/secrets.js';

export interface LargeRequest {
  /** The same object each time that it is tried. */
  readonly request: object;
  readonly key: Key;
  /** Bytes of all its payloads. */
  readonly size: number;
  /** Bytes of the greatest of them. */
  readonly largest: number;
}

/** What is larger goes over a connection of its own from the start: nobody else is to wait for it, nor to notice what becomes of it. */
const sharedBytes = 1 << 20;
/** What is smaller passes everywhere: if it breaks its connection, then the network does. */
const suspectBytes = 1024;
/** From here on it takes fewer breaks to be sure. */
const largeBytes = 16 << 10;
/** After how many breaks in a row a request is tried alone. */
const sharedBreaks = (size: number): number => (size >= largeBytes ? 1 : 2);
/** After how many breaks more, each while the server answered others, it is given up. */
const breaksAlone = (size: number): number => (size >= largeBytes ? 5 : 8);
/** A stream takes no entry of more than 1 GiB in all, whatever the configuration of the server says. */
const streamPayload = (1 << 30) - 1024;
/** How long to wait for a server to refuse a size that it is told. */
const refusalMs = 250;

export const anySize: RequestSizes = { payload: streamPayload, window: Infinity };

/**
 * A server that does not take a request closes the connection, with a word or without one, and so does a network that is bad. What tells
 * them apart: the request breaks one connection after another, alone, while the same server answers before and after over the same way.
 *
 * Whatever is under way when a connection breaks is suspected, and tried over another connection, one after another: one that passes
 * there was not guilty.
 */
export class LargeRequests {
  /** For what is large. It tells nobody of its losses: what is tried over it is tried again, and is no trouble of anybody else's. */
  readonly link: Link;
  /** For what is suspected: one request at a time. */
  readonly trials: Link;
  private lastTurn: Promise<void> = Promise.resolve();
  /** What the server says of itself, and what was found out. */
  private payload = streamPayload;
  private window = Infinity;
  private readonly breaks = new WeakMap<object, number>();
  /** Whether the server says of itself what it takes. */
  private isTold = false;
  /** A payload of so many bytes was expected when it was last told to expect one. */
  private expected = 0;
  private isLooking = false;
  private readonly refusedBefore = (bytes: number): void => this.recheck(bytes);

  constructor(
    address: RedisAddress,
    private readonly scheduler: SchedulerLike,
  ) {
    const silent = (): void => undefined;
    const events = { opening: silent, opened: silent, lost: silent, failed: silent };
    this.link = new Link(address, events, (redis) => this.learn(redis));
    this.trials = new Link(address, events, (redis) => this.learn(redis));
  }

  get sizes(): RequestSizes {
    return { payload: this.payload, window: this.window, refused: this.refusedBefore };
  }

  /** Asks a server what it takes. Who may not ask finds out when it is too much. */
  async learn(redis: Redis): Promise<void> {
    try {
      const replies = await Promise.all([redis.config('GET', 'proto-max-bulk-len'), redis.config('GET', 'client-query-buffer-limit')]);
      const [bulk = 0, buffer = 0] = replies.map((reply) => Number(decodeReply(t.array(t.string), 'CONFIG GET', reply)[1]));
      // The line end that follows a payload is read with it.
      this.payload = Math.min(streamPayload, ...[bulk, buffer - 2].filter((bytes) => bytes > 0));
      this.isTold = true;
    } catch (error) {
      if (!isReplyError(error)) throw error;
      this.isTold = false;
    }
  }

  /**
   * Somebody was refused for the size of a payload that may have been taken meanwhile: looks again what is taken, for whoever comes next.
   * Where the server may not be asked, it is told to expect one.
   */
  private recheck(bytes: number): void {
    if (this.isLooking) return;
    this.isLooking = true;
    this.inTurn(() => this.look(bytes))
      .catch((error: unknown) => {
        // Then it is as it was known to be: whoever needs the server is told by what he asks of it.
        if (!isBlissdataError(error) && !saysLost(error) && !isReplyError(error)) throw error;
      })
      .finally(() => {
        this.isLooking = false;
      });
  }

  /**
   * Runs a request over the connection that it is for; `RequestTooLarge` if it is clear that it never can be. Other errors are as they come.
   *
   * @param shared the connection of those that are not large
   */
  async run<A>(what: LargeRequest, shared: Link, run: (redis: Redis) => Promise<A>): Promise<A> {
    const { request, size } = what;
    if (this.isSuspect(request, size)) return this.inTurn(() => this.attempt(what, this.trials, run));
    return this.attempt(what, size > Math.min(sharedBytes, this.window) ? this.link : shared, run);
  }

  private async attempt<A>(what: LargeRequest, link: Link, run: (redis: Redis) => Promise<A>): Promise<A> {
    const { request, size, largest } = what;
    await link.use();
    const look = (): Promise<void> => this.look(largest);
    if (largest > this.payload) await (link === this.trials ? look() : this.inTurn(look));
    if (largest > this.payload) throw tooLarge(what, `it takes ${this.payload} bytes at once`);
    const redis = await link.use();
    try {
      const reply = await run(redis);
      this.passed(what);
      return reply;
    } catch (error) {
      if (isReplyError(error) && saysMalformed(error.message)) throw this.refused(what, error.message);
      if (isReplyError(error) || isBlissdataError(error) || !saysLost(error) || size < suspectBytes) {
        this.breaks.delete(request);
        throw error;
      }
      const reason = link.reasonOf(redis);
      if (link === this.trials) await this.broke(what, reason);
      else if (link === this.link) await this.inTurn(() => this.broke(what, reason));
      else this.breaks.set(request, (this.breaks.get(request) ?? 0) + 1);
      throw error;
    }
  }

  /** Whether more is taken by now. */
  private async look(bytes: number): Promise<void> {
    if (bytes <= this.payload || bytes > streamPayload) return;
    await this.learn(await this.trials.use());
    this.expected = 0;
    if (!this.isTold && (await this.answer(bytes)) === '') this.payload = Math.max(this.payload, bytes);
  }

  /** One after another, whatever became of those before. */
  private inTurn<A>(run: () => Promise<A>): Promise<A> {
    const turn = this.lastTurn.then(run);
    const over = (): void => undefined;
    this.lastTurn = turn.then(over, over);
    return turn;
  }

  private isSuspect(request: object, size: number): boolean {
    return (this.breaks.get(request) ?? 0) >= sharedBreaks(size);
  }

  private passed({ request, size }: LargeRequest): void {
    this.breaks.delete(request);
    if (size > this.window) this.window = size;
  }

  /** Throws `RequestTooLarge` when it was the last time. */
  private async broke(what: LargeRequest, reason: Error | undefined): Promise<void> {
    const { request, size } = what;
    const breaks = Math.max(this.breaks.get(request) ?? 0, sharedBreaks(size)) + 1;
    this.breaks.delete(request);
    // It was ended from here, or nothing was heard of the other end: then nobody has refused anything.
    if (reason === undefined || saysSilence(reason)) return;
    const refusal = await this.answer(what.largest);
    // There is no server at present.
    if (refusal === undefined) return;
    if (saysMalformed(refusal)) throw this.refused(what, refusal);
    this.breaks.set(request, breaks);
    if (breaks < sharedBreaks(size) + breaksAlone(size)) throw unknown(what, reason);
    this.window = Math.min(this.window, size >> 1);
    throw tooLarge(what, `it breaks the connection each time (${textOf(reason)})`);
  }

  /**
   * What the server says to a payload of this size when it is told to expect one, over a connection that is not used for anything else
   * any more: nothing (`''`), unless it refuses. Undefined without a server that answers.
   */
  private async answer(bytes: number): Promise<string | undefined> {
    let redis: Redis;
    try {
      redis = await this.trials.use();
      await redis.ping();
    } catch (error) {
      if (isBlissdataError(error) || saysLost(error)) return undefined;
      throw error;
    }
    if (this.isTold || bytes <= this.expected) return '';
    const { stream } = redis;
    const answered = new Promise<string>((resolve) => {
      stream.prependOnceListener('data', (data: Buffer) => resolve(String(data).replace(/^-/, '').trimEnd()));
      stream.once('close', () => resolve(''));
    });
    // A request that never comes to its end is never carried out.
    stream.write(`*2\r\n$4\r\nECHO\r\n$${bytes}\r\n`);
    const waited = firstValueFrom(after(refusalMs, this.scheduler)).then(() => '');
    const answer = await Promise.race([answered, waited]);
    this.trials.renew(new Error('it was asked what it takes'));
    if (answer === '') this.expected = bytes;
    return answer;
  }

  /** The server said so itself: it will say so again. */
  private refused(what: LargeRequest, reply: string): BlissdataErrorOf<'RequestTooLarge'> {
    this.payload = Math.min(this.payload, what.largest - 1);
    this.expected = 0;
    this.recheck(what.largest);
    return tooLarge(what, reply);
  }
}

/** Where this was the last attempt, it is all that is known. */
const unknown = ({ key, size }: LargeRequest, reason: Error): BlissdataErrorOf<'OutcomeUnknown'> =>
  blissdataError('OutcomeUnknown', { key, reason: `${textOf(reason)}, though the server answers others: ${size} bytes may be more than it takes` }, reason);

const tooLarge = ({ key, largest, size }: LargeRequest, reason: string): BlissdataErrorOf<'RequestTooLarge'> => blissdataError('RequestTooLarge', { key, size: Math.max(largest, size), reason });
