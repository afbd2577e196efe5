/** Looks up the entries of single points: whatever is asked of a stream within one tick is one request. */
import { Observable, Subscription, type SchedulerLike, type Subscriber } from 'rxjs';
import type { Block, Database, EntriesAt, Key } from '../ports/database.js';

/** An entry of a block. */
export interface EntryInBlock {
  readonly block: Block;
  /** Its position in the block. */
  readonly entry: number;
  /** Whether nobody else has got this block. */
  readonly alone: boolean;
}

/** `undefined`: there is none. */
type Asker = Subscriber<EntryInBlock | undefined>;

export class EntryLooks {
  private readonly gathering = new Map<Key, Gathering>();

  /** @param endOfTick when what was gathered is sent */
  constructor(
    private readonly database: Pick<Database, 'entriesAt'>,
    private readonly endOfTick: SchedulerLike,
  ) {}

  /** The entry that starts at an index or, if none does, last before it; `undefined` where there is nothing. Emits once. */
  at(key: Key, index: number): Observable<EntryInBlock | undefined> {
    return new Observable((asker) => this.gatheringOf(key).add(index, asker));
  }

  private gatheringOf(key: Key): Gathering {
    const present = this.gathering.get(key);
    if (present !== undefined) return present;
    const gathering = new Gathering();
    this.gathering.set(key, gathering);
    this.endOfTick.schedule(() => {
      this.gathering.delete(key);
      gathering.send((indices) => this.database.entriesAt(key, indices));
    });
    return gathering;
  }
}

/** Those who ask for entries of one stream within one tick. */
class Gathering {
  private readonly askers = new Map<number, Asker[]>();
  private readonly request = new Subscription();
  private waiting = 0;

  add(index: number, asker: Asker): () => void {
    const others = this.askers.get(index);
    if (others === undefined) this.askers.set(index, [asker]);
    else others.push(asker);
    this.waiting++;
    return () => {
      this.waiting--;
      if (this.waiting === 0) this.request.unsubscribe();
    };
  }

  send(ask: (indices: readonly number[]) => Observable<EntriesAt>): void {
    // Those who have left before ask for nothing.
    const indices = [...this.askers].flatMap(([index, askers]) => (askers.every(({ closed }) => closed) ? [] : [index]));
    if (indices.length === 0) return;
    this.request.add(
      ask(indices).subscribe({
        next: (found) => this.answer(found),
        error: (error: unknown) => this.everyAsker((asker) => asker.error(error)),
        complete: () => this.everyAsker((asker) => tell(asker, undefined)),
      }),
    );
  }

  private answer({ block, indices }: EntriesAt): void {
    indices.forEach((index, entry) => {
      const askers = this.askers.get(index) ?? [];
      const alone = indices.length === 1 && askers.length === 1;
      for (const asker of askers) tell(asker, { block, entry, alone });
    });
  }

  /** Who was answered hears nothing more. */
  private everyAsker(use: (asker: Asker) => void): void {
    for (const askers of this.askers.values()) for (const asker of askers) use(asker);
  }
}

function tell(asker: Asker, found: EntryInBlock | undefined): void {
  asker.next(found);
  asker.complete();
}
