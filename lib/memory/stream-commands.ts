/** The stream and log commands of a database in memory. */
import { blissdataError, isServerError } from '../model/errors.js';
import type { Database } from '../ports/database.js';
import type { Id, Key } from '../ports/keys.js';
import type { LogEntry } from '../ports/logs.js';
import type { AppendResult, AppendWindow, Block, EntriesAt, Head, ReadRequest, SealResult, Sealing } from '../ports/streams.js';
import { compareIds, entryId, originId } from '../wire/stream-id.js';
import type { Keyspace } from './keyspace.js';
import { PointStream, toBlock } from './point-stream.js';
import { isScanThere } from './scan-commands.js';

export const read = (keyspace: Keyspace, requests: readonly ReadRequest[]): readonly Block[] =>
  requests.map(({ key, after, maxEntries }) => {
    if (!(maxEntries >= 1)) throw blissdataError('InvalidArgument', { argument: 'maxEntries', expected: 'at least 1', received: String(maxEntries) });
    return keyspace.get(key, 'points')?.read(key, after, maxEntries) ?? toBlock(key, []);
  });

export const range = (keyspace: Keyspace, key: Key, bounds: Parameters<Database['range']>[1]): Block =>
  keyspace.get(key, 'points')?.range(key, bounds) ?? toBlock(key, []);

/** All entries in one block. */
export function entriesAt(keyspace: Keyspace, key: Key, indices: readonly number[]): EntriesAt | undefined {
  const stream = keyspace.get(key, 'points');
  const found = indices.flatMap((index) => {
    const entry = stream?.lastBefore(index);
    return entry === undefined ? [] : [{ index, entry }];
  });
  return found.length === 0 ? undefined : { block: toBlock(key, found.map(({ entry }) => entry)), indices: found.map(({ index }) => index) };
}

export const heads = (keyspace: Keyspace, keys: readonly Key[]): readonly Head[] => keys.map((key) => head(keyspace, key));

function head(keyspace: Keyspace, key: Key): Head {
  const value = keyspace.peek(key);
  if (value?._tag === 'points') return { key, exists: true, lastId: value.lastId, length: value.length, sealed: value.sealed, ...(value.size === 0 ? { emptied: true } : {}) };
  // A log has no points: the length follows from the last id, as over Redis.
  const lastId = keyspace.get(key, 'log')?.lastId ?? originId;
  return { key, exists: value !== undefined, lastId, length: value === undefined ? 0 : Number.parseInt(lastId, 10) + 1, sealed: false };
}

export const log = (keyspace: Keyspace, key: Key, after: Id, count: number): readonly LogEntry[] => keyspace.get(key, 'log')?.after(after, count) ?? [];

export const logTail = (keyspace: Keyspace, key: Key, { max, count }: Parameters<Database['logTail']>[1]): readonly LogEntry[] =>
  keyspace.get(key, 'log')?.tail(max, count) ?? [];

export function append(keyspace: Keyspace, windows: readonly AppendWindow[]): readonly AppendResult[] {
  const [first] = windows;
  if (first !== undefined && windows.length === 1) return [appendWindow(keyspace, first)];
  return windows.map((window) => {
    try {
      return appendWindow(keyspace, window);
    } catch (error) {
      // Memory does not run short in between: it does so for all windows.
      if (!isServerError(error)) throw error;
      return { _tag: 'sendAlone' };
    }
  });
}

function appendWindow(keyspace: Keyspace, { key, scan, expected, entries }: AppendWindow): AppendResult {
  if (!isScanThere(keyspace, scan)) return { _tag: 'scanDeleted' };
  const stream = keyspace.get(key, 'points') ?? new PointStream();
  if (stream.sealed) return { _tag: 'sealed' };
  if (stream.lastId !== expected) return { _tag: 'conflict', found: stream.lastId };
  requireRising(expected, entries);
  keyspace.requireMemory(key);
  for (const entry of entries) stream.add(entry);
  if (entries.length > 0) keyspace.put(key, stream);
  return { _tag: 'appended', lastId: stream.lastId };
}

/** Checked before the first entry is added, so that a window is appended as a whole or not at all. */
function requireRising(expected: Id, entries: AppendWindow['entries']): void {
  let last = expected;
  for (const { index } of entries) {
    const id = entryId(index);
    if (compareIds(id, last) <= 0) {
      throw blissdataError('ServerError', { command: 'XADD', code: 'ERR', reply: `ERR the id ${id} does not come after ${last}` });
    }
    last = id;
  }
}

export function seal(keyspace: Keyspace, { key, scan, length }: Sealing): SealResult {
  if (!isScanThere(keyspace, scan)) return { _tag: 'scanDeleted' };
  const present = keyspace.get(key, 'points');
  const stream = present ?? new PointStream();
  if (!stream.sealed) {
    keyspace.requireMemory(key);
    stream.sealAt(present !== undefined && stream.bare ? Math.max(length, stream.length) : stream.length);
    keyspace.put(key, stream);
  }
  return { _tag: 'sealed', length: stream.length };
}
