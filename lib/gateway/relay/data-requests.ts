/** Requests that are answered by points: read, range, entriesAt, append. Their answers are bounded here, whatever the client wants. */
import { defer, map, of, Subscription, switchMap, tap, type Observable, type Unsubscribable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Database } from '../../ports/database.js';
import type { Key } from '../../ports/keys.js';
import type { AppendResult, AppendWindow, Block, IndexRange, ReadRequest, StreamRef } from '../../ports/streams.js';
import { encodeBlockMessage } from '../protocol/block-message.js';
import { encodeServerMessage } from '../protocol/server-messages.js';
import { originId } from '../../wire/stream-id.js';
import type { Answer } from './answer.js';
import { entriesAtArguments, rangeArguments, readArguments } from './data-arguments.js';
import { answerBytes, type EntrySizes } from './entry-sizes.js';
import type { Feed } from './feed.js';
import { lastId } from './frame.js';
import type { RelayEvents } from './relay-events.js';
import type { Rights } from './rights.js';
import type { Tails } from './tails.js';
import type { Visibility } from './visibility.js';

/** What a request needs of its session. */
export interface Asking {
  readonly rights: Rights;
  readonly keysPerRequest: number;
  /** The session wants to be woken by these keys. */
  readonly arm: (keys: readonly Key[]) => void;
  /** A feed of a stream that watches it from now on; `undefined` if the session may have no more. */
  readonly follow: (stream: StreamRef) => Feed | undefined;
  readonly text: (text: string) => void;
}

export type DataCall = 'read' | 'range' | 'entriesAt';
export const isDataCall = (call: string): call is DataCall => call === 'read' || call === 'range' || call === 'entriesAt';

export interface DataRequest {
  readonly id: number;
  readonly call: DataCall;
  readonly args: readonly unknown[];
}

export class DataRequests {
  /** Blocks whose memory is a tail's. */
  private readonly lent = new WeakSet<Block>();

  constructor(
    private readonly database: Database,
    private readonly visibility: Pick<Visibility, 'streams' | 'writable'>,
    private readonly sizes: EntrySizes,
    private readonly tails: Tails,
    private readonly events: RelayEvents,
  ) {}

  /** Answers a request; unsubscribing cancels. @param failed called instead of the answer's end */
  begin({ id, call, args }: DataRequest, asking: Asking, answer: Answer, failed: (error: unknown) => void): Unsubscribable {
    try {
      switch (call) {
        case 'read':
          return this.read(id, readArguments(args)[0], asking, answer, failed);
        case 'range':
          return this.range(id, ...rangeArguments(args), asking, answer, failed);
        case 'entriesAt':
          return this.entriesAt(id, ...entriesAtArguments(args), asking, answer, failed);
      }
    } catch (error) {
      failed(error);
      return Subscription.EMPTY;
    }
  }

  append(windows: readonly AppendWindow[], { rights, keysPerRequest }: Asking): Observable<readonly AppendResult[]> {
    return defer(() => {
      requireKeys(windows.length, keysPerRequest);
      return this.visibility.writable(rights, windows).pipe(
        switchMap((visible) => {
          const seen = windows.filter((_, i) => visible[i]);
          const answer$ = seen.length === 0 ? of([]) : this.database.append(seen);
          // A scan that may not be seen does not exist.
          return answer$.pipe(map((results) => merged(visible, results, () => ({ _tag: 'scanDeleted' as const }))));
        }),
      );
    });
  }

  private read(id: number, requests: readonly ReadRequest[], asking: Asking, answer: Answer, failed: (error: unknown) => void): Unsubscribable {
    requireKeys(requests.length, asking.keysPerRequest);
    const [only] = requests;
    const ahead = requests.length === 1 ? (only?.ahead ?? 0) : 0;
    const reading = new Subscription();
    const blocks$ = this.visible(asking, requests).pipe(
      switchMap((visible) => {
        const seen = requests.filter((_, i) => visible[i]);
        const answers$ = defer(() => this.bounded(seen)).pipe(map((blocks) => merged(visible, blocks, (i) => nothing(requests[i]?.key ?? ''))));
        const [stream] = seen;
        const feed = ahead > 0 && stream !== undefined ? asking.follow(refOf(stream)) : undefined;
        if (feed === undefined || stream === undefined) asking.arm(seen.map(({ key }) => key));
        else {
          const { version } = feed.tail;
          reading.add(() => feed.isWaiting && feed.close());
          return answers$.pipe(tap(([block]) => block !== undefined && continueWith(feed, stream, block, ahead, version, answer, asking)));
        }
        return answers$;
      }),
    );
    reading.add(
      blocks$.subscribe({
        next: (blocks) => {
          for (let i = 0; i < blocks.length; i++) this.put(answer, id, blocks[i]!, i === blocks.length - 1);
        },
        error: failed,
      }),
    );
    return reading;
  }

  /** Which streams may be seen now: a newer token may have come while that was looked up, and a feed lasts. */
  private visible(asking: Asking, requests: readonly ReadRequest[]): Observable<readonly boolean[]> {
    return defer(() => {
      const { rights } = asking;
      return this.visibility.streams(rights, requests).pipe(switchMap((visible) => (asking.rights === rights ? of(visible) : this.visible(asking, requests))));
    });
  }

