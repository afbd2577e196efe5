/** Sends a window of entries until the server has it, exactly once, or never can. */
import { catchError, concatMap, defer, finalize, from, map, of, retry, switchMap, tap, throwError, type Observable } from 'rxjs';
import { blissdataError, isOutcomeUnknown, isRequestTooLarge, isStoreClosed, isWriteConflict, type BlissdataError, type BlissdataErrorOf } from '../model/errors.js';
import type { Id } from '../ports/keys.js';
import type { AppendResult, Block, NewEntry } from '../ports/streams.js';
import { diagnoseMissingScan } from '../reading/reader/diagnose-empty-read.js';
import type { StreamSource } from '../reading/reader/stream-source.js';
import type { NextAttempt } from '../retry/backoff.js';
import { transientCause } from '../retry/policy.js';
import type { EntryBuilder, EntryDraft } from '../wire/encoding/entry-builder.js';
import { compareIds, originId, sealId } from '../wire/stream-id.js';
import type { WritingCore } from './pending-writes.js';
import { windowOf, type FirstAttempt, type TravellingWindow, type WindowStart } from './travelling-window.js';

/** The writer's side of a delivery. */
export interface Delivery {
  readonly core: WritingCore;
  readonly source: StreamSource;
  readonly builder: Pick<EntryBuilder, 'split'>;
  /** Called before each wait for another attempt. */
  readonly onWait: (next: NextAttempt) => void;
}

/**
 * Emits where the next window goes once the server has this one, and completes. After a passing failure the very same bytes are sent again,
 * as the store's retry policy says. If an earlier attempt may have been carried out and the server refuses the next one, the entries in
 * the window's place are compared with it: if they are equal, that attempt has appended them. A window that is too large for the server
 * goes in pieces, with an emission after each.
 *
 * ```
 * append:   ^---x     ^---x         ^---!
 * deliver:  ------------------------(a|)     after a wait each
 * ```
 *
 * Errors: `PointTooLarge` for a single point that is too large; `StreamRewound` if the server has less than when the window was made,
 * `WriteConflict` if it has something else, `StreamSealed`, `ScanNotFound`. When the retries are used up, or the store is closed:
 * the last attempt's error, or `OutcomeUnknown` if an earlier one may have been carried out.
 *
 * @param uncertain whether entries in the window's place may be its own, because it, or a window that it is a piece of, was sent before
 * @param first the outcome of the first attempt, if that was made already; throws the attempt's error
 */
export const deliver = (delivery: Delivery, window: TravellingWindow, uncertain = false, first?: FirstAttempt): Observable<WindowStart> =>
  defer(() => {
    const pieces = first === undefined && window.bytes > (delivery.core.database.sizes?.().window ?? Infinity) ? piecesOf(delivery, window) : [];
    if (pieces.length > 1) return deliverPieces(delivery, window, pieces, uncertain);
    return deliverWhole(delivery, window, uncertain, first).pipe(catchError((error: unknown) => (isRequestTooLarge(error) ? splitTooLarge(delivery, window, error) : throwError(() => error))));
  });

function deliverWhole(delivery: Delivery, window: TravellingWindow, uncertain: boolean, first?: FirstAttempt): Observable<WindowStart> {
  const { database, retries } = delivery.core;
  const { nextAttempt, release } = retries.handle({ repeatable: true, onWait: delivery.onWait });
  let lastError: unknown;
  let unknown: BlissdataErrorOf<'OutcomeUnknown'> | undefined;
  // A lasting error says more than an unknown outcome, a passing one less, and a closing store least.
  const giveUp = (error: unknown): Observable<never> =>
    throwError(() => {
      if (isStoreClosed(error)) return unknown ?? lastError ?? error;
      return transientCause(error, true) === undefined ? error : (unknown ?? error);
    });
  const again = (error: unknown): Observable<void> => {
    if (isStoreClosed(error)) return giveUp(error);
    if (isOutcomeUnknown(error)) unknown = error;
    lastError = error;
    return nextAttempt(error).pipe(catchError(giveUp));
  };
  let made = first;
  const attempt = (): Observable<AppendResult | undefined> => {
    const outcome = made;
    made = undefined;
    return outcome === undefined ? database.append([window]).pipe(map(([result]) => result)) : of(outcome());
  };
  return defer(attempt).pipe(
    switchMap((result) => refusalOf(delivery, window, result, uncertain || unknown !== undefined)),
    retry({ delay: again }),
    finalize(release),
    map((refusal) => {
      if (refusal !== undefined) throw refusal;
      return window.next;
    }),
  );
}

