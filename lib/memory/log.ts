/** A stream of small records in memory (scan history, states of a scan), with ids made from the clock. */
import type { Id } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import { compareIds, originId, predecessor } from '../wire/stream-id.js';

export class Log {
  readonly _tag = 'log';
  private entries: LogEntry[] = [];
  private last: Id = originId;
  private lost = false;

  /** An independent copy. */
  copy(): Log {
    const copy = new Log();
    copy.entries = [...this.entries];
    copy.last = this.last;
    copy.lost = this.lost;
    return copy;
  }

  get lastId(): Id {
    return this.last;
  }

  /** Adds a record under `<now>-<seq>`, greater than all ids before even if the clock stands still or goes back. */
  add(fields: LogEntry['fields'], now: number, maxLength = Infinity): Id {
    const [ms = 0, seq = 0] = this.last.split('-').map(Number);
    this.last = Math.floor(now) > ms ? `${Math.floor(now)}-0` : `${ms}-${seq + 1}`;
    this.entries.push({ id: this.last, fields: { ...fields } });
    if (this.entries.length > maxLength) this.lost = this.entries.shift() !== undefined;
    return this.last;
  }

  /** The largest id that a lost record may have had, if any was lost. */
  get lostUntil(): Id | undefined {
    const [first] = this.entries;
    return this.lost ? predecessor(first?.id ?? this.last) : undefined;
  }

  /** Drops the records before an id. */
  trim(before: Id): void {
    const trimmed = this.entries.findLastIndex((entry) => compareIds(entry.id, before) < 0) + 1;
    this.entries.splice(0, trimmed);
    this.lost ||= trimmed > 0;
  }

  after(id: Id, count: number): readonly LogEntry[] {
    const start = this.entries.findLastIndex((entry) => compareIds(entry.id, id) <= 0) + 1;
    return this.entries.slice(start, start + count);
  }

  /** From the newest back, at or before `max`. */
  tail(max: Id | undefined, count: number): readonly LogEntry[] {
    const found: LogEntry[] = [];
    for (let i = this.entries.length - 1; i >= 0 && found.length < count; i--) {
      const entry = this.entries[i];
      if (entry !== undefined && (max === undefined || compareIds(entry.id, max) <= 0)) found.push(entry);
    }
    return found;
  }
}
