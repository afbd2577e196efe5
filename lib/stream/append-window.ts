/** A window of entries on its way to the server: sent until it is there, once, or never can be. */
import { catchError, concatMap, defer, finalize, from, map, of, retry, switchMap, tap, throwError, type Observable } from 'rxjs';
import { blissdataError, isBlissdataError, isOutcomeUnknown, isRequestTooLarge, isStoreClosed, isWriteConflict, type BlissdataErrorOf } from '../model/errors.js';
import type { Id } from '../ports/keys.js';
import type { AppendResult, AppendWindow, Block, NewEntry } from '../ports/streams.js';
import type { Core } from '../reading/core.js';
import type { Retrying } from '../retry/backoff.js';
import type { StreamSource } from '../reading/reader/stream-source.js';
import type { EntryDraft } from '../wire/encoding/entry-builder.js';
import { compareIds, entryId, originId, sealId } from '../wire/stream-id.js';

/** Where a window goes: the index of its first point, and the id of the entry before that. */
export interface WindowStart {
  readonly index: number;
  readonly lastId: Id;
}

/** What is sent in one go, and as often as it takes: it never changes. */
export interface TravellingWindow extends AppendWindow {
  /** The index of its first point. */
  readonly start: number;
  /** Where the window after it goes. */
  readonly next: WindowStart;
  readonly bytes: number;
}

export function windowOf({ key, scan }: StreamSource, { index: start, lastId: expected }: WindowStart, drafts: readonly EntryDraft[]): TravellingWindow {
  let index = start;
  let lastId = expected;
  let bytes = 0;
  const entries = drafts.map(({ len, payload }) => {
    const entry = { index, len, payload };
    lastId = entryId(index);
    index += len;
    bytes += payload.length;
    return entry;
  });
  return { key, scan, expected, entries, start, next: { index, lastId }, bytes };
}

/** What `deliver` needs beside the window. */
export interface Delivery {
  readonly core: Core;
  readonly source: StreamSource;
  /** An entry in two, if it holds several points. */
  readonly split: (entry: EntryDraft) => readonly EntryDraft[];
  /** Told before each pause. */
  readonly waiting: (state: Retrying) => void;
}

/**
 * Emits where the next window goes when the server has the whole window, and completes. What fails for a passing reason is sent again, the
 * very same bytes, as the store's retry policy says. Where nobody knows what became of an earlier sending and the server refuses the next
 * one, it is looked whether the entries that stand in the window's place are those of the window: then they were appended by the earlier one.
 * A window that is more than the server takes goes in pieces: it emits after each of them.
 *
 * ```
 * append:   ^---x     ^---x         ^---!
 * deliver:  ------------------------(a|)     after a pause each
 * ```
 *
 * Errors: `PointTooLarge` where a single point is more than the server takes; `StreamRewound` where the server has less than was there when
 * the window was made, `WriteConflict` where it has something else, `StreamSealed`, `ScanNotFound`; where there are to be no more attempts,
 * or the store closes in between, what the last one failed with, `OutcomeUnknown` if the window may be there all the same.
 *
 * @param uncertain whether entries in the window's place may be its own: it is a piece of one that was sent before
 */
export const deliver = (delivery: Delivery, window: TravellingWindow, uncertain = false): Observable<WindowStart> =>
  defer(() => {
    const pieces = window.bytes > (delivery.core.database.sizes?.().window ?? Infinity) ? piecesOf(delivery, window) : [];
    if (pieces.length > 1) return inPieces(delivery, window, pieces, uncertain);
    return deliverWhole(delivery, window, uncertain).pipe(
      map(() => window.next),
      catchError((error: unknown) => (isRequestTooLarge(error) ? tooLarge(delivery, window, error) : throwError(() => error))),
    );
  });

function deliverWhole({ core, source, waiting }: Delivery, window: TravellingWindow, uncertain: boolean): Observable<void> {
  let trouble: unknown;
  let unknown: BlissdataErrorOf<'OutcomeUnknown'> | undefined;
  // One that does not pass says what is the matter, which that nobody knows what became of an earlier sending does not.
  const givenUp = (error: unknown): Observable<never> => throwError(() => (mayPass(error) ? (unknown ?? (isStoreClosed(error) ? (trouble ?? error) : error)) : error));
  const nextTry = core.retries.trying({ repeatable: true, waiting });
  const again = (error: unknown): Observable<void> => {
    if (isStoreClosed(error)) return givenUp(error);
    if (isOutcomeUnknown(error)) unknown = error;
    trouble = error;
    return nextTry.again(error).pipe(catchError(givenUp));
  };
  return defer(() => core.database.append(window)).pipe(
    switchMap((result) => settle(core, source, window, result, uncertain || unknown !== undefined)),
    retry({ delay: again }),
    finalize(nextTry.left),
  );
}

const mayPass = (error: unknown): boolean => isBlissdataError(error) && (error.retriable || isOutcomeUnknown(error) || isStoreClosed(error));

