/** Which streams are logs of states: a request for a log must not read images in their stead, of which no number is small. */
import { map, of, type Observable } from 'rxjs';
import type { Database } from '../../ports/database.js';
import type { Key } from '../../ports/keys.js';
import type { LogEntry } from '../../ports/logs.js';
import type { SameTick } from '../../reading/same-tick.js';
import { stateField } from '../../wire/protocol.js';
import { Recent } from './recent.js';

const mostKeys = 20_000;

/** Entries of data streams have a payload instead. */
export const isStateEntry = ({ fields }: LogEntry): boolean => fields[stateField] !== undefined;

export class StateLogs {
  private readonly known = new Recent<Key, boolean>(mostKeys);

  constructor(
    private readonly database: Pick<Database, 'logTail'>,
    private readonly sameTick: SameTick,
  ) {}

  /** A key under which an entry with a state was seen. */
  learn(key: Key): void {
    this.known.set(key, true);
  }

  /** Whether a key holds states, or nothing so far: learnt from its last entry, once. */
  has(key: Key): Observable<boolean> {
    const known = this.known.get(key);
    if (known !== undefined) return of(known);
    return this.sameTick
      .share(`states ${key}`, () => this.database.logTail(key, { count: 1 }))
      .pipe(
        map(([entry]) => {
          if (entry === undefined) return true;
          const isLog = isStateEntry(entry);
          this.known.set(key, isLog);
          return isLog;
        }),
      );
  }
}
