/** A connection that ioredis opened and whose socket we then use ourselves: pipelined requests, written once a tick; replies in the same order. */
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import { takeOver } from '../connection/lending-socket.js';
import { disconnected, errorReply } from '../connection/redis-errors.js';
import { plainError } from '../connection/secrets.js';
import { ShortWait } from '../connection/short-wait.js';
import { socketTimeoutOf, watchSilence } from '../connection/socket-watch.js';
import { ArrivingBytes } from './arriving-bytes.js';
import { BlockMemory, type BlockBuilder } from './block-builder.js';
import { ReplyParser, type BulkReply } from './reply-parser.js';
import { MalformedReply } from './token-reader.js';

export type Reply = BulkReply | { readonly _tag: 'lost'; readonly reason: unknown };

/** Takes the replies to a request, or to several. */
interface ReplyHandler {
  /** A builder for the entries of the next reply, if that answers a range; their number is known. */
  readonly entries?: (count: number) => BlockBuilder;
  /** True after its last reply, which a lost connection always is. */
  readonly take: (reply: Reply) => boolean;
  /** Whether the replies are small, and wanted at once. */
  readonly soon?: boolean;
}

export class RawConnection {
  private readonly handlers: ReplyHandler[] = [];
  private outgoing = '';
  private isSoon = false;
  private closedBy: unknown;
  private readonly wait = new ShortWait(() => this.handlers.length > 0);
  readonly #redis: Redis;

  /**
   * Takes the socket over: from here on ioredis sees neither its bytes nor our requests, only its end. ioredis has taken care of address,
   * TLS, AUTH and SELECT.
   */
  constructor(
    redis: Redis,
    private readonly url: string,
    memory = new BlockMemory(),
  ) {
    this.#redis = redis;
    const parser = new ReplyParser(
      (reply) => {
        if (this.handlers[0]?.take(reply) !== false) this.handlers.shift();
      },
      memory,
      (count) => this.handlers[0]?.entries?.(count),
    );
    const socket = redis.stream;
    const arriving = new ArrivingBytes(parser);
    takeOver(socket, {
      take: (bytes) => {
        try {
          arriving.take(bytes);
        } catch (error) {
          // Where the next reply starts is unknown now.
          socket.destroy(error instanceof Error ? error : new MalformedReply(String(error)));
        }
      },
      destination: (lent) => arriving.destination(lent),
    });
    watchSilence(socket, socketTimeoutOf(redis), () => this.handlers.length > 0);
    socket.once('error', (error: Error) => this.lose(error));
    socket.once('close', () => this.lose(new Error('the connection was closed')));
  }

  get isOpen(): boolean {
    // A broken socket reports its end later.
    return this.closedBy === undefined && this.#redis.stream.writable;
  }

  /** @param requests one or more, as {@link encoded}, with a reply each */
  send(requests: string, handler: ReplyHandler): void {
    if (this.closedBy !== undefined) {
      handler.take({ _tag: 'lost', reason: this.closedBy });
      return;
    }
    this.handlers.push(handler);
    if (this.outgoing === '') process.nextTick(() => this.write());
    this.outgoing += requests;
    this.isSoon ||= handler.soon === true;
  }

  /** Sends a command about the connection itself, which is answered by a status. */
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
    if (this.isSoon) this.wait.begin();
    this.isSoon = false;
  }

  private lose(reason: unknown): void {
    this.closedBy ??= plainError(reason);
    for (const { take } of this.handlers.splice(0)) take({ _tag: 'lost', reason: this.closedBy });
  }
}

/** A request in RESP2, one character for each byte: the number of arguments, then each with its length in bytes. */
export const encoded = (args: readonly string[]): string => `*${args.length}\r\n${args.map(encodedArgument).join('')}`;

export function encodedArgument(arg: string): string {
  const length = Buffer.byteLength(arg);
  return `$${length}\r\n${length === arg.length ? arg : Buffer.from(arg).toString('latin1')}\r\n`;
}
