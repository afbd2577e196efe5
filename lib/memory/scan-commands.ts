/** What the ports do with scans, on a keyspace in memory: their JSON and states, the history, searching. */
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import * as t from 'io-ts';
import type { Commit, CommitResult, Key, LogEntry, ScanRecord, Search, SearchResult } from '../ports/database.js';
import { prefixOfScanKey, scanPrefix, streamKey } from '../wire/keys.js';
import { deletionSeconds, historyField, historyKey, historyLength, stateField } from '../wire/protocol.js';
import { originId } from '../wire/stream-id.js';
import { checkedJson } from './json-document.js';
import type { Keyspace } from './keyspace.js';
import { Log } from './log.js';
import { matches } from './search.js';

/** Not missing, and not about to expire, which blissdata counts as deleted. */
export const isScanThere = (keyspace: Keyspace, key: Key): boolean => (keyspace.ttl(key) ?? 0) > deletionSeconds * 1000;

export function scan(keyspace: Keyspace, key: Key, knownStateKey?: Key): ScanRecord | null {
  const document = keyspace.get(key, 'json');
  if (document === undefined || !isScanThere(keyspace, key)) return null;
  const stateKey = knownStateKey ?? stateKeyIn(key, document.text);
  const [state] = stateKey === undefined ? [] : (keyspace.get(stateKey, 'log')?.tail(undefined, 1) ?? []);
  return { json: document.text, ...(state === undefined ? {} : { state }) };
}

const withStateStream = t.type({ state_stream: t.type({ pk: t.string }) });

/** A scan's JSON tells where its states are. */
function stateKeyIn(key: Key, json: string): Key | undefined {
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

export function commit(keyspace: Keyspace, { key, json, stateKey, state, announce }: Commit): CommitResult {
  if (!announce && !isScanThere(keyspace, key)) return { _tag: 'scanGone' };
  keyspace.put(key, { _tag: 'json', text: checkedJson(json) });
  if (announce) addToLog(keyspace, historyKey, { [historyField]: key }, historyLength);
  return { _tag: 'committed', id: addToLog(keyspace, stateKey, { [stateField]: String(state) }) };
}

function addToLog(keyspace: Keyspace, key: Key, fields: LogEntry['fields'], maxLength?: number): string {
  const log = keyspace.get(key, 'log') ?? new Log();
  const id = log.add(fields, keyspace.scheduler.now(), maxLength);
  keyspace.put(key, log);
  return id;
}
