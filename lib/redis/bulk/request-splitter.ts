/**
 * Requests less at a time after a reply that broke its connection: a server closes a connection whose unsent replies exceed its
 * `client-output-buffer-limit`.
 */
import { concatMap, defer, from, map, tap, type Observable } from 'rxjs';
import { isDisconnected } from '../../model/errors.js';
import type { Key } from '../../ports/keys.js';
import type { Block, EntriesAt, IndexRange, ReadRequest } from '../../ports/streams.js';
import type { BulkReader } from './bulk-reader.js';

const mostHalvings = 14;
/** After how many complete replies twice as much is tried: at first, and at most. */
const firstTrial = 32;
const lastTrial = 4096;
/** The size to halve where a request does not limit its entries. */
const unlimitedEntries = 1 << 14;

/** Shared by all reading connections, since the limit is the server's. A network that breaks now and then costs a few more requests. */
export class RequestSplitter {
  /** How often requests are halved; never below one entry. */
  private halvings = 0;
  private completeReplies = 0;
  private repliesUntilTrial = firstTrial;

  read(requests: readonly ReadRequest[], read: (requests: readonly ReadRequest[]) => Observable<readonly Block[]>): Observable<readonly Block[]> {
    return this.observe((halvings) => {
      if (halvings === 0) return read(requests);
      const smaller = requests.map((request) => ({ ...request, maxEntries: halved(request.maxEntries, halvings) }));
      return read(smaller).pipe(map((blocks) => blocks.map((block, i) => partOf(block, smaller[i]?.maxEntries))));
    });
  }

  range(reader: BulkReader, key: Key, range: IndexRange): Observable<Block> {
    const { part = false, reverse = false, min = 0, max = Infinity, count = max - min + 1 } = range;
    return this.observe((halvings) => {
      // From the end back, half of two entries may be the seal alone.
      if (!part || reverse || halvings === 0) return reader.range(key, range);
      const smaller = halved(Math.min(count, unlimitedEntries), halvings);
      return reader.range(key, { ...range, count: smaller }).pipe(map((block) => partOf(block, smaller)));
    });
  }

  /** Sends one group of indices after another. */
  entriesAt(reader: BulkReader, key: Key, indices: readonly number[]): Observable<EntriesAt> {
    return this.observe((halvings) => {
      const size = halved(indices.length, halvings);
      if (size >= indices.length) return reader.entriesAt(key, indices);
      const groups = Array.from({ length: Math.ceil(indices.length / size) }, (_, i) => indices.slice(i * size, (i + 1) * size));
      return from(groups).pipe(concatMap((group) => reader.entriesAt(key, group)));
    });
  }

  /** @param request sends a request over an open connection, with its number of entries halved this often */
  private observe<A>(request: (halvings: number) => Observable<A>): Observable<A> {
    return defer(() => {
      const { halvings } = this;
      return request(halvings).pipe(
        tap({
          next: () => this.replied(),
          error: (error: unknown) => {
            if (isDisconnected(error)) this.cut(halvings);
          },
        }),
      );
    });
  }

  /** One lost connection fails all requests on it, but counts once. */
  private cut(halvings: number): void {
    if (halvings !== this.halvings) return;
    this.halvings = Math.min(halvings + 1, mostHalvings);
    if (this.completeReplies > 0) this.repliesUntilTrial = Math.min(this.repliesUntilTrial * 2, lastTrial);
    this.completeReplies = 0;
  }

  private replied(): void {
    if (this.halvings === 0) return;
    this.completeReplies++;
    if (this.completeReplies < this.repliesUntilTrial) return;
    this.halvings--;
    this.completeReplies = 0;
  }
}

const halved = (count: number, halvings: number): number => Math.max(1, Math.floor(count / 2 ** halvings));

/** As many entries as requested may not be all. */
const partOf = (block: Block, requested = Infinity): Block => (block.seal === undefined && block.firsts.length >= requested ? { ...block, more: true } : block);
