/** Writes that may exceed what the server, or a proxy before it, accepts: isolated from the others, and given up once they clearly break their connection. */
import * as t from 'io-ts';
import type { Redis } from 'ioredis';
import { firstValueFrom, type SchedulerLike } from 'rxjs';
import { blissdataError, isBlissdataError, type BlissdataErrorOf } from '../../model/errors.js';
import { after } from '../../model/time.js';
import type { Key } from '../../ports/keys.js';
import type { RequestSizes } from '../../ports/streams.js';
import { decodeReply } from './decode-reply.js';
import { Link, unobserved } from './link.js';
import type { RedisAddress } from './redis-address.js';
import { isReplyError, saysLost, saysMalformed, saysSilence } from './redis-errors.js';
import { textOf } from './secrets.js';

export interface LargeRequest {
  /** The same object for each attempt. */
  readonly request: object;
  readonly key: Key;
  /** Bytes of all its payloads. */
  readonly size: number;
  /** Bytes of the largest payload. */
  readonly largest: number;
}

/** Larger requests use a connection of their own from the start, so that others neither wait for them nor lose their connection with them. */
const sharedBytes = 1 << 20;
/** Smaller requests pass everywhere: if one breaks its connection, the network is to blame. */
const suspectBytes = 1024;
/** From this size on, fewer broken connections are proof enough. */
const largeBytes = 16 << 10;
/** After how many broken connections in a row a request is tried alone. */
const breaksShared = (size: number): number => (size >= largeBytes ? 1 : 2);
/** After how many more, while the server answered other requests each time, it is given up. */
const breaksAlone = (size: number): number => (size >= largeBytes ? 5 : 8);
/** A stream entry is limited to 1 GiB, whatever the server's configuration. */
const streamPayload = (1 << 30) - 1024;
/** How long the server may take to refuse an announced size. */
const refusalMs = 250;

export const anySize: RequestSizes = { payload: streamPayload, window: Infinity };

/**
 * A server that refuses a request closes the connection, with or without an error, and so does a bad network. The difference: the request
 * breaks one connection after another, alone, while the same server answers before and after over the same route.
 *
 * Every request in flight on a connection that breaks is a suspect. Suspects are retried one at a time over another connection; a request
 * that passes there was innocent.
 */
export class LargeRequests {
  /** For large requests. Its losses are not reported: its requests are retried, and no others are affected. */
  readonly link: Link;
  /** For transactions, which nothing may interrupt. */
  readonly transactions: Link;
  /** For suspects: one request at a time. */
  readonly trials: Link;
  private lastTrial: Promise<void> = Promise.resolve();
  /** The limits that the server reported, or that refusals revealed. */
  private payload = streamPayload;
  private window = Infinity;
  private readonly breaks = new WeakMap<object, number>();
  /** Whether the server reports its limits. */
  private limitsReported = false;
  /** The largest payload that was announced without a refusal. */
  private announced = 0;
  private isRechecking = false;
  private readonly onRefused = (bytes: number): void => this.recheck(bytes);

  constructor(
    address: RedisAddress,
    private readonly scheduler: SchedulerLike,
  ) {
    this.link = new Link(address, unobserved, (redis) => this.learn(redis));
    this.transactions = new Link(address, unobserved, (redis) => this.learn(redis));
    this.trials = new Link(address, unobserved, (redis) => this.learn(redis));
  }

  get sizes(): RequestSizes {
    return { payload: this.payload, window: this.window, refused: this.onRefused };
  }

  /** Reads the server's limits. Without the permission, only a refusal reveals them. */
  async learn(redis: Redis): Promise<void> {
    try {
      const replies = await Promise.all([redis.config('GET', 'proto-max-bulk-len'), redis.config('GET', 'client-query-buffer-limit')]);
      const [bulk = 0, buffer = 0] = replies.map((reply) => Number(decodeReply(t.array(t.string), 'CONFIG GET', reply)[1]));
      // The query buffer also holds the line end after the payload.
      this.payload = Math.min(streamPayload, ...[bulk, buffer - 2].filter((bytes) => bytes > 0));
      this.limitsReported = true;
    } catch (error) {
      if (!isReplyError(error)) throw error;
      this.limitsReported = false;
    }
  }

  /** Learns the limits again, in case a size that was just refused has been allowed meanwhile. */
  private recheck(bytes: number): void {
    if (this.isRechecking) return;
    this.isRechecking = true;
    this.inTurn(() => this.relearn(bytes))
      .catch((error: unknown) => {
        // The limits stay as they were; the next request reports what is wrong with the server.
        if (!isBlissdataError(error) && !saysLost(error) && !isReplyError(error)) throw error;
      })
      .finally(() => {
        this.isRechecking = false;
      });
  }

