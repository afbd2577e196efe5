/** A connection that ioredis opened and whose socket is then ours: requests go out in order, what a tick asks in one write; replies come back in order. */
import type { Redis } from 'ioredis';
import type { BlockBuilder } from './block-builder.js';
import { BlockMemory } from './block-memory.js';
import { takeOver } from './lent-socket.js';
import { disconnected, errorReply } from '../connection/redis-errors.js';
import { blissdataError } from '../../model/errors.js';
import { plainError } from '../connection/secrets.js';
import { silenceAllowed, watchSilence } from '../connection/socket-watch.js';
import { XreadParser } from './xread-parser.js';
import { MalformedReply, type XreadReply } from './xread-reply.js';

export type Reply = XreadReply | { readonly _tag: 'lost'; readonly reason: unknown };

/** Whoever waits for the replies to what it sent. */
export interface Waiting {
  /** Where the entries of its next reply go, if that is one of XRANGE: so many will come. */
  readonly entries?: (count: number) => BlockBuilder;
  /** True when this was the last reply it waits for; a lost connection always is. */
  readonly take: (reply: Reply) => boolean;
}

export class RawConnection {
  private readonly waiting: Waiting[] = [];
  private outgoing = '';
  private closedBy: unknown;
  readonly #redis: Redis;

  /**
   * Takes the socket over: from here on ioredis sees neither its bytes nor our requests, only that it closes.
   * Address, TLS, AUTH and SELECT were ioredis' work.
   */
  constructor(
    redis: Redis,
    readonly url: string,
    readonly memory = new BlockMemory(),
  ) {
    this.#redis = redis;
    const parser = new XreadParser(
      (reply) => {
        if (this.waiting[0]?.take(reply) !== false) this.waiting.shift();
      },
      memory,
      (count) => this.waiting[0]?.entries?.(count),
    );
    const socket = redis.stream;
    takeOver(socket, (bytes) => {
      try {
        parser.push(bytes);
      } catch (error) {
        // After a malformed reply nobody knows where the next one starts.
        socket.destroy(error instanceof Error ? error : new MalformedReply(String(error)));
      }
    });
    watchSilence(socket, silenceAllowed(redis), () => this.waiting.length > 0);
    socket.once('error', (error: Error) => this.lose(error));
    socket.once('close', () => this.lose(new Error('the connection was closed')));
  }

  /** Whether nothing has ended it yet. */
  get isOpen(): boolean {
    // It may be broken and have yet to say so.
    return this.closedBy === undefined && this.#redis.stream.writable;
  }

  /** @param requests one or more, as {@link encoded}, each with a reply that `waiting` takes */
  send(requests: string, waiting: Waiting): void {
    if (this.closedBy !== undefined) {
      waiting.take({ _tag: 'lost', reason: this.closedBy });
      return;
    }
    this.waiting.push(waiting);
    if (this.outgoing === '') process.nextTick(() => this.write());
    this.outgoing += requests;
  }

  /** A command about the connection itself, one that is answered by a status. */
  call(...args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const take = (reply: Reply): true => {
        if (reply._tag === 'lost') reject(disconnected(reply.reason, this.url));
        else if (reply._tag === 'error') reject(errorReply(reply.reply));
        else if (reply._tag === 'status') resolve(reply.reply);
        else reject(blissdataError('UnexpectedReply', { command: args.join(' '), problems: ['expected a status'] }));
        return true;
      };
      this.send(encoded(args), { take });
    });
  }

  private write(): void {
    const { outgoing } = this;
    this.outgoing = '';
    if (this.closedBy === undefined) this.#redis.stream.write(outgoing, 'latin1');
  }

  private lose(reason: unknown): void {
    this.closedBy ??= plainError(reason);
    for (const { take } of this.waiting.splice(0)) take({ _tag: 'lost', reason: this.closedBy });
  }
}

/** A request as it travels (RESP2), a character for each byte: how many arguments, then each with its length in bytes. */
export const encoded = (args: readonly string[]): string => `*${args.length}\r\n${args.map(encodedArgument).join('')}`;

export function encodedArgument(arg: string): string {
  const length = Buffer.byteLength(arg);
  return `$${length}\r\n${length === arg.length ? arg : Buffer.from(arg).toString('latin1')}\r\n`;
}