  private bounded(requests: readonly ReadRequest[]): Observable<readonly Block[]> {
    let left = answerBytes;
    const kept = requests.map(({ key, after, maxEntries }) => {
      const block = left > 0 ? this.tails.answer(key, after, maxEntries) : undefined;
      left -= block?.bytes.length ?? 0;
      if (block !== undefined) {
        this.lent.add(block);
        this.events.fromMemory?.('read');
      }
      return block;
    });
    const others = requests.filter((_, i) => kept[i] === undefined);
    return this.fromDatabase(others).pipe(
      map((blocks) => {
        let next = 0;
        return kept.map((block, i) => block ?? blocks[next++] ?? nothing(requests[i]?.key ?? ''));
      }),
    );
  }

  private fromDatabase(requests: readonly ReadRequest[]): Observable<readonly Block[]> {
    if (requests.length === 0) return of([]);
    const room = this.sizes.entries(requests.map(({ key }) => key));
    // XREAD has one COUNT for all streams.
    const maxEntries = requests.reduce((least, request) => Math.min(least, request.maxEntries), room);
    const bare = requests.map((request): ReadRequest => ({ ...refOf(request), after: request.after, maxEntries }));
    return this.database.read(bare).pipe(
      map((blocks) =>
        blocks.map((block, i): Block => {
          this.sizes.learn(block);
          const isCut = block.seal === undefined && block.firsts.length >= maxEntries && maxEntries < (requests[i]?.maxEntries ?? 0);
          return isCut ? { ...block, more: true } : block;
        }),
      ),
    );
  }

  private range(id: number, stream: StreamRef, range: IndexRange, { rights }: Asking, answer: Answer, failed: (error: unknown) => void): Unsubscribable {
    const wanted = range.count ?? (range.bare === true ? 1 : Infinity);
    const { bare = false, reverse = false } = range;
    // From the end back, the seal counts as an entry, and without the one before it a reader would take the stream for over.
    const count = bare ? wanted : Math.min(wanted, Math.max(this.sizes.entries([stream.key]), reverse ? 2 : 1));
    const block$ = this.visibility.streams(rights, [stream]).pipe(
      switchMap(([isVisible = false]) => (isVisible ? this.database.range(stream, { ...range, count, part: !reverse }) : of(nothing(stream.key)))),
    );
    return block$.subscribe({
      next: (block) => {
        if (!bare) this.sizes.learn(block);
        this.put(answer, id, block.firsts.length >= count && count < wanted ? { ...block, more: true } : block, true);
      },
      error: failed,
    });
  }

  /** In groups of about the size of an answer, each after the one before was taken. */
  private entriesAt(id: number, stream: StreamRef, indices: readonly number[], { rights, keysPerRequest }: Asking, answer: Answer, failed: (error: unknown) => void): Unsubscribable {
    if (indices.length > keysPerRequest) throw blissdataError('InvalidArgument', { argument: 'indices', expected: `at most ${keysPerRequest} in one request`, received: String(indices.length) });
    const requests = new Subscription();
    const next = (start: number): void => {
      const stop = start + this.sizes.entries([stream.key]);
      const group = indices.slice(start, stop);
      requests.add(
        this.database.entriesAt(stream, group).subscribe({
          next: ({ block, indices: found }) => {
            this.sizes.learn(block);
            answer.put(encodeBlockMessage({ id, answer: true, last: false, after: originId, block, indices: found }));
            this.database.recycle(block);
          },
          error: failed,
          complete: () => (stop < indices.length ? answer.whenTaken(() => next(stop)) : this.end(answer, id, stream.key)),
        }),
      );
    };
    requests.add(
      this.visibility
        .streams(rights, [stream])
        .subscribe({ next: ([isVisible = false]) => (isVisible && indices.length > 0 ? next(0) : this.end(answer, id, stream.key)), error: failed }),
    );
    return requests;
  }

  private end(answer: Answer, id: number, key: Key): void {
    answer.end(encodeBlockMessage({ id, answer: true, last: true, after: originId, block: nothing(key), indices: [] }));
  }

  private put(answer: Answer, id: number, block: Block, last: boolean): void {
    const message = encodeBlockMessage({ id, answer: true, last, after: originId, block });
    if (!this.lent.has(block)) this.database.recycle(block);
    if (last) answer.end(message);
    else answer.put(message);
  }
}

const nothing = (key: Key): Block => ({ key, firsts: new Float64Array(0), lens: new Float64Array(0), ends: new Float64Array(0), bytes: new Uint8Array(0) });

const refOf = ({ key, scan }: StreamRef): StreamRef => (scan === undefined ? { key } : { key, scan });

/** Lets a feed begin where the answer ends, once it was sent. */
function continueWith(feed: Feed, { after, maxEntries }: ReadRequest, block: Block, credit: number, version: number, answer: Answer, { text }: Asking): void {
  // One that has ended meanwhile, as its tail has failed, would be waited for.
  if (block.seal !== undefined || answer.isCancelled || feed.isOver) return feed.close();
  text(encodeServerMessage({ follow: block.key, handle: feed.tail.handle }));
  const position = lastId(after, block);
  const hasMore = block.more === true || block.firsts.length >= maxEntries;
  answer.afterIt(() => feed.begin({ position, credit, hasMore, isPromised: block.more === true, version }));
}

function requireKeys(keys: number, most: number): void {
  if (keys >= 1 && keys <= most) return;
  throw blissdataError('InvalidArgument', { argument: 'keys', expected: `1 to ${most} keys in one request`, received: String(keys) });
}

/** Puts the answers of those that were asked for back among those that were not. */
function merged<A>(asked: readonly boolean[], answers: readonly A[], otherwise: (i: number) => A): readonly A[] {
  let next = 0;
  return asked.map((isAsked, i) => (isAsked ? answers[next++] : undefined) ?? otherwise(i));
}
