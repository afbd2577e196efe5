/** Entries that are encoded and wait to be written, in order. */

/** An entry without its index, which the writer gives it. The payload is memory of its own and never changes. */
export interface EntryDraft {
  /** How many points it holds. */
  readonly len: number;
  readonly payload: Uint8Array;
}

export class DraftQueue {
  private readonly drafts: EntryDraft[] = [];
  private pointCount = 0;
  private byteCount = 0;

  get entries(): number {
    return this.drafts.length;
  }

  get points(): number {
    return this.pointCount;
  }

  get bytes(): number {
    return this.byteCount;
  }

  push(draft: EntryDraft): void {
    this.drafts.push(draft);
    this.pointCount += draft.len;
    this.byteCount += draft.payload.length;
  }

  clear(): void {
    this.drafts.length = 0;
    this.pointCount = 0;
    this.byteCount = 0;
  }

  /** Removes entries from the front: as many as fit both limits, and one if there is any, however big. */
  take(maxBytes: number, maxEntries: number): EntryDraft[] {
    let bytes = 0;
    let points = 0;
    let n = 0;
    for (const { len, payload } of this.drafts) {
      if (n > 0 && (n >= maxEntries || bytes + payload.length > maxBytes)) break;
      bytes += payload.length;
      points += len;
      n += 1;
    }
    this.byteCount -= bytes;
    this.pointCount -= points;
    return this.drafts.splice(0, n);
  }
}
