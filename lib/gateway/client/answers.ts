/** The values that a gateway answers with. */
import * as t from 'io-ts';
import type { HistoryPage, LogEntry } from '../../ports/logs.js';
import type { CommitResult, DeletionResult, ScanRecord } from '../../ports/scans.js';
import type { SearchResult } from '../../ports/search.js';
import type { AppendResult, Head, SealResult } from '../../ports/streams.js';
import { arrayOf, exactly, members, oneOf, orNull } from '../../wire/codecs.js';
import { guarded } from '../../wire/guarded.js';

const fields = guarded('fields', (u): u is LogEntry['fields'] => t.UnknownRecord.is(u) && Object.values(u).every(t.string.is));
const logEntry = members('a log entry', { id: t.string, fields });
const state = { state: logEntry };

/** A result with this tag and these members. */
const tagged = <Tag extends string, P extends t.Props>(tag: Tag, props: P) => members(tag, { _tag: exactly(tag), ...props }).is;
const scanDeleted = tagged('scanDeleted', {});

export const flags = arrayOf('flags', t.boolean.is);
export const text = orNull(t.string);
export const texts = arrayOf('texts', text.is);
export const length = t.number;
export const logEntries: t.Type<readonly LogEntry[]> = arrayOf('log entries', logEntry.is);
export const historyPage: t.Type<HistoryPage> = members('a page of the history', { entries: logEntries }, { lostUntil: t.string });
export const scanRecord: t.Type<ScanRecord | null> = orNull(members('a scan', { json: t.string }, state));
export const states: t.Type<readonly (Pick<ScanRecord, 'state'> | null)[]> = arrayOf('states', orNull(members('a state', {}, state)).is);
export const searchResult: t.Type<SearchResult> = members('scans found', { timetag: t.string, keys: arrayOf('keys', t.string.is) });
export const heads: t.Type<readonly Head[]> = arrayOf('heads', members('a head', { key: t.string, exists: t.boolean, lastId: t.string, length: t.number, sealed: t.boolean }, { emptied: exactly(true) }).is);

const appendResult: t.Type<AppendResult> = oneOf('a result', tagged('appended', { lastId: t.string }), tagged('conflict', { found: t.string }), tagged('sealed', {}), scanDeleted, tagged('sendAlone', {}));
export const appendResults: t.Type<readonly AppendResult[]> = arrayOf('results', appendResult.is);
export const sealResult: t.Type<SealResult> = oneOf('a result', tagged('sealed', { length: t.number }), scanDeleted);
export const commitResult: t.Type<CommitResult> = oneOf('a result', tagged('committed', { id: t.string }), tagged('conflict', { id: t.string, state: t.string }), scanDeleted);
export const deletionResult: t.Type<DeletionResult> = oneOf('a result', tagged('deleted', {}), scanDeleted, members('open', { _tag: exactly('open') }, { state: t.string }).is);
