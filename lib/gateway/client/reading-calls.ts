/** The calls of a gateway that are answered by blocks; what was sent ahead is answered at once. */
import { concat, defer, EMPTY, expand, filter, map, Observable, reduce, type Subscriber } from 'rxjs';
import type { Key } from '../../ports/keys.js';
import type { Block, EntriesAt, IndexRange, ReadRequest, StreamRef } from '../../ports/streams.js';
import type { BlockMessage } from '../protocol/block-message.js';
import { answersTo, pieces, requestText, unexpected } from './calls.js';
import type { GatewayClient } from './gateway-client.js';
import type { Mailbox } from './mailbox.js';
import type { Answer } from './requests.js';

/** Other members of a reference are not for the gateway. */
export const refOf = ({ key, scan }: StreamRef): StreamRef => (scan === undefined ? { key } : { key, scan });

function blockIn(call: string, answer: Answer): BlockMessage {
  if ('block' in answer) return answer;
  throw unexpected(call, ['no block']);
}

export const readOver = (client: GatewayClient, requests: readonly ReadRequest[]): Observable<readonly Block[]> =>
  new Observable((subscriber) => new Reading(client, requests, subscriber).ask(requests.keys()));

/** The answers to several requests: from mailboxes, from frames on their way, over the wire. */
class Reading {
  private readonly blocks: (Block | undefined)[];

  constructor(
    private readonly client: GatewayClient,
    private readonly requests: readonly ReadRequest[],
    private readonly subscriber: Subscriber<readonly Block[]>,
  ) {
    this.blocks = requests.map(() => undefined);
  }

  /** Gets the blocks of the requests at these places. */
  ask(places: Iterable<number>): void {
    const { feeds, limits } = this.client;
    const plain: number[] = [];
    const opening: (readonly [number, Mailbox])[] = [];
    for (const place of places) {
      const request = this.requests[place];
      if (request === undefined) continue;
      this.blocks[place] = feeds.take(request);
      if (this.blocks[place] !== undefined || this.isWaiting(place, request)) continue;
      const mailbox = feeds.open(request, limits.feedCredit);
      if (mailbox === undefined) plain.push(place);
      else opening.push([place, mailbox]);
    }
    for (const [place, mailbox] of opening) this.send([place], mailbox);
    for (const some of pieces(plain, limits)) this.send(some);
    this.emit();
  }

  private isWaiting(place: number, request: ReadRequest): boolean {
    const waiting = this.client.feeds.wait(request, (error) => (error === undefined ? this.ask([place]) : this.subscriber.error(error)));
    this.subscriber.add(waiting);
    return waiting !== undefined;
  }

  /** Those that open a feed are sent one by one. */
  private send(places: readonly number[], mailbox?: Mailbox): void {
    const { client, subscriber } = this;
    const asked = places.map((place) => this.requests[place]).filter((request) => request !== undefined);
    const sent = asked.map(({ after, maxEntries, ...ref }) => ({ ...refOf(ref), after, maxEntries, ...(mailbox === undefined ? {} : { ahead: mailbox.credit }) }));
    if (mailbox !== undefined) subscriber.add(() => client.feeds.abandon(mailbox));
    subscriber.add(
      answersTo(client, requestText('read', [sent]))
        .pipe(
          map((answer, n) => {
            const [place, request] = [places[n], asked[n]];
            const { block, last } = blockIn('read', answer);
            if (place === undefined || request === undefined || last !== (n === places.length - 1)) throw unexpected('read', [`${n + 1} blocks for ${places.length} requests`]);
            if (mailbox !== undefined) client.feeds.begin(mailbox, request.after, block);
            this.blocks[place] = { key: request.key, ...block };
          }),
        )
        .subscribe({ error: (error: unknown) => subscriber.error(error), complete: () => this.emit() }),
    );
  }

  private emit(): void {
    const { blocks, subscriber } = this;
    if (subscriber.closed || !isComplete(blocks)) return;
    subscriber.next(blocks);
    subscriber.complete();
  }
}

const isComplete = (blocks: readonly (Block | undefined)[]): blocks is readonly Block[] => blocks.every((block) => block !== undefined);

/** The answer to a range may be cut: then the rest is requested, unless the caller does that. */
export function rangeOver(client: GatewayClient, stream: StreamRef, range: IndexRange): Observable<Block> {
  const { key } = stream;
  const ask = (asked: IndexRange): Observable<readonly [IndexRange, Block]> =>
    answersTo(client, requestText('range', [refOf(stream), asked])).pipe(map((answer) => [asked, { key, ...blockIn('range', answer).block }]));
  if (range.part === true || range.bare === true) return ask(range).pipe(map(([, block]) => block));
  return ask(range).pipe(
    expand(([asked, block]) => {
      const rest = restOf(asked, block);
      return rest === undefined ? EMPTY : ask(rest);
    }),
    reduce((blocks: readonly Block[], [, block]) => (range.reverse === true ? [block, ...blocks] : [...blocks, block]), []),
    map((blocks) => joined(key, blocks)),
  );
}

function restOf({ min = 0, max = Infinity, count = Infinity, reverse = false }: IndexRange, { firsts, more }: Block): IndexRange | undefined {
  const [first] = firsts;
  const last = firsts.at(-1);
  if (more !== true || first === undefined || last === undefined) return undefined;
  const rest = { min: reverse ? min : last + 1, max: reverse ? first - 1 : max, count: count - firsts.length, reverse };
  return rest.min > rest.max || rest.count <= 0 ? undefined : rest;
}

function joined(key: Key, blocks: readonly Block[]): Block {
  const [only] = blocks;
  const seal = blocks.at(-1)?.seal;
  const sealed = seal === undefined ? {} : { seal };
  if (only !== undefined && blocks.length === 1) return { key, firsts: only.firsts, lens: only.lens, ends: only.ends, bytes: only.bytes, ...sealed };
  const bytes = new Uint8Array(blocks.reduce((sum, block) => sum + block.bytes.length, 0));
  const ends: number[] = [];
  let at = 0;
  for (const block of blocks) {
    bytes.set(block.bytes, at);
    for (const end of block.ends) ends.push(at + end);
    at += block.bytes.length;
  }
  const all = (member: 'firsts' | 'lens'): Float64Array => Float64Array.from(blocks.flatMap((block) => [...block[member]]));
  return { key, firsts: all('firsts'), lens: all('lens'), ends: Float64Array.from(ends), bytes, ...sealed };
}

export const entriesAtOver = (client: GatewayClient, stream: StreamRef, indices: readonly number[]): Observable<EntriesAt> =>
  defer(() =>
    concat(
      ...pieces(indices, client.limits).map((some) =>
        answersTo(client, requestText('entriesAt', [refOf(stream), some])).pipe(
          map((answer) => {
            const { block, indices: found = [] } = blockIn('entriesAt', answer);
            if (found.length !== block.firsts.length) throw unexpected('entriesAt', [`${found.length} indices for ${block.firsts.length} entries`]);
            return { block: { key: stream.key, ...block }, indices: [...found] };
          }),
          filter(({ indices: found }) => found.length > 0),
        ),
      ),
    ),
  );
