/** Looks up the entries of single points: all lookups in a stream within one tick are sent together. */
import type { Block, EntriesAt, StreamRef } from '../ports/streams.js';
import { merge, Subscription, tap, type Observable, type SchedulerLike, type TeardownLogic } from 'rxjs';
import type { Database } from '../ports/database.js';
import type { Key } from '../ports/keys.js';

/** Gets an entry. Not an observer, for its cost is the cost of a point, of which thousands may be looked up at once. */
export interface EntryListener {
  /** Whether the result is not wanted any more. */
  readonly closed: boolean;
  /** Called once, with the entry's position in the block, which is not shared if it is `alone`; `undefined` if there is no entry. */
  found(block: Block | undefined, entry: number, alone: boolean): void;
  error(error: unknown): void;
}

type EntryPort = Pick<Database, 'entriesAt' | 'range'>;

/** About how many bytes one range gets. */
const rangeBytes = 64 << 10;
/** Fewer consecutive points than this are looked up one by one. */
const leastRun = 4;

export class EntryLookup {
  private readonly gathering = new Map<Key, LookupBatch>();

  /** @param endOfTick when gathered lookups are sent */
  constructor(
    private readonly database: EntryPort,
    private readonly endOfTick: SchedulerLike,
  ) {}

  /**
   * Looks up the entry that starts at an index or, if none does, last before it. Run the teardown once the listener is closed, answered or not.
   *
   * @param pointBytes the size of a point: small ones that follow each other are read by ranges. Infinity if it is unknown
   */
  lookUp(stream: StreamRef, index: number, listener: EntryListener, pointBytes: number): TeardownLogic {
    let batch = this.gathering.get(stream.key);
    if (batch === undefined) {
      batch = this.gather(stream, Math.floor(rangeBytes / pointBytes));
      this.gathering.set(stream.key, batch);
    }
    batch.add(index, listener);
    return batch;
  }

  private gather(stream: StreamRef, longestRun: number): LookupBatch {
    const batch = new LookupBatch();
    this.endOfTick.schedule(() => {
      this.gathering.delete(stream.key);
      batch.send(this.database, stream, longestRun);
    });
    return batch;
  }
}

/** The lookups in one stream within one tick. */
class LookupBatch {
  private readonly listeners = new Map<number, EntryListener | EntryListener[]>();
  private readonly request = new Subscription();
  private waiting = 0;
  private isSent = false;

  add(index: number, listener: EntryListener): void {
    const others = this.listeners.get(index);
    if (others === undefined) this.listeners.set(index, listener);
    else if (Array.isArray(others)) others.push(listener);
    else this.listeners.set(index, [others, listener]);
    this.waiting++;
  }

  /** One of the listeners is done. */
  unsubscribe(): void {
    this.waiting--;
    // Before it is sent, others may join.
    if (this.waiting === 0 && this.isSent) this.request.unsubscribe();
  }

  send(database: EntryPort, stream: StreamRef, longestRun: number): void {
    this.isSent = true;
    const indices: number[] = [];
    for (const [index, listeners] of this.listeners) if (Array.isArray(listeners) ? listeners.some(({ closed }) => !closed) : !listeners.closed) indices.push(index);
    if (indices.length === 0) return;
    const { single, runs } = runsOf(indices, longestRun);
    const each$ = database.entriesAt(stream, single).pipe(tap((entries) => this.answerEach(entries)));
    const inRuns = runs.map(({ first, last }) => database.range(stream, { min: first, max: last }).pipe(tap((block) => this.answerRun(block, first, last))));
    const answers$: Observable<unknown> = runs.length === 0 ? each$ : merge(each$, ...inRuns);
    this.request.add(
      answers$.subscribe({
        error: (error: unknown) => this.forAll((listener) => listener.error(error)),
        complete: () => this.forAll((listener) => listener.found(undefined, 0, false)),
      }),
    );
  }

  private answerEach({ block, indices }: EntriesAt): void {
    for (let entry = 0; entry < indices.length; entry++) {
      const index = indices[entry]!;
      const end = (block.firsts[entry] ?? 0) + (block.lens[entry] ?? 1);
      const alone = indices.length === 1 && !this.listeners.has(index + 1);
      this.answer(index, block, entry, alone);
      // The points after it may lie in the same entry, which their range does not contain.
      for (let next = index + 1; next < end && this.listeners.has(next); next++) this.answer(next, block, entry, false);
    }
  }

  private answerRun(block: Block, first: number, last: number): void {
    const { firsts } = block;
    let entry = -1;
    for (let index = first; index <= last; index++) {
      while (entry + 1 < firsts.length && (firsts[entry + 1] ?? Infinity) <= index) entry++;
      // An entry that begins before the range was looked up with the point before it.
      if (entry >= 0) this.answer(index, block, entry, false);
    }
  }

  private answer(index: number, block: Block, entry: number, alone: boolean): void {
    const listeners = this.listeners.get(index);
    this.listeners.delete(index);
    if (listeners === undefined) return;
    if (Array.isArray(listeners)) for (const listener of listeners) listener.found(block, entry, false);
    else listeners.found(block, entry, alone);
  }

  private forAll(use: (listener: EntryListener) => void): void {
    for (const listeners of this.listeners.values()) {
      if (Array.isArray(listeners)) listeners.forEach(use);
      else use(listeners);
    }
  }
}

interface Run {
  readonly first: number;
  readonly last: number;
}

/** Consecutive points: the first of each run is looked up by itself, for its entry may begin before it, the others by a range. */
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
