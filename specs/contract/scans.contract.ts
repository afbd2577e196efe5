/** What every database must do with scans: their JSON and states, the history, deletion. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, from, lastValueFrom, mergeMap } from 'rxjs';
import { ScanState } from '../../lib/model/scan-state.js';
import type { LogEntry } from '../../lib/ports/logs.js';
import type { Commit, CommitResult } from '../../lib/ports/scans.js';
import { historyKey, historyLength } from '../../lib/wire/protocol.js';
import { compareIds, isStreamId, originId, predecessor } from '../../lib/wire/stream-id.js';
import type { Opened, Use } from './opened.js';
import { commitNext, createScan, sampleScan, scanJson, streamKeyOf } from './samples.js';

const updateOf = (n: number, state: ScanState, json = scanJson(n, {}, { state })): Omit<Commit, 'after'> => {
  const { key, stateKey } = sampleScan(n);
  return { key, json, stateKey, state, announce: false };
};
const commit = ({ database }: Opened, what: Omit<Commit, 'after'>): Promise<CommitResult> => commitNext(database, what);
/** By the other client, which knows of no other state than it says. */
const again = ({ other }: Opened, what: Commit): Promise<CommitResult> => firstValueFrom(other.commit(what));
const idOf = (result: CommitResult): string => (result._tag === 'scanDeleted' ? 'no id' : result.id);
/** Page by page: an answer may have less than was requested. */
async function history({ database }: Opened): Promise<readonly LogEntry[]> {
  const all: LogEntry[] = [];
  for (;;) {
    const page = await firstValueFrom(database.log(historyKey, all.at(-1)?.id ?? originId, 10_000));
    if (page.length === 0) return all;
    all.push(...page);
  }
}
const states = ({ database }: Opened, n: number): Promise<readonly LogEntry[]> => firstValueFrom(database.log(sampleScan(n).stateKey, originId, 100));

/** What no database may take for a scan's JSON, by why. */
const refused: readonly (readonly [string, string])[] = [
  ['text that is no JSON', 'not json'],
  ['an empty text', ''],
  ['NaN', '{"a":NaN}'],
  ['a number beyond all floats', '{"a":1e400}'],
  ['half a surrogate pair', '{"a":"\\ud800"}'],
  ['128 arrays in one another', '['.repeat(128) + ']'.repeat(128)],
];

