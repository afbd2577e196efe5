/** What every database must tell of many scans at once: the history and what it has lost, identities, states. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, from, lastValueFrom, mergeMap } from 'rxjs';
import { ScanState } from '../../lib/model/scan-state.js';
import type { Id } from '../../lib/ports/keys.js';
import type { HistoryPage } from '../../lib/ports/logs.js';
import { historyKey, historyLength } from '../../lib/wire/protocol.js';
import { compareIds, originId, predecessor } from '../../lib/wire/stream-id.js';
import type { Use } from './opened.js';
import { commitNext, createScan, sampleScan, scanJson } from './samples.js';
import { InvalidationLog } from './invalidation-log.js';

export function historyContract(use: Use): void {
  const history = (after: Id, count = 10): Promise<HistoryPage> => firstValueFrom(use().database.history(after, count));
  /** All of it, page by page: an answer may have less than was requested. */
  const wholeHistory = async (after: Id): Promise<HistoryPage> => {
    const page = await history(after, 10_000);
    const last = page.entries.at(-1);
    return last === undefined ? page : { ...page, entries: [...page.entries, ...(await wholeHistory(last.id)).entries] };
  };
  const announce = async (count: number): Promise<void> => {
    await lastValueFrom(from(Array.from({ length: count }, (_, n) => n)).pipe(mergeMap((n) => createScan(use().other, n), 50)));
  };

  describe('history', () => {
    it('is empty, and has lost nothing, before the first scan', async () => {
      expect(await history(originId)).toEqual({ entries: [] });
    });

    it('returns entries after an id, oldest first, as many as requested', async () => {
      for (const n of [1, 2, 3, 4]) await createScan(use().other, n);
      const all = await firstValueFrom(use().database.log(historyKey, originId, 10));
      expect(await history(originId)).toEqual({ entries: all });
      expect(await history(all[0]?.id ?? '', 2)).toEqual({ entries: all.slice(1, 3) });
      expect(await history(all[3]?.id ?? '')).toEqual({ entries: [] });
    });

    it('has lost nothing as long as nothing was taken away, however old the id', async () => {
      await createScan(use().other, 1);
      const [first] = (await history(originId)).entries;
      for (const since of [originId, '1-1', predecessor(first?.id ?? '')]) expect(await history(since)).toEqual({ entries: [first] });
    });

    it('reports up to where it has lost entries once it is over its limit', async () => {
      await announce(historyLength + 200);
      const { entries, lostUntil } = await wholeHistory(originId);
      const [first] = entries;
      expect(entries.length).toBeLessThan(historyLength + 200);
      expect(lostUntil).toBe(predecessor(first?.id ?? ''));
      // That holds whatever is asked for, and going on right there gives all there is.
      expect(await history(entries.at(-1)?.id ?? '')).toEqual({ entries: [], lostUntil });
      expect(await wholeHistory(lostUntil ?? '')).toEqual({ entries, lostUntil });
      expect(compareIds(lostUntil ?? '', originId)).toBeGreaterThan(0);
    });

    it('watches the history, also where there is none yet', async () => {
      for (const n of [1, 2]) {
        const log = new InvalidationLog(use());
        await history(originId);
        await createScan(use().other, n);
        await log.named(historyKey);
        log.stop();
      }
    });
  });

  describe('identities', () => {
    it('gives what lies under id in each scan, null where it is missing or deleted', async () => {
      const { database, other, raw } = use();
      const keys = [];
      for (const n of [1, 2, 3]) keys.push((await createScan(other, n, { name: `n${n}` })).key);
      await raw.expire([keys[1] ?? ''], 10);
      await raw.expire([keys[2] ?? ''], 1000);
      await raw.setScanJson(sampleScan(5).key, '{"id":7}');
      await raw.setScanJson(sampleScan(6).key, '{}');
      const found = await firstValueFrom(database.identities([...keys, sampleScan(4).key, sampleScan(5).key, sampleScan(6).key]));
      const parsed: unknown[] = found.map((text): unknown => (text === null ? 'missing' : JSON.parse(text)));
      expect(parsed).toMatchObject([{ name: 'n1', number: 1, session: null }, 'missing', { name: 'n3' }, 'missing', 7, null]);
    });

    it('gives it as JSON text: integers keep 64 bits', async () => {
      await use().raw.setScanJson(sampleScan(5).key, '{"id":{"name":"a]b","number":1763877600123456789}}');
      const [text] = await firstValueFrom(use().database.identities([sampleScan(5).key]));
      expect(text?.replaceAll(' ', '')).toBe('{"name":"a]b","number":1763877600123456789}');
    });

    it('has nothing to do for no scans', async () => {
      expect(await firstValueFrom(use().database.identities([]))).toEqual([]);
    });
  });

  describe('states', () => {
    it('gives the newest state of each scan, null where it is missing or deleted', async () => {
      const { database, other, raw } = use();
      const scans = [];
      for (const n of [1, 2, 3]) scans.push(await createScan(other, n));
      for (const state of [ScanState.PREPARED, ScanState.STARTED]) {
        await commitNext(other, { key: scans[0]?.key ?? '', stateKey: scans[0]?.stateKey ?? '', json: scanJson(1), state, announce: false });
      }
      await raw.expire([scans[1]?.key ?? ''], 10);
      await raw.setScanJson(sampleScan(5).key, scanJson(5));
      await raw.setScanJson(sampleScan(6).key, '{}');
      const keys = [...scans.map(({ key }) => key), sampleScan(4).key, sampleScan(5).key, sampleScan(6).key];
      const found = await firstValueFrom(database.states(keys));
      expect(found.map((record) => (record === null ? null : record.state?.fields))).toEqual([{ state: '2' }, null, { state: '0' }, null, undefined, undefined]);
      expect(await firstValueFrom(database.states([]))).toEqual([]);
    });

    it('does so for thousands', async () => {
      await announce(1300);
      const keys = Array.from({ length: 1300 }, (_, n) => sampleScan(n).key);
      const found = await firstValueFrom(use().database.states(keys));
      expect(found.every((record) => record?.state?.fields['state'] === '0')).toBe(true);
      expect(found).toHaveLength(1300);
    });
  });
}