/** What cannot go as a whole goes in pieces, unless it is there after all. */
function tooLarge(delivery: Delivery, window: TravellingWindow, { size, reason }: BlissdataErrorOf<'RequestTooLarge'>): Observable<WindowStart> {
  const { core, source } = delivery;
  return core.database.heads([source]).pipe(
    switchMap(([head]) => {
      const found = head?.lastId ?? originId;
      if (found !== window.expected) return settle(core, source, window, found === sealId ? { _tag: 'sealed' } : { _tag: 'conflict', found }, true).pipe(map(() => window.next));
      const pieces = piecesOf(delivery, window);
      if (pieces.length > 1) return inPieces(delivery, window, pieces, true);
      return throwError(() => blissdataError('PointTooLarge', { key: source.key, stream: source.name, index: window.start, size, reason }));
    }),
  );
}

/** One after another, each as a window of its own. */
function inPieces(delivery: Delivery, window: TravellingWindow, pieces: readonly (readonly EntryDraft[])[], uncertain: boolean): Observable<WindowStart> {
  const { core, source } = delivery;
  let start: WindowStart = { index: window.start, lastId: window.expected };
  return from(pieces).pipe(
    // Where a piece ends up depends on what had to be done to the one before.
    concatMap((piece) => deliver(delivery, windowOf(source, start, piece), uncertain)),
    tap((next) => {
      start = next;
    }),
    catchError((error: unknown) => {
      // An entry that was taken apart may have arrived as it was, late.
      if (!uncertain || !isWriteConflict(error)) return throwError(() => error);
      return isThere(core, source, window, error.found).pipe(switchMap((there) => (there ? of(window.next) : throwError(() => error))));
    }),
  );
}

/** The halves of a window: of its entries, or if it has only one of its points. */
function piecesOf({ split }: Delivery, { entries }: TravellingWindow): readonly (readonly EntryDraft[])[] {
  const [first] = entries;
  const drafts: readonly EntryDraft[] = entries.length === 1 && first !== undefined ? split(first) : entries;
  const half = drafts.length >> 1;
  return [drafts.slice(0, half), drafts.slice(half)].filter((part) => part.length > 0);
}

function settle(core: Core, source: StreamSource, window: TravellingWindow, result: AppendResult, uncertain: boolean): Observable<void> {
  const { key, name } = source;
  switch (result._tag) {
    case 'appended':
      return of(undefined);
    case 'scanDeleted':
      return whyGone(core, source, window);
    case 'sealed': {
      const refused = blissdataError('StreamSealed', { key, stream: name });
      return uncertain ? requireThere(core, source, window, sealId, refused) : throwError(() => refused);
    }
    case 'conflict': {
      const { found } = result;
      if (compareIds(found, window.expected) < 0) return rewound(core, source, window);
      const refused = blissdataError('WriteConflict', { key, stream: name, expected: window.expected, found });
      return uncertain ? requireThere(core, source, window, found, refused) : throwError(() => refused);
    }
  }
}

/** The server has less than it had. */
const rewound = ({ database }: Core, source: StreamSource, { start }: TravellingWindow): Observable<never> =>
  database.heads([source]).pipe(
    map(([head]) => {
      throw blissdataError('StreamRewound', { key: source.key, stream: source.name, expected: start, found: head?.length ?? 0 });
    }),
  );

/** Where even the protocol's version is missing no scan was deleted: the database has lost everything, or is another one. */
function whyGone({ database }: Core, { key, name, scan }: StreamSource, { start }: TravellingWindow): Observable<never> {
  const deleted = blissdataError('ScanNotFound', { key: scan });
  if (start === 0) return throwError(() => deleted);
  return database.protocolVersion().pipe(
    map((version) => {
      throw version === null ? blissdataError('StreamRewound', { key, stream: name, expected: start, found: 0 }) : deleted;
    }),
  );
}

/** Errors unless an earlier attempt has written the window. */
const requireThere = (core: Core, source: StreamSource, window: TravellingWindow, found: Id, refused: Error): Observable<void> =>
  isThere(core, source, window, found).pipe(
    map((there) => {
      if (!there) throw refused;
    }),
  );

/** Whether the window is what stands in its place, or stood there: entries may have been trimmed off since. */
function isThere({ database }: Core, source: StreamSource, { entries, start, next }: TravellingWindow, found: Id): Observable<boolean> {
  return database.range(source, { min: start, max: next.index - 1, count: entries.length + 1 }).pipe(
    switchMap((block) => {
      if (block.firsts.length > 0) return of(endsWith(entries, block));
      // Nothing of it is left to compare: it was the last that was written, or nobody can tell.
      return found === sealId ? database.heads([source]).pipe(map(([head]) => head?.length === next.index)) : of(found === next.lastId);
    }),
  );
}

/** Whether the block is the end of these entries, byte for byte. */
function endsWith(entries: readonly NewEntry[], { firsts, lens, ends, bytes }: Block): boolean {
  const tail = entries.slice(-firsts.length);
  let from = 0;
  return (
    tail.length === firsts.length &&
    tail.every(({ index, len, payload }, i) => {
      const stored = bytes.subarray(from, ends[i]);
      from = ends[i] ?? from;
      return firsts[i] === index && lens[i] === len && stored.length === payload.length && stored.every((byte, at) => byte === payload[at]);
    })
  );
}