export function scansContract(use: Use): void {
  describe('commit', () => {
    it('creates a scan with its state and announces it', async () => {
      const { key, stateKey } = sampleScan(1);
      const result = await commit(use(), { ...updateOf(1, ScanState.CREATED), announce: true });
      const record = await firstValueFrom(use().other.scan(key, stateKey));
      expect(JSON.parse(record?.json ?? '')).toEqual(JSON.parse(scanJson(1, {}, { state: 0 })));
      expect(result).toEqual({ _tag: 'committed', id: record?.state?.id });
      expect(record?.state?.fields).toEqual({ state: '0' });
      expect((await history(use())).map(({ fields }) => fields)).toEqual([{ key }]);
    });

    it('replaces the JSON and adds a state, and announces nothing', async () => {
      const { key, stateKey } = await createScan(use().database, 1);
      await commit(use(), updateOf(1, ScanState.PREPARED));
      const record = await firstValueFrom(use().other.scan(key, stateKey));
      expect(JSON.parse(record?.json ?? '')).toMatchObject({ info: { state: 1 } });
      expect(record?.state?.fields).toEqual({ state: '1' });
      expect((await states(use(), 1)).map(({ fields }) => fields['state'])).toEqual(['0', '1']);
      expect(await history(use())).toHaveLength(1);
    });

    it('does nothing to a scan that is missing', async () => {
      expect(await commit(use(), updateOf(1, ScanState.PREPARED))).toEqual({ _tag: 'scanDeleted' });
      expect(await firstValueFrom(use().database.scan(sampleScan(1).key))).toBeNull();
      expect(await states(use(), 1)).toEqual([]);
    });

    it('does nothing to a scan that is deleted, and lets it expire', async () => {
      const { key, stateKey } = await createScan(use().database, 1);
      await use().raw.expire([key, stateKey], 10);
      expect(await commit(use(), updateOf(1, ScanState.CLOSED))).toEqual({ _tag: 'scanDeleted' });
      expect(await states(use(), 1)).toHaveLength(1);
      expect(await use().raw.ttlOf(key)).toBeLessThanOrEqual(10);
    });

    it('keeps the time to live of the scan and its states', async () => {
      const { key, stateKey } = await createScan(use().database, 1);
      await use().raw.expire([key, stateKey], 1000);
      expect(await commit(use(), updateOf(1, ScanState.CLOSED))).toMatchObject({ _tag: 'committed' });
      for (const one of [key, stateKey]) {
        expect(await use().raw.ttlOf(one)).toBeGreaterThan(900);
        expect(await use().raw.ttlOf(one)).toBeLessThanOrEqual(1000);
      }
    });

    it('repeated answers the same, and writes nothing a second time', async () => {
      const created = { ...updateOf(1, ScanState.CREATED), after: originId, announce: true };
      const first = await commit(use(), created);
      expect(await again(use(), created)).toEqual(first);
      const prepared = { ...updateOf(1, ScanState.PREPARED), after: idOf(first) };
      const second = await again(use(), prepared);
      expect(await again(use(), prepared)).toEqual(second);
      expect(await again(use(), created)).toEqual(second);
      expect((await states(use(), 1)).map(({ fields }) => fields['state'])).toEqual(['0', '1']);
      expect(await history(use())).toHaveLength(1);
      const record = await firstValueFrom(use().other.scan(created.key));
      expect(JSON.parse(record?.json ?? '')).toEqual(JSON.parse(prepared.json));
    });

    it('that comes after a newer state writes nothing, and returns that state', async () => {
      const created = await createScan(use().database, 1);
      const [{ id } = { id: originId }] = await states(use(), 1);
      const late = { ...updateOf(1, ScanState.PREPARED), after: id };
      const closed = await commit(use(), updateOf(1, ScanState.CLOSED));
      expect(await again(use(), late)).toEqual({ _tag: 'conflict', id: idOf(closed), state: '4' });
      expect((await states(use(), 1)).map(({ fields }) => fields['state'])).toEqual(['0', '4']);
      const record = await firstValueFrom(use().other.scan(created.key));
      expect(JSON.parse(record?.json ?? '')).toMatchObject({ info: { state: 4 } });
    });

    it('is done where the state known of is there no more: a server may come back with less', async () => {
      await createScan(use().database, 1);
      const ahead = `${Date.now() + 100_000_000}-0`;
      expect(await again(use(), { ...updateOf(1, ScanState.STARTED), after: ahead })).toMatchObject({ _tag: 'committed' });
      expect((await states(use(), 1)).map(({ fields }) => fields['state'])).toEqual(['0', '2']);
    });

    it.each(refused)('refuses %s for a new scan and leaves no trace of it', async (_, json) => {
      await expect(commit(use(), { ...updateOf(1, ScanState.CREATED, json), announce: true })).rejects.toMatchObject({ _tag: 'ServerError' });
      expect(await firstValueFrom(use().database.scansExist([sampleScan(1).key]))).toEqual([false]);
      expect(await states(use(), 1)).toEqual([]);
      expect(await history(use())).toEqual([]);
    });

    it.each(refused)('refuses %s for an update and leaves JSON and state as they were', async (_, json) => {
      const { key, stateKey } = await createScan(use().database, 1);
      await expect(commit(use(), updateOf(1, ScanState.PREPARED, json))).rejects.toMatchObject({ _tag: 'ServerError' });
      const record = await firstValueFrom(use().database.scan(key, stateKey));
      expect(JSON.parse(record?.json ?? '')).toEqual(JSON.parse(scanJson(1)));
      expect(record?.state?.fields).toEqual({ state: '0' });
    });

    it('keeps what JSON can hold: any text, integers of 64 bits, 127 arrays in one another', async () => {
      const { key } = await createScan(use().database, 1);
      const texts = { 'é "quoted" \\ \n': '😀\u0000\u2028', '': '</script>' };
      const deep = '['.repeat(126) + ']'.repeat(126);
      const json = `{"texts":${JSON.stringify(texts)},"ns":1763877600123456789,"negative":-9223372036854775808,"deep":${deep}}`;
      await commit(use(), updateOf(1, ScanState.PREPARED, json));
      const record = await firstValueFrom(use().database.scan(key));
      expect(JSON.parse(record?.json ?? '')).toEqual(JSON.parse(json));
      expect(record?.json).toContain('1763877600123456789');
      expect(record?.json).toContain('-9223372036854775808');
    });

    it('keeps about as many scans in the history as the protocol says', async () => {
      const { database } = use();
      const numbers = Array.from({ length: historyLength + 200 }, (_, n) => n);
      const creation = (n: number): Commit => ({ ...updateOf(n, ScanState.CREATED), after: originId, announce: true });
      await lastValueFrom(from(numbers).pipe(mergeMap((n) => database.commit(creation(n)), 50)));
      const kept = (await history(use())).length;
      expect(kept).toBeGreaterThanOrEqual(historyLength);
      // Redis trims whole nodes of 100 entries.
      expect(kept).toBeLessThan(historyLength + 100);
    });
  });

  describe('scan', () => {
    it('is null for a key that is missing', async () => {
      expect(await firstValueFrom(use().database.scan(sampleScan(1).key))).toBeNull();
      expect(await firstValueFrom(use().database.scan(sampleScan(1).key, sampleScan(1).stateKey))).toBeNull();
    });

    it('finds the states by the JSON when their key is not given', async () => {
      const { key } = await createScan(use().database, 1);
      await commit(use(), updateOf(1, ScanState.PREPARED));
      expect(await firstValueFrom(use().database.scan(key))).toMatchObject({ state: { fields: { state: '1' } } });
    });

    it('has no state where there are none', async () => {
      const { key, stateKey } = sampleScan(1);
      await use().raw.setScanJson(key, scanJson(1));
      const record = await firstValueFrom(use().database.scan(key, stateKey));
      expect(JSON.parse(record?.json ?? '')).toEqual(JSON.parse(scanJson(1)));
      expect(record).not.toHaveProperty('state');
    });

    it('gives JSON that is no scan as it is', async () => {
      const { key } = sampleScan(1);
      await use().raw.setScanJson(key, '{"id":7}');
      expect(await firstValueFrom(use().database.scan(key))).toEqual({ json: '{"id":7}' });
    });

    it('is null for a deleted scan, not for one that will expire later', async () => {
      const { key, stateKey } = await createScan(use().database, 1);
      await use().raw.expire([key], 1000);
      expect(await firstValueFrom(use().database.scan(key, stateKey))).not.toBeNull();
      await use().raw.expire([key], 10);
      expect(await firstValueFrom(use().database.scan(key, stateKey))).toBeNull();
    });
  });

  describe('scansExist', () => {
    it('returns for each scan whether it is there, in the order of the request', async () => {
      const { database, raw } = use();
      const keys = [];
      for (const n of [1, 2, 3]) keys.push((await createScan(database, n)).key);
      const [, deleted = '', expiring = ''] = keys;
      await raw.expire([deleted], 10);
      await raw.expire([expiring], 1000);
      expect(await firstValueFrom(database.scansExist([...keys, sampleScan(4).key]))).toEqual([true, false, true, false]);
      expect(await firstValueFrom(database.scansExist([]))).toEqual([]);
    });
  });

  describe('log', () => {
    it('returns entries after an id, oldest first, as many as requested', async () => {
      await createScan(use().database, 1);
      for (const state of [1, 2, 3, 4] as const) await commit(use(), updateOf(1, state));
      const all = await states(use(), 1);
      expect(all.map(({ fields }) => fields)).toEqual(['0', '1', '2', '3', '4'].map((state) => ({ state })));
      const { stateKey } = sampleScan(1);
      expect(await firstValueFrom(use().database.log(stateKey, all[1]?.id ?? '', 2))).toEqual(all.slice(2, 4));
      expect(await firstValueFrom(use().database.log(stateKey, predecessor(all[1]?.id ?? ''), 1))).toEqual(all.slice(1, 2));
      expect(await firstValueFrom(use().database.log(stateKey, all[4]?.id ?? '', 2))).toEqual([]);
    });

    it('is empty for a key that is missing', async () => {
      expect(await firstValueFrom(use().database.log(streamKeyOf(1), originId, 10))).toEqual([]);
    });

    it('has ids that rise, even of entries added in the same millisecond', async () => {
      await Promise.all(Array.from({ length: 30 }, (_, n) => createScan(use().database, n)));
      const ids = (await history(use())).map(({ id }) => id);
      expect(ids).toHaveLength(30);
      expect(ids.every(isStreamId)).toBe(true);
      expect(ids.every((id, i) => i === 0 || compareIds(ids[i - 1] ?? '', id) < 0)).toBe(true);
    });
  });

  describe('logTail', () => {
    it('returns entries from the newest back, as many as requested', async () => {
      for (const n of [1, 2, 3, 4]) await createScan(use().database, n);
      const newestFirst = [...(await history(use()))].reverse();
      expect(await firstValueFrom(use().database.logTail(historyKey, { count: 10 }))).toEqual(newestFirst);
      expect(await firstValueFrom(use().database.logTail(historyKey, { count: 2 }))).toEqual(newestFirst.slice(0, 2));
    });

    it('begins at an id or the newest before it', async () => {
      for (const n of [1, 2, 3, 4]) await createScan(use().database, n);
      const newestFirst = [...(await history(use()))].reverse();
      const second = newestFirst[1]?.id ?? '';
      expect(await firstValueFrom(use().database.logTail(historyKey, { max: second, count: 10 }))).toEqual(newestFirst.slice(1));
      expect(await firstValueFrom(use().database.logTail(historyKey, { max: predecessor(second), count: 1 }))).toEqual(newestFirst.slice(2, 3));
    });

    it('is empty for a key that is missing', async () => {
      expect(await firstValueFrom(use().database.logTail(historyKey, { count: 10 }))).toEqual([]);
    });
  });

  describe('protocolVersion', () => {
    it('is 1 in a database that was initialised, null in one that was not', async () => {
      expect(await firstValueFrom(use().database.protocolVersion())).toBe('1');
      await use().raw.flush();
      expect(await firstValueFrom(use().database.protocolVersion())).toBeNull();
    });
  });
}
