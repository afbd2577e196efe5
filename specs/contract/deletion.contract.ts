/** What every database must do when scans are deleted, and with what comes too late. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { ScanState } from '../../lib/model/scan-state.js';
import type { DeletionResult } from '../../lib/ports/scans.js';
import { originId } from '../../lib/wire/stream-id.js';
import type { Use } from './opened.js';
import { append, commitNext, entries, entry, readOne, sampleScan, type SampleScan, scanJson, streamKeyOf } from './samples.js';

const scan = sampleScan(1);
const [full, empty, trimmed] = [scan.stream, streamKeyOf(11), streamKeyOf(12)];
const pkOf = (key: string): string => key.slice(key.lastIndexOf(':') + 1);
const record = (key: string): object => ({ pk: pkOf(key), encoding: { type: 'json' }, info: {} });

/** Its streams have names that need care in a path or in JSON. */
const json = JSON.stringify({
  ...JSON.parse(scanJson(1)),
  info: { ns: 'NS', nested: { end_reason: 'kept' } },
  data_streams: { full: record(full), 'a "quoted" name.with[*]': record(empty), '': record(trimmed) },
}).replace('"NS"', '1763877600123456789');

export function deletionContract(use: Use): void {
  async function given(state: ScanState): Promise<SampleScan> {
    const { other, raw } = use();
    await commitNext(other, { key: scan.key, json, stateKey: scan.stateKey, state: ScanState.CREATED, announce: true });
    await append(other, scan, originId, [entry(0), entry(1, 'batch', 5)]);
    await append(other, { ...scan, stream: trimmed }, originId, entries(0, 4));
    await raw.trim(trimmed, 100);
    if (state !== ScanState.CREATED) await commitNext(other, { key: scan.key, json, stateKey: scan.stateKey, state, announce: false });
    return scan;
  }
  const remove = (force: boolean): Promise<DeletionResult> => firstValueFrom(use().database.deleteScan({ key: scan.key, force }));
  const ttls = (): Promise<(number | null)[]> => Promise.all([scan.key, scan.stateKey, full, empty, trimmed].map((key) => use().raw.ttlOf(key)));
  const heads = async (): Promise<unknown> => (await firstValueFrom(use().database.heads([{ key: full }, { key: empty }, { key: trimmed }]))).map(({ exists, length, sealed }) => ({ exists, length, sealed }));

  describe('deleteScan', () => {
    it('lets a closed scan expire with all its streams, and changes nothing else', async () => {
      await given(ScanState.CLOSED);
      const before = await heads();
      expect(await remove(false)).toEqual({ _tag: 'deleted' });
      const times = await ttls();
      expect(times.filter((ttl) => ttl !== null && ttl > 5 && ttl <= 10)).toHaveLength(4);
      expect(times[3]).toBeNull();
      expect(await heads()).toEqual(before);
      const left = await firstValueFrom(use().database.remains(scan.key, scan.stateKey));
      expect(left).toEqual({ json: left?.json, state: { id: left?.state?.id, fields: { state: '4' } } });
      expect(JSON.parse(left?.json ?? '')).toEqual(JSON.parse(json));
    });

    it('does not touch a scan in another state, and says which', async () => {
      for (const state of [ScanState.CREATED, ScanState.STARTED, ScanState.STOPPED] as const) {
        await given(state);
        const before = await heads();
        expect(await remove(false)).toEqual({ _tag: 'open', state: String(state) });
        expect(await ttls()).toEqual([Infinity, Infinity, Infinity, null, Infinity]);
        expect(await heads()).toEqual(before);
        await use().raw.flush();
      }
    });

    it('closes a scan in another state when it is forced: says why, seals its streams where they are', async () => {
      await given(ScanState.STARTED);
      expect(await remove(true)).toEqual({ _tag: 'deleted' });
      const times = await ttls();
      expect(times.every((ttl) => ttl !== null && ttl > 5 && ttl <= 10)).toBe(true);
      expect(await heads()).toEqual([
        { exists: true, length: 6, sealed: true },
        { exists: true, length: 0, sealed: true },
        { exists: true, length: 4, sealed: true },
      ]);
      const left = await firstValueFrom(use().database.remains(scan.key, scan.stateKey));
      expect(left?.state?.fields).toEqual({ state: '4' });
      expect(JSON.parse(left?.json ?? '')).toMatchObject({ info: { end_reason: 'DELETION', nested: { end_reason: 'kept' } } });
      expect(left?.json).toContain('1763877600123456789');
    });

    it('leaves the seals that are there, forced or not', async () => {
      await given(ScanState.STARTED);
      await firstValueFrom(use().other.seal({ key: full, scan: scan.key, length: 6 }));
      await remove(true);
      expect(await readOne(use().database, full)).toMatchObject({ seal: 6 });
    });

    it('closes a scan whose info is nothing to write into', async () => {
      const { other } = use();
      const odd = JSON.stringify({ ...JSON.parse(json), info: null });
      await commitNext(other, { key: scan.key, json: odd, stateKey: scan.stateKey, state: ScanState.STARTED, announce: true });
      expect(await remove(true)).toEqual({ _tag: 'deleted' });
      expect(await firstValueFrom(use().database.remains(scan.key, scan.stateKey))).toMatchObject({ state: { fields: { state: '4' } } });
    });

    it('refuses what has no state, unless forced', async () => {
      await use().raw.setScanJson(scan.key, scanJson(1));
      expect(await remove(false)).toEqual({ _tag: 'open' });
      expect(await remove(true)).toEqual({ _tag: 'deleted' });
      expect(await use().raw.ttlOf(scan.stateKey)).toBeLessThanOrEqual(10);
    });

    it('has nothing to do where there is no scan, or one that is deleted already', async () => {
      expect(await remove(true)).toEqual({ _tag: 'scanDeleted' });
      await given(ScanState.CLOSED);
      await use().raw.expire([scan.key], 3);
      expect(await remove(true)).toEqual({ _tag: 'scanDeleted' });
      expect(await use().raw.ttlOf(scan.key)).toBeLessThanOrEqual(3);
      expect(await use().raw.ttlOf(full)).toBe(Infinity);
    });

    it('shortens a longer time to live', async () => {
      await given(ScanState.CLOSED);
      await use().raw.expire([scan.key, scan.stateKey, full, trimmed], 1000);
      expect(await remove(false)).toEqual({ _tag: 'deleted' });
      for (const ttl of await ttls()) expect(ttl ?? 0).toBeLessThanOrEqual(10);
    });
  });

  describe('whoever writes to a deleted scan', () => {
    const late = streamKeyOf(13);

    /** Each write, the key it would have made, and what it is told. */
    const writes: readonly (readonly [string, () => Promise<unknown>, string])[] = [
      ['appends to a stream', () => append(use().other, scan, '1-1', [entry(6)]), full],
      ['appends to one that was never written to', () => append(use().other, { ...scan, stream: late }, originId, [entry(0)]), late],
      ['seals a stream', () => firstValueFrom(use().other.seal({ key: late, scan: scan.key, length: 0 })), late],
      ['takes a step', () => commitNext(use().other, { key: scan.key, json, stateKey: scan.stateKey, state: ScanState.STOPPED, announce: false }), scan.key],
    ];

    it.each(writes)('and %s is told so, and leaves nothing behind', async (_, write, key) => {
      await given(ScanState.STARTED);
      await remove(true);
      const before = await use().raw.ttlOf(key);
      expect(await write()).toEqual({ _tag: 'scanDeleted' });
      const after = await use().raw.ttlOf(key);
      expect(after === null ? null : after <= 10).toBe(before === null ? null : true);
    });

    it.each(writes)('and %s when its keys are gone, too', async (_, write, key) => {
      await given(ScanState.STARTED);
      await remove(true);
      for (const one of [scan.key, scan.stateKey, full, empty, trimmed]) await use().raw.delete(one);
      expect(await write()).toEqual({ _tag: 'scanDeleted' });
      expect(await use().raw.ttlOf(key)).toBeNull();
    });
  });

  describe('remains', () => {
    it('is what is left of a deleted scan, and null once that is gone', async () => {
      await given(ScanState.CLOSED);
      await remove(false);
      expect(await firstValueFrom(use().database.scan(scan.key))).toBeNull();
      expect(await firstValueFrom(use().database.remains(scan.key, scan.stateKey))).toMatchObject({ state: { fields: { state: '4' } } });
      await use().raw.delete(scan.key);
      expect(await firstValueFrom(use().database.remains(scan.key, scan.stateKey))).toBeNull();
    });
  });
}
