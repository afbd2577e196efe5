/** A window of entries on its way to the server: sent until it is there, once, or never can be. */
import * as E from 'fp-ts/lib/Either.js';
import { catchError, defer, finalize, map, of, retry, switchMap, throwError, type Observable } from 'rxjs';
import { blissdataError, isOutcomeUnknown, isStoreClosed, type BlissdataError, type BlissdataErrorOf } from '../model/errors.js';
import type { AppendResult, AppendWindow, Block, Id, NewEntry } from '../ports/database.js';
import type { Core } from '../polling/core.js';
import type { Retrying } from '../polling/patience.js';
import type { StreamSource } from '../polling/stream-source.js';
import type { EntryDraft } from '../wire/encoding/draft-queue.js';
import { compareIds, entryId, sealId } from '../wire/stream-id.js';

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

export function windowOf({ key, scanKey }: StreamSource, { index: start, lastId: expected }: WindowStart, drafts: readonly EntryDraft[]): TravellingWindow {
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
  return { key, scan: scanKey, expected, entries, start, next: { index, lastId }, bytes };
}

/** What the server has said of a window: it is there (again, or at last), or never will be. */
type Settled = E.Either<BlissdataError, void>;

/**
 * Emits once, and completes, when the server has the whole window. What fails for a passing reason is sent again, the very same bytes, as
 * the store's retry policy says. Where nobody knows what became of an earlier sending and the server refuses the next one, it is looked
 * whether the entries that stand in the window's place are those of the window: then they were appended by the earlier one.
 *
 * ```
 * append:   ^---x     ^---x         ^---!
 * deliver:  ------------------------(a|)     after a pause each
 * ```
 *
 * Errors: `StreamRewound` where the server has less than was there when the window was made, `WriteConflict` where it has something
 * else, `StreamSealed`, `ScanNotFound`; where there are to be no more attempts, or the store closes in between, what the last one failed
 * with, `OutcomeUnknown` if the window may be there all the same.
 *
 * @param waiting told before each pause
 */
export function deliver(core: Core, source: StreamSource, window: TravellingWindow, waiting: (state: Retrying) => void): Observable<void> {
  let trouble: unknown;
  let unknown: BlissdataErrorOf<'OutcomeUnknown'> | undefined;
  const givenUp = (error: unknown): Observable<never> => throwError(() => unknown ?? (isStoreClosed(error) ? (trouble ?? error) : error));
  const nextTry = core.retries.trying({ repeatable: true, waiting });
  const again = (error: unknown): Observable<void> => {
    if (isStoreClosed(error)) return givenUp(error);
    if (isOutcomeUnknown(error)) unknown = error;
    trouble = error;
    return nextTry.again(error).pipe(catchError(givenUp));
  };
  return defer(() => core.database.append(window)).pipe(
    switchMap((result) => settle(core, source, window, result, unknown !== undefined)),
    retry({ delay: again }),
    finalize(nextTry.left),
    map((settled) => {
      if (E.isLeft(settled)) throw settled.left;
    }),
  );
}

function settle(core: Core, source: StreamSource, window: TravellingWindow, result: AppendResult, uncertain: boolean): Observable<Settled> {
  const { key, name } = source;
  switch (result._tag) {
    case 'appended':
      return of(E.right(undefined));
    case 'scanGone':
      return whyGone(core, source, window);
    case 'sealed': {
      const refused = E.left(blissdataError('StreamSealed', { key, stream: name }));
      return uncertain ? isThere(core, window, sealId).pipe(map((there) => (there ? E.right(undefined) : refused))) : of(refused);
    }
    case 'conflict': {
      const { found } = result;
      if (compareIds(found, window.expected) < 0) return rewound(core, source, window);
      const refused = E.left(blissdataError('WriteConflict', { key, stream: name, expected: window.expected, found }));
      return uncertain ? isThere(core, window, found).pipe(map((there) => (there ? E.right(undefined) : refused))) : of(refused);
    }
  }
}

/** The server has less than it had. */
const rewound = ({ database }: Core, { key, name }: StreamSource, { start }: TravellingWindow): Observable<Settled> =>
  database.heads([key]).pipe(map(([head]) => E.left(blissdataError('StreamRewound', { key, stream: name, expected: start, found: head?.length ?? 0 }))));

/** Where even the protocol's version is missing no scan was deleted: the database has lost everything, or is another one. */
function whyGone({ database }: Core, { key, name, scanKey }: StreamSource, { start }: TravellingWindow): Observable<Settled> {
  const deleted = E.left(blissdataError('ScanNotFound', { key: scanKey }));
  if (start === 0) return of(deleted);
  const rewound = E.left(blissdataError('StreamRewound', { key, stream: name, expected: start, found: 0 }));
  return database.protocolVersion().pipe(map((version) => (version === null ? rewound : deleted)));
}

/** Whether the window is what stands in its place, or stood there: entries may have been trimmed off since. */
function isThere({ database }: Core, { key, entries, start, next }: TravellingWindow, found: Id): Observable<boolean> {
  return database.range(key, { min: start, max: next.index - 1, count: entries.length + 1 }).pipe(
    switchMap((block) => {
      if (block.firsts.length > 0) return of(endsWith(entries, block));
      // Nothing of it is left to compare: it was the last that was written, or nobody can tell.
      return found === sealId ? database.heads([key]).pipe(map(([head]) => head?.length === next.index)) : of(found === next.lastId);
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
