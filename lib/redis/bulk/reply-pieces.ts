/** Asks for less at a time after a reply that never came: a server closes a connection over which more waits to be sent than its `client-output-buffer-limit` allows. */
import { concatMap, defer, from, map, tap, type Observable } from 'rxjs';
import { isDisconnected } from '../../model/errors.js';
import type { Key } from '../../ports/keys.js';
import type { Block, EntriesAt, IndexRange, ReadRequest } from '../../ports/streams.js';
import type { RangeReader } from './range-reader.js';

/** What is asked for is never less than one entry. */
const mostHalvings = 14;
/** After how many replies that came it is tried with twice as much, at first and at the most. */
const firstPatience = 32;
const longestPatience = 4096;
/** Of how many entries a part is the half at the most, where nobody says how many are wanted. */
const mostInPart = 1 << 14;

/** One for all connections that read: the limit is the server's. A network that breaks now and then costs a few more requests. */
export class ReplyPieces {
  private halvings = 0;
  private came = 0;
  private patience = firstPatience;

  read(wants: readonly ReadRequest[], ask: (wants: readonly ReadRequest[]) => Observable<readonly Block[]>): Observable<readonly Block[]> {
    return this.ask((halvings) => {
      if (halvings === 0) return ask(wants);
      const asked = wants.map((want) => ({ ...want, maxEntries: halved(want.maxEntries, halvings) }));
      return ask(asked).pipe(map((blocks) => blocks.map((block, i) => partOf(block, asked[i]?.maxEntries))));
    });
  }

  range(reader: RangeReader, key: Key, range: IndexRange): Observable<Block> {
    const { part = false, min = 0, max = Infinity, count = max - min + 1 } = range;
    return this.ask((halvings) => {
      if (!part || halvings === 0) return reader.range(key, range);
      const asked = halved(Math.min(count, mostInPart), halvings);
      return reader.range(key, { ...range, count: asked }).pipe(map((block) => partOf(block, asked)));
    });
  }

  /** So many at a time, the next when these have come. */
  entriesAt(reader: RangeReader, key: Key, indices: readonly number[]): Observable<EntriesAt> {
    return this.ask((halvings) => {
      const asked = halved(indices.length, halvings);
      if (asked >= indices.length) return reader.entriesAt(key, indices);
      const groups = Array.from({ length: Math.ceil(indices.length / asked) }, (_, i) => indices.slice(i * asked, (i + 1) * asked));
      return from(groups).pipe(concatMap((group) => reader.entriesAt(key, group)));
    });
  }

  /** @param ask sends a request over an open connection, for what is left of its number of entries after so many halvings */
  private ask<A>(ask: (halvings: number) => Observable<A>): Observable<A> {
    return defer(() => {
      const { halvings } = this;
      return ask(halvings).pipe(
        tap({
          next: () => this.whole(),
          error: (error: unknown) => {
            if (isDisconnected(error)) this.cut(halvings);
          },
        }),
      );
    });
  }

  /** Those that were asked for together break together. */
  private cut(halvings: number): void {
    if (halvings !== this.halvings) return;
    this.halvings = Math.min(halvings + 1, mostHalvings);
    if (this.came > 0) this.patience = Math.min(this.patience * 2, longestPatience);
    this.came = 0;
  }

  private whole(): void {
    if (this.halvings === 0) return;
    this.came++;
    if (this.came < this.patience) return;
    this.halvings--;
    this.came = 0;
  }
}

const halved = (count: number, halvings: number): number => Math.max(1, Math.floor(count / 2 ** halvings));

/** There may be more, if there are as many as were asked for. */
const partOf = (block: Block, asked = Infinity): Block => (block.seal === undefined && block.firsts.length >= asked ? { ...block, more: true } : block);
