/** A scan as it was at one moment: its state and JSON, neither older than the other. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError } from '../model/errors.js';
import type { IdentityFields, IdentityModel } from '../model/identity-model.js';
import type { JsonObject } from '../model/json.js';
import { isScanState, ScanState } from '../model/scan-state.js';
import type { Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import type { ScanRecord } from '../ports/scans.js';
import { stateField } from '../wire/protocol.js';
import { decodeScanDocument, type ScanDocument } from '../wire/scan-document.js';

/** What `scan.snapshot$` emits. */
export interface ScanSnapshot {
  readonly state: ScanState;
  /** Metadata as of this state or newer. */
  readonly info: JsonObject;
}

/** A decoded scan record. */
export interface LoadedScan<F extends IdentityFields> {
  readonly document: ScanDocument<F>;
  readonly state: ScanState;
  /** The id of the state's entry: later states come after it. */
  readonly stateId: string;
}

/** @throws ScanNotFound without a record, ScanValidation if it is not a scan of the model */
export function decodeScan<F extends IdentityFields>(model: IdentityModel<F>, key: Key, record: ScanRecord | null): LoadedScan<F> {
  if (record === null) throw blissdataError('ScanNotFound', { key });
  const document = decodeScanDocument(model, record.json);
  if (E.isLeft(document)) throw blissdataError('ScanValidation', { key, problems: document.left });
  if (record.state === undefined) throw blissdataError('ScanValidation', { key, problems: ['it has no state'] });
  return { document: document.right, state: decodeState(key, record.state), stateId: record.state.id };
}

/** The state in an entry of a state stream. @throws ScanValidation */
export function decodeState(key: Key, { id, fields }: LogEntry): ScanState {
  const text = fields[stateField] ?? 'nothing';
  const state = Number(text);
  if (/^\d$/.test(text) && isScanState(state)) return state;
  throw blissdataError('ScanValidation', { key, problems: [`state entry ${id}: expected a number from ${ScanState.CREATED} to ${ScanState.CLOSED}, received ${text}`] });
}