  /**
   * Runs a request over the connection that suits it; `RequestTooLarge` once it is clear that it can never succeed. Other errors pass
   * unchanged.
   *
   * @param shared the connection of small requests
   * @param transact a faster way, if there is one, over a connection of its own; undefined if `run` is to do it
   */
  async run<A>(what: LargeRequest, shared: Link, run: (redis: Redis) => Promise<A>, transact?: (redis: Redis) => Promise<A | undefined>): Promise<A> {
    const { request, size } = what;
    if (this.isSuspect(request, size)) return this.inTurn(() => this.attempt(what, this.trials, run));
    // A server counts all that a transaction queues against the limit of one payload.
    if (transact !== undefined && size <= Math.min(this.payload / 2, this.window)) {
      const done = await this.attempt(what, this.transactions, transact);
      if (done !== undefined) return done;
    }
    return this.attempt(what, size > Math.min(sharedBytes, this.window) ? this.link : shared, run);
  }

  private async attempt<A>(what: LargeRequest, link: Link, run: (redis: Redis) => Promise<A>): Promise<A> {
    const { request, size, largest } = what;
    // At once if possible: what follows a reply without a pause keeps the server busy.
    if (link.current === undefined) await link.use();
    const relearn = (): Promise<void> => this.relearn(largest);
    if (largest > this.payload) await (link === this.trials ? relearn() : this.inTurn(relearn));
    if (largest > this.payload) throw tooLarge(what, `the limit is ${this.payload} bytes`);
    const redis = link.current ?? (await link.use());
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
      else if (link === this.link || link === this.transactions) await this.inTurn(() => this.broke(what, reason));
      else this.breaks.set(request, (this.breaks.get(request) ?? 0) + 1);
      throw error;
    }
  }

  /** Updates the limits if they would refuse a payload. */
  private async relearn(bytes: number): Promise<void> {
    if (bytes <= this.payload || bytes > streamPayload) return;
    await this.learn(await this.trials.use());
    this.announced = 0;
    if (!this.limitsReported && (await this.announce(bytes)) === '') this.payload = Math.max(this.payload, bytes);
  }

  /** One trial after another, whatever the outcome of the earlier ones. */
  private inTurn<A>(run: () => Promise<A>): Promise<A> {
    const trial = this.lastTrial.then(run);
    const over = (): void => undefined;
    this.lastTrial = trial.then(over, over);
    return trial;
  }

  private isSuspect(request: object, size: number): boolean {
    return (this.breaks.get(request) ?? 0) >= breaksShared(size);
  }

  private passed({ request, size }: LargeRequest): void {
    this.breaks.delete(request);
    if (size > this.window) this.window = size;
  }

  /** Counts a broken connection; throws `RequestTooLarge` when it was the last attempt. */
  private async broke(what: LargeRequest, reason: Error | undefined): Promise<void> {
    const { request, size } = what;
    const breaks = Math.max(this.breaks.get(request) ?? 0, breaksShared(size)) + 1;
    this.breaks.delete(request);
    // We ended the connection, or the other end fell silent: neither is a refusal.
    if (reason === undefined || saysSilence(reason)) return;
    const refusal = await this.announce(what.largest);
    // No server answers at present.
    if (refusal === undefined) return;
    if (saysMalformed(refusal)) throw this.refused(what, refusal);
    this.breaks.set(request, breaks);
    if (breaks < breaksShared(size) + breaksAlone(size)) throw suspected(what, reason);
    this.window = Math.min(this.window, size >> 1);
    throw tooLarge(what, `it breaks the connection each time (${textOf(reason)})`);
  }

  /**
   * Announces a payload of this size over a trial connection, which is then given up, and returns the server's error, or `''` without
   * one. Undefined if no server answers.
   */
  private async announce(bytes: number): Promise<string | undefined> {
    let redis: Redis;
    try {
      redis = await this.trials.use();
      await redis.ping();
    } catch (error) {
      if (isBlissdataError(error) || saysLost(error)) return undefined;
      throw error;
    }
    if (this.limitsReported || bytes <= this.announced) return '';
    const { stream } = redis;
    const answered = new Promise<string>((resolve) => {
      stream.prependOnceListener('data', (data: Buffer) => resolve(String(data).replace(/^-/, '').trimEnd()));
      stream.once('close', () => resolve(''));
    });
    // An incomplete request is never executed.
    stream.write(`*2\r\n$4\r\nECHO\r\n$${bytes}\r\n`);
    const waited = firstValueFrom(after(refusalMs, this.scheduler)).then(() => '');
    const answer = await Promise.race([answered, waited]);
    this.trials.renew(new Error('it served to find out the size limit'));
    if (answer === '') this.announced = bytes;
    return answer;
  }

  /** The server refused the size explicitly, and would do so again. */
  private refused(what: LargeRequest, reply: string): BlissdataErrorOf<'RequestTooLarge'> {
    this.payload = Math.min(this.payload, what.largest - 1);
    this.announced = 0;
    this.recheck(what.largest);
    return tooLarge(what, reply);
  }
}

/** All that is known if this attempt was the caller's last. */
const suspected = ({ key, size }: LargeRequest, reason: Error): BlissdataErrorOf<'OutcomeUnknown'> =>
  blissdataError('OutcomeUnknown', { key, reason: `${textOf(reason)}, though the server answers other requests: ${size} bytes may be too large` }, reason);

const tooLarge = ({ key, largest, size }: LargeRequest, reason: string): BlissdataErrorOf<'RequestTooLarge'> => blissdataError('RequestTooLarge', { key, size: Math.max(largest, size), reason });
