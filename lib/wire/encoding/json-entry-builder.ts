/** The entry builder of JSON streams: one document an entry, as in Python. */
import * as E from 'fp-ts/lib/Either.js';
import { describe } from '../../model/describe.js';
import { writeJson } from '../json-text/write-json.js';
import type { Where } from './encoding.js';
import { DraftQueue, inMemory, invalidPoint, noLimit, requireSize, type EntryDraft, type PayloadLimit } from './entry-builder.js';

const utf8 = new TextEncoder();

export class JsonEntryBuilder {
  private readonly queue = new DraftQueue();

  constructor(
    private readonly where: Where,
    private readonly limit: PayloadLimit = noLimit,
  ) {}

  get pendingPoints(): number {
    return this.queue.points;
  }

  get pendingBytes(): number {
    return this.queue.bytes;
  }

  add(value: unknown): void {
    this.queue.push(this.draft(value));
  }

  addBatch(values: unknown): number {
    if (!Array.isArray(values) || values.length === 0) {
      throw invalidPoint(this.where, 'an array of JSON values, at least one', describe(values));
    }
    const drafts = values.map((value: unknown, i) => this.draft(value, ` (position ${i} of the batch)`));
    for (const draft of drafts) this.queue.push(draft);
    return drafts.length;
  }

  take(maxBytes: number, maxEntries = Infinity): EntryDraft[] {
    return this.queue.take(maxBytes, maxEntries);
  }

  split(entry: EntryDraft): readonly EntryDraft[] {
    return [entry];
  }

  clear(): void {
    this.queue.clear();
  }

  private draft(value: unknown, place = ''): EntryDraft {
    // NaN and infinities as literals: Python writes and reads them so in streams.
    const text = writeJson(value, 'literal');
    if (E.isLeft(text)) throw invalidPoint(this.where, 'a JSON value', `${text.left}${place}`);
    const payload = inMemory(this.where, () => utf8.encode(text.right));
    requireSize(this.where, payload.length, this.limit, place);
    return { len: 1, payload };
  }
}
