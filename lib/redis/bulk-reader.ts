/** Reads data streams over a connection that ioredis opened and whose socket is then read by XreadParser. */
import { Observable, of, throwError } from 'rxjs';
import type { Redis } from 'ioredis';
import { blissdataError } from '../model/errors.js';
import type { Block, Id, Want } from '../ports/database.js';
import { compareIds, entryId, sealId } from '../wire/stream-id.js';
import { BlockMemory } from './block-memory.js';
import { socketTimeoutMs } from './connection-options.js';
import { takeOver } from './lent-socket.js';
import { disconnected, errorReply, replyError } from './redis-errors.js';
import { MalformedReply, XreadParser, type XreadReply } from './xread-parser.js';

type Answer = (reply: XreadReply | { readonly _tag: 'lost'; readonly reason: unknown }) => void;

/** One socket: requests go out in order, replies come back in order. */
export class BulkReader {
  private readonly waiting: Answer[] = [];
  private closedBy: unknown;

  /**
   * Takes the socket over: from here on ioredis sees neither its bytes nor our requests, only that it closes.
   * Address, TLS, AUTH and SELECT were ioredis' work.
   */
  constructor(
    private readonly redis: Redis,
    private readonly url: string,
    memory = new BlockMemory(),
  ) {
    const parser = new XreadParser((reply) => this.waiting.shift()?.(reply), memory);
    const socket = redis.stream;
    // Half-open sockets never say so: while a reply is due, silence closes the connection.
    socket.setTimeout(socketTimeoutMs);
    takeOver(socket, (bytes) => {
      try {
        parser.push(bytes);
      } catch (error) {
        // After a malformed reply nobody knows where the next one starts.
        socket.destroy(error instanceof Error ? error : new MalformedReply(String(error)));
      }
    });
    socket.on('timeout', () => {
      if (this.waiting.length > 0) socket.destroy(new Error(`no reply within ${socketTimeoutMs} ms`));
    });
    socket.once('error', (error: Error) => this.lose(error));
    socket.once('close', () => this.lose(new Error('the connection was closed')));
  }

  /** Whether nothing has ended the connection yet. */
  get isOpen(): boolean {
    // It may be broken and have yet to say so.
    return this.closedBy === undefined && this.redis.stream.writable;
  }

  /** One XREAD over all wants; the blocks come in the order of the wants, empty where there is nothing yet. */
  read(wants: readonly Want[]): Observable<readonly Block[]> {
    if (wants.length === 0) return of([]);
    const starved = wants.find(({ maxEntries }) => !(maxEntries >= 1));
    if (starved !== undefined) {
      // To Redis a COUNT of 0 means no limit at all.
      return throwError(() => blissdataError('InvalidArgument', { argument: 'maxEntries', expected: 'at least 1', received: String(starved.maxEntries) }));
    }
    return new Observable((subscriber) => {
      this.send(xreadArguments(wants), (reply) => {
        if (reply._tag === 'lost') subscriber.error(disconnected(reply.reason, this.url));
        else if (reply._tag === 'error') subscriber.error(replyError(reply.reply, { url: this.url, command: 'XREAD' }));
        else if (reply._tag === 'blocks') {
          subscriber.next(inOrder(wants, reply.blocks));
          subscriber.complete();
        } else subscriber.error(blissdataError('UnexpectedReply', { command: 'XREAD', problems: [reply.reply] }));
      });
    });
  }

  /** A command about the connection itself, one that is answered by a status. */
  call(...args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      this.send(args, (reply) => {
        if (reply._tag === 'lost') reject(disconnected(reply.reason, this.url));
        else if (reply._tag === 'error') reject(errorReply(reply.reply));
        else if (reply._tag === 'status') resolve(reply.reply);
        else reject(blissdataError('UnexpectedReply', { command: args.join(' '), problems: ['expected a status'] }));
      });
    });
  }

  private send(args: readonly string[], answer: Answer): void {
    if (this.closedBy !== undefined) {
      answer({ _tag: 'lost', reason: this.closedBy });
      return;
    }
    this.waiting.push(answer);
    this.redis.stream.write(`*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`);
  }

  private lose(reason: unknown): void {
    this.closedBy ??= reason;
    for (const answer of this.waiting.splice(0)) answer({ _tag: 'lost', reason: this.closedBy });
  }
}

const nothing: Omit<Block, 'key'> = { firsts: new Float64Array(0), lens: new Float64Array(0), ends: new Float64Array(0), bytes: new Uint8Array(0) };

/** The reply names the streams in the order of the request and passes over those that have nothing; a key may be wanted twice. */
function inOrder(wants: readonly Want[], blocks: readonly Block[]): readonly Block[] {
  let next = 0;
  return wants.map(({ key, after }) => {
    const block = blocks[next];
    if (block?.key !== key || !follows(block, after)) return { key, ...nothing };
    next++;
    return block;
  });
}

const follows = ({ firsts: [first] }: Block, after: Id): boolean => compareIds(first === undefined ? sealId : entryId(first), after) > 0;

/** XREAD has one COUNT for all streams, so the smallest credit counts. */
function xreadArguments(wants: readonly Want[]): readonly string[] {
  const count = wants.reduce((least, want) => Math.min(least, want.maxEntries), Infinity);
  return ['XREAD', 'COUNT', String(count), 'STREAMS', ...wants.map((want) => want.key), ...wants.map((want) => want.after)];
}
