/** Looks up the entries of single points: whatever is asked of a stream within one tick is one request. */
import { Subscription, type SchedulerLike, type TeardownLogic } from 'rxjs';
import type { Block, Database, EntriesAt, Key } from '../ports/database.js';

/** Who asks for an entry. Not an observer: thousands may ask at once, and what each of them costs is what one point costs. */
export interface Asker {
  /** Whether it does not want to hear any more. */
  readonly closed: boolean;
  /** The entry is at that position in the block, which nobody else has got if it is `alone`; `undefined`: there is none. Called once. */
  found(block: Block | undefined, entry: number, alone: boolean): void;
  error(error: unknown): void;
}

export class EntryLooks {
  private readonly gathering = new Map<Key, Gathering>();

  /** @param endOfTick when what was gathered is sent */
  constructor(
    private readonly database: Pick<Database, 'entriesAt'>,
    private readonly endOfTick: SchedulerLike,
  ) {}

  /** Asks for the entry that starts at an index or, if none does, last before it. To be called when the asker has left: the answer. */
  ask(key: Key, index: number, asker: Asker): TeardownLogic {
    let gathering = this.gathering.get(key);
    if (gathering === undefined) {
      gathering = this.gather(key);
      this.gathering.set(key, gathering);
    }
    gathering.add(index, asker);
    return gathering;
  }

  private gather(key: Key): Gathering {
    const gathering = new Gathering();
    this.endOfTick.schedule(() => {
      this.gathering.delete(key);
      gathering.send((indices) => this.database.entriesAt(key, indices));
    });
    return gathering;
  }
}

/** Those who ask for entries of one stream within one tick. */
class Gathering {
  private readonly askers = new Map<number, Asker | Asker[]>();
  private readonly request = new Subscription();
  private waiting = 0;

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
    if (this.waiting === 0) this.request.unsubscribe();
  }

  send(ask: (indices: readonly number[]) => ReturnType<Database['entriesAt']>): void {
    // Those who have left before ask for nothing.
    const indices: number[] = [];
    for (const [index, askers] of this.askers) if (Array.isArray(askers) ? askers.some(({ closed }) => !closed) : !askers.closed) indices.push(index);
    if (indices.length === 0) return;
    this.request.add(
      ask(indices).subscribe({
        next: (found) => this.answer(found),
        error: (error: unknown) => this.everyAsker((asker) => asker.error(error)),
        complete: () => this.everyAsker((asker) => asker.found(undefined, 0, false)),
      }),
    );
  }

  private answer({ block, indices }: EntriesAt): void {
    for (let entry = 0; entry < indices.length; entry++) {
      const index = indices[entry]!;
      const askers = this.askers.get(index);
      // Whoever was answered asks no more.
      this.askers.delete(index);
      if (askers === undefined) continue;
      if (Array.isArray(askers)) for (const asker of askers) asker.found(block, entry, false);
      else askers.found(block, entry, indices.length === 1);
    }
  }

  private everyAsker(use: (asker: Asker) => void): void {
    for (const askers of this.askers.values()) {
      if (Array.isArray(askers)) askers.forEach(use);
      else use(askers);
    }
  }
}
