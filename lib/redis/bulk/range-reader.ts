/** Reads entries by index over a connection whose socket was taken over: ranges, and the entries of single points, many in one request. */
import { Observable, type Subscriber } from 'rxjs';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { Key } from '../../ports/keys.js';
import type { Block, EntriesAt, IndexRange } from '../../ports/streams.js';
import { BlockBuilder } from './block-builder.js';
import { BlockMemory } from './block-memory.js';
import { disconnected, replyError } from '../connection/redis-errors.js';
import { encoded, encodedArgument, RawConnection, type Reply } from './raw-connection.js';

/** Entries that were asked for one by one come in blocks of about this size: small ones together, a big one in memory of its own. */
const blockBytes = 64 << 10;

export class RangeReader {
  private readonly connection: RawConnection;

  constructor(
    redis: Redis,
    private readonly url: string,
    private readonly memory = new BlockMemory(),
  ) {
    this.connection = new RawConnection(redis, url, memory);
  }

  /** Whether nothing has ended the connection yet. */
  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  /** The entries that start between two indices, oldest first. */
  range(key: Key, { min, max, count, reverse = false }: IndexRange): Observable<Block> {
    const low = min === undefined ? '-' : String(min);
    const high = max === undefined ? '+' : String(max);
    const command = reverse ? 'XREVRANGE' : 'XRANGE';
    const limit = count === undefined ? [] : ['COUNT', String(count)];
    return new Observable((subscriber) => {
      let builder: BlockBuilder | undefined;
      this.connection.send(encoded([command, key, ...(reverse ? [high, low] : [low, high]), ...limit]), {
        entries: (entries) => (builder = new BlockBuilder(key, entries, 0, this.memory)),
        take: (reply) => {
          if (reply._tag === 'entries' && builder !== undefined) {
            const block = builder.finish();
            subscriber.next(reverse ? reversed(block, this.memory) : block);
            subscriber.complete();
          } else subscriber.error(this.failure(reply, command));
          return true;
        },
      });
    });
  }

  /** For each index, in their order, the entry that starts there or last before it. */
  entriesAt(key: Key, indices: readonly number[]): Observable<EntriesAt> {
    return new Observable((subscriber) => {
      if (indices.length === 0) return subscriber.complete();
      const answers = new Answers(key, indices, this.memory, subscriber);
      let failed = false;
      this.connection.send(lastBefore(key, indices), {
        entries: () => answers.builder,
        take: (reply) => {
          if (reply._tag === 'entries') answers.next();
          else {
            // One error is like the other, for they are all about one key.
            if (!failed) subscriber.error(this.failure(reply, 'XREVRANGE'));
            failed = true;
            answers.skip();
          }
          return answers.done || reply._tag === 'lost';
        },
      });
    });
  }

  private failure(reply: Reply, command: string): Error {
    if (reply._tag === 'lost') return disconnected(reply.reason, this.url);
    if (reply._tag === 'error') return replyError(reply.reply, { url: this.url, command });
    return blissdataError('UnexpectedReply', { command, problems: ['expected entries'] });
  }
}

/** Gathers the entries of one reply after another into blocks. */
class Answers {
  builder: BlockBuilder;
  private found: number[] = [];
  private answered = 0;

  constructor(
    private readonly key: Key,
    private readonly indices: readonly number[],
    private readonly memory: BlockMemory,
    private readonly subscriber: Subscriber<EntriesAt>,
  ) {
    this.builder = this.fresh();
  }

  get done(): boolean {
    return this.answered === this.indices.length;
  }

  /** A reply is in the builder: one entry, or none. */
  next(): void {
    const index = this.indices[this.answered];
    if (index !== undefined && this.builder.entries > this.found.length) this.found.push(index);
    this.skip();
    if ((this.done && this.found.length > 0) || this.builder.payloadBytes >= blockBytes) this.emit();
    if (this.done) this.subscriber.complete();
  }

  skip(): void {
    this.answered++;
  }

  private emit(): void {
    const answer = { block: this.builder.finish(), indices: this.found };
    this.builder = this.fresh();
    this.found = [];
    this.subscriber.next(answer);
  }

  /** It grows with what comes: the first entry does not tell how big the others are. */
  private fresh(): BlockBuilder {
    return new BlockBuilder(this.key, 1, 0, this.memory);
  }
}

/** `XREVRANGE key <index> - COUNT 1` for each index. */
function lastBefore(key: Key, indices: readonly number[]): string {
  const before = `*6\r\n${encodedArgument('XREVRANGE')}${encodedArgument(key)}`;
  const after = ['-', 'COUNT', '1'].map(encodedArgument).join('');
  let requests = '';
  for (const index of indices) {
    const digits = String(index);
    requests += `${before}$${digits.length}\r\n${digits}\r\n${after}`;
  }
  return requests;
}

/** The same entries, the other way round. */
function reversed(block: Block, memory: BlockMemory): Block {
  const { key, firsts, lens, ends, bytes, seal } = block;
  if (firsts.length < 2) return block;
  const builder = new BlockBuilder(key, firsts.length, 0, memory);
  for (let k = firsts.length - 1; k >= 0; k--) builder.add(firsts[k] ?? 0, lens[k] ?? 1, bytes.subarray(k === 0 ? 0 : ends[k - 1], ends[k]));
  if (seal !== undefined) builder.seal(seal);
  memory.give(bytes);
  return builder.finish();
}
