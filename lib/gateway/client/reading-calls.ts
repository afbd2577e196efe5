/** The calls of a gateway that are answered by blocks; what was sent ahead is answered at once. */
import { concat, defer, EMPTY, expand, filter, map, Observable, reduce } from 'rxjs';
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

/** Requests whose places in the answer are these, sent together; with a mailbox it is one. */
interface ReadGroup {
  readonly places: readonly number[];
  readonly mailbox?: Mailbox;
}

export const readOver = (client: GatewayClient, requests: readonly ReadRequest[]): Observable<readonly Block[]> =>
  new Observable((subscriber) => {
    const { feeds, limits } = client;
    const blocks = requests.map((request) => feeds.take(request));
    const emit = (): void => {
      if (!isComplete(blocks)) return;
      subscriber.next(blocks);
      subscriber.complete();
    };
    const plain: number[] = [];
    const groups: ReadGroup[] = [];
    requests.forEach((request, place) => {
      if (blocks[place] !== undefined) return;
      const mailbox = feeds.open(request, limits.feedCredit);
      if (mailbox === undefined) plain.push(place);
      else groups.push({ places: [place], mailbox });
    });
    for (const places of pieces(plain, limits)) groups.push({ places });
    if (groups.length === 0) return emit();
    for (const { places, mailbox } of groups) {
      const asked = places.map((place) => requests[place]).filter((request) => request !== undefined);
      const sent = asked.map(({ after, maxEntries, ...ref }) => ({ ...refOf(ref), after, maxEntries, ...(mailbox === undefined ? {} : { ahead: mailbox.credit }) }));
      if (mailbox !== undefined) subscriber.add(() => feeds.abandon(mailbox));
      subscriber.add(
        answersTo(client, requestText('read', [sent]))
          .pipe(
            map((answer, n) => {
              const [place, request] = [places[n], asked[n]];
              const { block, last } = blockIn('read', answer);
              if (place === undefined || request === undefined || last !== (n === places.length - 1)) throw unexpected('read', [`${n + 1} blocks for ${places.length} requests`]);
              if (mailbox !== undefined) feeds.begin(mailbox, request.after, block);
              blocks[place] = { key: request.key, ...block };
            }),
          )
          .subscribe({ error: (error: unknown) => subscriber.error(error), complete: emit }),
      );
    }
    return undefined;
  });

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
