/** The scan commands of a database in memory: JSON and states, the history, searching. */
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import * as t from 'io-ts';
import type { Id, Key } from '../ports/keys.js';
import type { HistoryPage, LogEntry } from '../ports/logs.js';
import type { Commit, CommitResult, ScanRecord } from '../ports/scans.js';
import type { Search, SearchResult } from '../ports/search.js';
import { prefixOfScanKey, scanPrefix, streamKey } from '../wire/keys.js';
import { deletionMs, historyField, historyKey, historyLength, stateField } from '../wire/protocol.js';
import { compareIds, originId } from '../wire/stream-id.js';
import { checkedJson } from './redis-json.js';
import type { Keyspace } from './keyspace.js';
import { Log } from './log.js';
import { identityText, matches } from './search.js';

/** Neither missing nor deleted, which to blissdata is a time to live of at most 10 s. */
export const isScanThere = (keyspace: Keyspace, key: Key): boolean => (keyspace.ttl(key) ?? 0) > deletionMs;

export function scan(keyspace: Keyspace, key: Key, knownStateKey?: Key): ScanRecord | null {
  const document = keyspace.get(key, 'json');
  if (document === undefined || !isScanThere(keyspace, key)) return null;
  return { json: document.text, ...newestState(keyspace, knownStateKey ?? stateKeyIn(key, document.text)) };
}

/** The same for a deleted scan that has not expired yet. */
export function remains(keyspace: Keyspace, key: Key, stateKey: Key): ScanRecord | null {
  const document = keyspace.get(key, 'json');
  return document === undefined ? null : { json: document.text, ...newestState(keyspace, stateKey) };
}

export const identities = (keyspace: Keyspace, keys: readonly Key[]): readonly (string | null)[] =>
  keys.map((key) => {
    const document = keyspace.get(key, 'json');
    return document === undefined || !isScanThere(keyspace, key) ? null : identityText(document);
  });

export const states = (keyspace: Keyspace, keys: readonly Key[]): readonly (Pick<ScanRecord, 'state'> | null)[] =>
  keys.map((key) => {
    const document = keyspace.get(key, 'json');
    return document === undefined || !isScanThere(keyspace, key) ? null : newestState(keyspace, stateKeyIn(key, document.text));
  });

function newestState(keyspace: Keyspace, stateKey: Key | undefined): Pick<ScanRecord, 'state'> {
  const [state] = stateKey === undefined ? [] : (keyspace.get(stateKey, 'log')?.tail(undefined, 1) ?? []);
  return state === undefined ? {} : { state };
}

export function history(keyspace: Keyspace, after: Id, count: number): HistoryPage {
  const log = keyspace.get(historyKey, 'log');
  const lostUntil = log?.lostUntil;
  return { entries: log?.after(after, count) ?? [], ...(lostUntil === undefined ? {} : { lostUntil }) };
}

const withStateStream = t.type({ state_stream: t.type({ pk: t.string }) });

/** The key of a scan's states, from its JSON. */
export function stateKeyIn(key: Key, json: string): Key | undefined {
  const document: unknown = JSON.parse(json);
  const prefix = prefixOfScanKey(key);
  const decoded = withStateStream.decode(document);
  return O.isSome(prefix) && E.isRight(decoded) ? streamKey(prefix.value, decoded.right.state_stream.pk) : undefined;
}

export const scansExist = (keyspace: Keyspace, keys: readonly Key[]): readonly boolean[] => keys.map((key) => isScanThere(keyspace, key));

export function search(keyspace: Keyspace, { prefix, criteria }: Search): SearchResult {
  const keys = keyspace.keys().filter((key) => {
    const value = key.startsWith(scanPrefix(prefix)) ? keyspace.peek(key) : undefined;
    return value?._tag === 'json' && matches(value, criteria);
  });
  return { timetag: keyspace.get(historyKey, 'log')?.lastId ?? originId, keys };
}

export function commit(keyspace: Keyspace, { key, json, stateKey, state, after, announce }: Commit): CommitResult {
  if (!announce && !isScanThere(keyspace, key)) return { _tag: 'scanDeleted' };
  const { state: newest } = newestState(keyspace, stateKey);
  if (newest !== undefined && keyspace.peek(key) !== undefined && compareIds(newest.id, after) > 0) {
    const { id, fields: { [stateField]: found = '' } } = newest;
    return announce || found === String(state) ? { _tag: 'committed', id } : { _tag: 'conflict', id, state: found };
  }
  keyspace.requireMemory(key);
  keyspace.put(key, { _tag: 'json', text: checkedJson(json) });
  if (announce) addToLog(keyspace, historyKey, { [historyField]: key }, historyLength);
  return { _tag: 'committed', id: addToLog(keyspace, stateKey, { [stateField]: String(state) }) };
}

export function addToLog(keyspace: Keyspace, key: Key, fields: LogEntry['fields'], maxLength?: number): string {
  const log = keyspace.get(key, 'log') ?? new Log();
  const id = log.add(fields, keyspace.scheduler.now(), maxLength);
  keyspace.put(key, log);
  return id;
}
