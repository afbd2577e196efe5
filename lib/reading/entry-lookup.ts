/** Looks up the entries of single points: whatever is asked of a stream within one tick goes out together. */
import type { Block, EntriesAt, StreamRef } from '../ports/streams.js';
import { map, merge, Subscription, type Observable, type SchedulerLike, type TeardownLogic } from 'rxjs';
import type { Database } from '../ports/database.js';
import type { Key } from '../ports/keys.js';

/** Who asks for an entry. Not an observer: thousands may ask at once, and what each of them costs is what one point costs. */
export interface Asker {
  /** Whether it does not want to hear any more. */
  readonly closed: boolean;
  /** The entry is at that position in the block, which nobody else has got if it is `alone`; `undefined`: none was found. Called once. */
  found(block: Block | undefined, entry: number, alone: boolean): void;
  error(error: unknown): void;
}

type Lookups = Pick<Database, 'entriesAt' | 'range'>;

/** About how many bytes are asked for by one range. */
const rangeBytes = 64 << 10;
/** Fewer points than this are looked up one by one. */
const leastRun = 4;

export class EntryLookup {
  private readonly gathering = new Map<Key, Gathering>();

  /** @param endOfTick when what was gathered is sent */
  constructor(
    private readonly database: Lookups,
    private readonly endOfTick: SchedulerLike,
  ) {}

  /**
   * Asks for the entry that starts at an index or, if none does, last before it. To be unsubscribed from when the asker has left: the answer.
   *
   * @param pointBytes how many bytes one point takes: small ones that follow each other are read by ranges. Infinity if that is not known
   */
  ask(stream: StreamRef, index: number, asker: Asker, pointBytes: number): TeardownLogic {
    let gathering = this.gathering.get(stream.key);
    if (gathering === undefined) {
      gathering = this.gather(stream, Math.floor(rangeBytes / pointBytes));
      this.gathering.set(stream.key, gathering);
    }
    gathering.add(index, asker);
    return gathering;
  }

  private gather(stream: StreamRef, longestRun: number): Gathering {
    const gathering = new Gathering();
    this.endOfTick.schedule(() => {
      this.gathering.delete(stream.key);
      gathering.send(this.database, stream, longestRun);
    });
    return gathering;
  }
}

/** Those who ask for entries of one stream within one tick. */
class Gathering {
  private readonly askers = new Map<number, Asker | Asker[]>();
  private readonly request = new Subscription();
  private waiting = 0;
  private isSent = false;

  add(index: number, asker: Asker): void {
    const others = this.askers.get(index);
    if (others === undefined) this.askers.set(index, asker);
    else if (Array.isArray(others)) others.push(asker);
    else this.askers.set(index, [others, asker]);
    this.waiting++;
  }

  /** One of them has left, answered or not. */
  unsubscribe(): void {
    this.waiting--;
    // Before it is sent others may come yet.
    if (this.waiting === 0 && this.isSent) this.request.unsubscribe();
  }

  send(database: Lookups, stream: StreamRef, longestRun: number): void {
    this.isSent = true;
    // Those who have left before ask for nothing.
    const indices: number[] = [];
    for (const [index, askers] of this.askers) if (Array.isArray(askers) ? askers.some(({ closed }) => !closed) : !askers.closed) indices.push(index);
    if (indices.length === 0) return;
    const { single, runs } = runsOf(indices, longestRun);
    const answers: readonly Observable<() => void>[] = [
      database.entriesAt(stream, single).pipe(map((found) => () => this.answerEach(found))),
      ...runs.map(({ first, last }) => database.range(stream, { min: first, max: last }).pipe(map((block) => () => this.answerRun(block, first, last)))),
    ];
    this.request.add(
      merge(...answers).subscribe({
        next: (answer) => answer(),
        error: (error: unknown) => this.everyAsker((asker) => asker.error(error)),
        complete: () => this.everyAsker((asker) => asker.found(undefined, 0, false)),
      }),
    );
  }

  private answerEach({ block, indices }: EntriesAt): void {
    for (let entry = 0; entry < indices.length; entry++) {
      const index = indices[entry]!;
      const end = (block.firsts[entry] ?? 0) + (block.lens[entry] ?? 1);
      const alone = indices.length === 1 && !this.askers.has(index + 1);
      this.answer(index, block, entry, alone);
      // Who asks for the points behind it has what the range behind it does not hold.
      for (let next = index + 1; next < end && this.askers.has(next); next++) this.answer(next, block, entry, false);
    }
  }

  private answerRun(block: Block, first: number, last: number): void {
    const { firsts } = block;
    let entry = -1;
    for (let index = first; index <= last; index++) {
      while (entry + 1 < firsts.length && (firsts[entry + 1] ?? Infinity) <= index) entry++;
      // What begins before the range is in the entry of the point before it.
      if (entry >= 0) this.answer(index, block, entry, false);
    }
  }

  private answer(index: number, block: Block, entry: number, alone: boolean): void {
    const askers = this.askers.get(index);
    // Whoever was answered asks no more.
    this.askers.delete(index);
    if (askers === undefined) return;
    if (Array.isArray(askers)) for (const asker of askers) asker.found(block, entry, false);
    else askers.found(block, entry, alone);
  }

  private everyAsker(use: (asker: Asker) => void): void {
    for (const askers of this.askers.values()) {
      if (Array.isArray(askers)) askers.forEach(use);
      else use(askers);
    }
  }
}

interface Run {
  readonly first: number;
  readonly last: number;
}

/** Points that follow each other: the first of each run is looked up by itself, for its entry may begin before it, the others by a range. */
function runsOf(indices: readonly number[], longest: number): { readonly single: readonly number[]; readonly runs: readonly Run[] } {
  if (longest < leastRun || indices.length < leastRun) return { single: indices, runs: [] };
  const sorted = Float64Array.from(indices).sort();
  const single: number[] = [];
  const runs: Run[] = [];
  for (let start = 0; start < sorted.length; ) {
    const first = sorted[start] ?? 0;
    let count = 1;
    while (count < longest && sorted[start + count] === first + count) count++;
    if (count < leastRun) for (let i = 0; i < count; i++) single.push(first + i);
    else {
      single.push(first);
      runs.push({ first: first + 1, last: first + count - 1 });
    }
    start += count;
  }
  return { single, runs };
}
