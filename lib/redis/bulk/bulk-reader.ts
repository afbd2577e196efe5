/** Reads the entries of data streams over a raw connection: those that follow an id, ranges, and the entries of single points. */
import { Observable, of, throwError, type Subscriber } from 'rxjs';
import type { Redis } from 'ioredis';
import { blissdataError } from '../../model/errors.js';
import type { Id, Key } from '../../ports/keys.js';
import type { Block, EntriesAt, IndexRange, ReadRequest } from '../../ports/streams.js';
import { compareIds, entryId, sealId } from '../../wire/stream-id.js';
import { disconnected, replyError } from '../connection/redis-errors.js';
import { BlockBuilder, BlockMemory } from './block-builder.js';
import { encoded, encodedArgument, RawConnection, type Reply } from './raw-connection.js';

export class BulkReader {
  private readonly connection: RawConnection;

  constructor(
    redis: Redis,
    private readonly url: string,
    private readonly memory = new BlockMemory(),
  ) {
    this.connection = new RawConnection(redis, url, memory);
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  /** One XREAD for all requests; the blocks come in the order of the requests, empty where there is nothing yet. */
  read(requests: readonly ReadRequest[]): Observable<readonly Block[]> {
    if (requests.length === 0) return of([]);
    const starved = requests.find(({ maxEntries }) => !(maxEntries >= 1));
    if (starved !== undefined) {
      // To Redis, COUNT 0 means no limit.
      return throwError(() => blissdataError('InvalidArgument', { argument: 'maxEntries', expected: 'at least 1', received: String(starved.maxEntries) }));
    }
    return new Observable((subscriber) => {
      const take = (reply: Reply): true => {
        if (reply._tag === 'blocks') {
          subscriber.next(inOrder(requests, reply.blocks));
          subscriber.complete();
        } else subscriber.error(this.failure(reply, 'XREAD', 'streams'));
        return true;
      };
      this.connection.send(encoded(xreadArguments(requests)), { take });
    });
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
        soon: true,
        entries: (entries) => (builder = new BlockBuilder(key, entries, 0, this.memory)),
        take: (reply) => {
          if (reply._tag === 'entries' && builder !== undefined) {
            const block = builder.finish();
            subscriber.next(reverse ? reversed(block, this.memory) : block);
            subscriber.complete();
          } else subscriber.error(this.failure(reply, command, 'entries'));
          return true;
        },
      });
    });
  }

  /** For each index, in order, the entry that starts there or last before it. */
  entriesAt(key: Key, indices: readonly number[]): Observable<EntriesAt> {
    return new Observable((subscriber) => {
      if (indices.length === 0) return subscriber.complete();
      const answers = new EntryBlocks(key, indices, this.memory, subscriber);
      let failed = false;
      this.connection.send(lastBefore(key, indices), {
        soon: true,
        entries: () => answers.builder,
        take: (reply) => {
          if (reply._tag === 'entries') answers.next();
          else {
            // All requests are about one key, so one error stands for all.
            if (!failed) subscriber.error(this.failure(reply, 'XREVRANGE', 'entries'));
            failed = true;
            answers.skip();
          }
          return answers.done || reply._tag === 'lost';
        },
      });
    });
  }

  /** Sends a command about the connection itself, which is answered by a status. */
  call(...args: readonly string[]): Promise<string> {
    return this.connection.call(...args);
  }

  private failure(reply: Reply, command: string, expected: string): Error {
    if (reply._tag === 'lost') return disconnected(reply.reason, this.url);
    if (reply._tag === 'error') return replyError(reply.reply, { url: this.url, command });
    return blissdataError('UnexpectedReply', { command, problems: [`expected ${expected}`] });
  }
}

// --- XREAD ---------------------------------------------------------------------------------------------------

/** XREAD has one COUNT for all streams, so the smallest credit applies. */
function xreadArguments(requests: readonly ReadRequest[]): readonly string[] {
  const count = requests.reduce((least, { maxEntries }) => Math.min(least, maxEntries), Infinity);
  return ['XREAD', 'COUNT', String(count), 'STREAMS', ...requests.map(({ key }) => key), ...requests.map(({ after }) => after)];
}

const nothing: Omit<Block, 'key'> = { firsts: new Float64Array(0), lens: new Float64Array(0), ends: new Float64Array(0), bytes: new Uint8Array(0) };

/** The reply lists streams in the order of the request, without those that have nothing; a key may be requested twice. */
function inOrder(requests: readonly ReadRequest[], blocks: readonly Block[]): readonly Block[] {
  let next = 0;
  return requests.map(({ key, after }) => {
    const block = blocks[next];
    if (block?.key !== key || !follows(block, after)) return { key, ...nothing };
    next++;
    return block;
  });
}

const follows = ({ firsts: [first] }: Block, after: Id): boolean => compareIds(first === undefined ? sealId : entryId(first), after) > 0;

// --- XRANGE and XREVRANGE ------------------------------------------------------------------------------------

/** Single entries are gathered into blocks of about this size; a larger entry gets memory of its own. */
const blockBytes = 64 << 10;

/** Gathers the entries of successive replies into blocks. */
class EntryBlocks {
  builder: BlockBuilder;
  private indicesFound: number[] = [];
  private answered = 0;

  constructor(
    private readonly key: Key,
    private readonly indices: readonly number[],
    private readonly memory: BlockMemory,
    private readonly subscriber: Subscriber<EntriesAt>,
  ) {
    this.builder = this.newBuilder();
  }

  get done(): boolean {
    return this.answered === this.indices.length;
  }

  /** The builder holds a further reply: one entry, or none. */
  next(): void {
    const index = this.indices[this.answered];
    if (index !== undefined && this.builder.entries > this.indicesFound.length) this.indicesFound.push(index);
    this.skip();
    if ((this.done && this.indicesFound.length > 0) || this.builder.payloadBytes >= blockBytes) this.emit();
    if (this.done) this.subscriber.complete();
  }

  skip(): void {
    this.answered++;
  }

  private emit(): void {
    const answer = { block: this.builder.finish(), indices: this.indicesFound };
    this.builder = this.newBuilder();
    this.indicesFound = [];
    this.subscriber.next(answer);
  }

  /** Expects one entry and grows with the others: the first one does not predict their size. */
  private newBuilder(): BlockBuilder {
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

/** The same entries in the opposite order. */
function reversed(block: Block, memory: BlockMemory): Block {
  const { key, firsts, lens, ends, bytes, seal } = block;
  if (firsts.length < 2) return block;
  const builder = new BlockBuilder(key, firsts.length, 0, memory);
  for (let k = firsts.length - 1; k >= 0; k--) builder.add(firsts[k] ?? 0, lens[k] ?? 1, bytes.subarray(k === 0 ? 0 : ends[k - 1], ends[k]));
  if (seal !== undefined) builder.seal(seal);
  memory.give(bytes);
  return builder.finish();
}