/** Sends a window in pieces that is too large as a whole, unless it has arrived after all. */
function splitTooLarge(delivery: Delivery, window: TravellingWindow, { size, reason }: BlissdataErrorOf<'RequestTooLarge'>): Observable<WindowStart> {
  const { core, source } = delivery;
  return core.database.heads([source]).pipe(
    switchMap(([head]) => {
      const found = head?.lastId ?? originId;
      if (found !== window.expected) {
        const result: AppendResult = found === sealId ? { _tag: 'sealed' } : { _tag: 'conflict', found };
        return refusalOf(delivery, window, result, true).pipe(
          map((refusal) => {
            if (refusal !== undefined) throw refusal;
            return window.next;
          }),
        );
      }
      const pieces = piecesOf(delivery, window);
      if (pieces.length > 1) return deliverPieces(delivery, window, pieces, true);
      return throwError(() => blissdataError('PointTooLarge', { key: source.key, stream: source.name, index: window.start, size, reason }));
    }),
  );
}

/** Delivers pieces one after another, each as a window of its own. */
function deliverPieces(delivery: Delivery, window: TravellingWindow, pieces: readonly (readonly EntryDraft[])[], uncertain: boolean): Observable<WindowStart> {
  let start: WindowStart = { index: window.start, lastId: window.expected };
  return from(pieces).pipe(
    // Where a piece goes depends on how the one before had to be split.
    concatMap((piece) => deliver(delivery, windowOf(delivery.source, start, piece), uncertain)),
    tap((next) => {
      start = next;
    }),
    catchError((error: unknown) => {
      // The entry that was split may have arrived unsplit, late.
      if (!uncertain || !isWriteConflict(error)) return throwError(() => error);
      return hasArrived(delivery, window, error.found).pipe(switchMap((arrived) => (arrived ? of(window.next) : throwError(() => error))));
    }),
  );
}

/** The halves of a window, by entries, or by points if it has only one entry. */
function piecesOf({ builder }: Delivery, { entries }: TravellingWindow): readonly (readonly EntryDraft[])[] {
  const [first] = entries;
  const drafts: readonly EntryDraft[] = entries.length === 1 && first !== undefined ? builder.split(first) : entries;
  const half = drafts.length >> 1;
  return [drafts.slice(0, half), drafts.slice(half)].filter((part) => part.length > 0);
}

/** Emits why a window was refused for good, or `undefined` if the server has it, from this attempt or an earlier one. */
function refusalOf(delivery: Delivery, window: TravellingWindow, result: AppendResult | undefined, uncertain: boolean): Observable<BlissdataError | undefined> {
  const { core: { database }, source } = delivery;
  const { key, name: stream } = source;
  const { expected, start } = window;
  const unlessArrived = (refusal: BlissdataError, found: Id): Observable<BlissdataError | undefined> =>
    uncertain ? hasArrived(delivery, window, found).pipe(map((arrived) => (arrived ? undefined : refusal))) : of(refusal);
  switch (result?._tag) {
    case undefined:
    case 'sendAlone':
      return of(blissdataError('UnexpectedReply', { command: 'append', problems: ['no answer'] }));
    case 'appended':
      return of(undefined);
    case 'scanDeleted':
      return diagnoseMissingScan(database, source, start, start > 0);
    case 'sealed':
      return unlessArrived(blissdataError('StreamSealed', { key, stream }), sealId);
    case 'conflict': {
      const { found } = result;
      if (compareIds(found, expected) >= 0) return unlessArrived(blissdataError('WriteConflict', { key, stream, expected, found }), found);
      return database.heads([source]).pipe(map(([head]) => blissdataError('StreamRewound', { key, stream, expected: start, found: head?.length ?? 0 })));
    }
  }
}

/** Whether the window's entries are in its place, or were, before they were trimmed. */
function hasArrived({ core: { database }, source }: Delivery, { entries, start, next }: TravellingWindow, found: Id): Observable<boolean> {
  return database.range(source, { min: start, max: next.index - 1, count: entries.length + 1 }).pipe(
    switchMap((block) => {
      if (block.firsts.length > 0) return of(endsWith(entries, block));
      // All of them were trimmed: the stream's last id is what is left to compare.
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
