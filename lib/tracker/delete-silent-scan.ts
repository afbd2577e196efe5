/** Ends and deletes a scan whose publisher has gone without closing it. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { concat, defer, forkJoin, ignoreElements, of, switchMap, type Observable } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { ScanState } from '../model/scan-state.js';
import type { Database, Head } from '../ports/database.js';
import { parseJson } from '../wire/json-text/parse-json.js';
import { writeJson } from '../wire/json-text/write-json.js';
import { problemsOf } from '../wire/problems.js';
import { deletionReason, deletionSeconds } from '../wire/protocol.js';
import type { TrackedScan } from './tracked-scan.js';

const withInfo = t.type({ info: t.UnknownRecord });

/**
 * Seals what is open and closes the scan, so that whoever follows it comes to an end, and lets it expire. Completes without a value;
 * `OutOfMemory` where the server takes no more writes, `ScanNotFound` where somebody else was faster.
 */
export function deleteSilentScan(database: Database, scan: TrackedScan): Observable<never> {
  const { key, stateKey, streamKeys } = scan;
  const gone = (): never => {
    throw blissdataError('ScanNotFound', { key });
  };
  const seal = ({ key: stream, length }: Head): Observable<unknown> => database.seal({ key: stream, scan: key, length });
  const seals$ = database.heads(streamKeys).pipe(switchMap((heads) => forkJoin(heads.filter(({ sealed }) => !sealed).map(seal))));
  const close$ = database.scan(key, stateKey).pipe(
    switchMap((record) => {
      const json = record === null ? gone() : deletedJson(key, record.json);
      return database.commit({ key, json, stateKey, state: ScanState.CLOSED, announce: false });
    }),
    switchMap((result) => (result._tag === 'scanGone' ? gone() : of(result))),
  );
  return concat(seals$, defer(() => close$), defer(() => database.expire(scan.keys, deletionSeconds))).pipe(ignoreElements());
}

/** The scan's JSON with the reason of its end. */
function deletedJson(key: string, json: string): string {
  const parsed = parseJson(json);
  if (E.isLeft(parsed)) return invalid(key, [`not JSON: ${parsed.left}`]);
  const document = withInfo.decode(parsed.right);
  if (E.isLeft(document)) return invalid(key, problemsOf(document.left));
  const text = writeJson({ ...document.right, info: { ...document.right.info, end_reason: deletionReason } }, 'null');
  return E.isRight(text) ? text.right : invalid(key, [text.left]);
}

function invalid(key: string, problems: readonly string[]): never {
  throw blissdataError('ScanValidation', { key, problems });
}
