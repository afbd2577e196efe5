/** What happened in a story, as it was seen from outside: nothing here, nor in what judges it, knows how any of it is done. */
import type { Reading } from './step.js';

/**
 * What a stream has held from one beginning to the next: it begins anew when it is deleted, and when its server comes back with what it
 * held earlier, which is then part of the new life.
 */
export interface Life {
  readonly since: number;
  /** What ended the life before: nothing did that of the first. */
  readonly after: 'nothing' | 'deletion' | 'restart';
  /** What it began with. */
  readonly initially: ReadonlyMap<number, number>;
  /** Every point there ever was, by its index, those that are trimmed off included. */
  readonly points: Map<number, number>;
  /** Where a second writer put an entry into the span of another one, if it did. */
  overlapAt: number | undefined;
  /** When a second writer wrote to it first, in whatever way. */
  foreignSince: number | undefined;
}

export interface StoredEntry {
  readonly first: number;
  readonly values: readonly number[];
}

/** How the stream was from one change to the next. */
export interface Version {
  readonly at: number;
  readonly life: Life;
  readonly exists: boolean;
  readonly entries: readonly StoredEntry[];
  /** The number of points in the seal. */
  readonly sealed: number | undefined;
}

/** When the scan was deleted, or lost with everything else, and when it was there again because its server had come back with it. */
export interface ScanChange {
  readonly at: number;
  readonly is: 'there' | 'deleted' | 'missing';
}

/** A chunk, as its reader got it: the values begin after the expired points. */
export interface Told {
  readonly at: number;
  readonly index: number;
  readonly expired: number;
  readonly values: readonly number[];
}

/** How something came to an end: by itself, or by an error. */
interface End {
  readonly at: number;
  readonly error?: unknown;
}

export interface ReaderRecord {
  readonly reading: Reading;
  readonly since: number;
  readonly from: number;
  readonly told: Told[];
  end: End | undefined;
  /** When it unsubscribed. */
  leftAt: number | undefined;
}

/** What was asked of a writer, and what came of it. */
export interface Request {
  readonly what: 'flush' | 'seal';
  readonly at: number;
  /** How many points had been sent by then. */
  readonly sent: number;
  settled: (End & { readonly length?: number }) | undefined;
}

export interface WriterRecord {
  /** The values in the order in which they were sent; the index of each is its place. */
  readonly sent: number[];
  /** When how many points were sent. */
  readonly sends: { readonly at: number; readonly length: number }[];
  readonly acknowledged: { readonly at: number; readonly count: number }[];
  end: End | undefined;
  readonly requests: Request[];
}

export interface History {
  readonly versions: readonly Version[];
  readonly scan: readonly ScanChange[];
  readonly writer: WriterRecord;
  readonly readers: readonly ReaderRecord[];
  /** When the last of it was seen. */
  readonly endedAt: number;
}
