/** What every database must do when several data streams are appended to by one request. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import type { AppendResult, AppendWindow } from '../../lib/ports/streams.js';
import { originId } from '../../lib/wire/stream-id.js';
import type { Use } from './opened.js';
import { createScan, entries, entry, readOne, streamKeyOf, type SampleScan } from './samples.js';

export function writingTogetherContract(use: Use): void {
  describe('append of several windows', () => {
    const windowOf = (scan: SampleScan, n: number, expected: string, added: AppendWindow['entries']): AppendWindow => ({ key: streamKeyOf(n), scan: scan.key, expected, entries: added });
    const appendAll = (windows: readonly AppendWindow[]): Promise<readonly AppendResult[]> => firstValueFrom(use().database.append(windows));
    const firstsOf = async (n: number): Promise<number[]> => (await readOne(use().database, streamKeyOf(n))).entries.map(([first]) => first);

    it('adds each to its stream, and answers in the order of the request', async () => {
      const [one, two] = [await createScan(use().database, 1), await createScan(use().database, 2)];
      const windows = [windowOf(one, 1, originId, [entry(0)]), windowOf(two, 2, originId, entries(0, 3)), windowOf(one, 3, originId, [entry(0, 'batch', 10), entry(10, '')]), windowOf(two, 4, originId, [])];
      expect(await appendAll(windows)).toEqual(['0-1', '2-1', '10-1', originId].map((lastId) => ({ _tag: 'appended', lastId })));
      expect(await readOne(use().other, streamKeyOf(3))).toEqual({ key: streamKeyOf(3), entries: [[0, 10, 'batch'], [10, 1, '']] });
      expect([await firstsOf(1), await firstsOf(2)]).toEqual([[0], [0, 1, 2]]);
      expect(await firstValueFrom(use().database.heads([{ key: streamKeyOf(4) }]))).toMatchObject([{ exists: false }]);
      expect(await appendAll([windowOf(one, 1, '0-1', [entry(1)]), windowOf(two, 2, '2-1', [entry(3, 'batch', 2)])])).toEqual([{ _tag: 'appended', lastId: '1-1' }, { _tag: 'appended', lastId: '3-1' }]);
    });

    it('answers nothing for none', async () => {
      expect(await appendAll([])).toEqual([]);
    });

    it('says of each stream why it was refused, and adds all of the others', async () => {
      const [scan, deleted] = [await createScan(use().database, 1), await createScan(use().database, 2)];
      await use().raw.expire([deleted.key], 10);
      await appendAll([windowOf(scan, 1, originId, entries(0, 3)), windowOf(scan, 2, originId, [entry(0)]), windowOf(scan, 6, originId, entries(0, 5))]);
      await firstValueFrom(use().database.seal({ key: streamKeyOf(2), scan: scan.key, length: 1 }));
      await use().raw.trim(streamKeyOf(6), 5);
      await use().raw.setScanJson(streamKeyOf(7), '{}');
      const windows = [
        windowOf(scan, 1, '1-1', entries(3, 2)),
        windowOf(scan, 3, originId, [entry(0)]),
        windowOf(scan, 2, '0-1', [entry(1)]),
        windowOf(deleted, 4, originId, entries(0, 2)),
        windowOf(scan, 7, originId, [entry(0)]),
        windowOf(scan, 5, '7-1', [entry(8)]),
        windowOf(scan, 6, '4-1', [entry(5), entry(6, 'batch', 2)]),
      ];
      expect(await appendAll(windows)).toEqual([
        { _tag: 'conflict', found: '2-1' },
        { _tag: 'appended', lastId: '0-1' },
        { _tag: 'sealed' },
        { _tag: 'scanDeleted' },
        { _tag: 'sendAlone' },
        { _tag: 'conflict', found: originId },
        { _tag: 'appended', lastId: '6-1' },
      ]);
      expect(await Promise.all([1, 2, 3, 4, 5, 6].map(firstsOf))).toEqual([[0, 1, 2], [0], [0], [], [], [5, 6]]);
    });

    it('gives the reason for which a window is to be sent alone when it is', async () => {
      const scan = await createScan(use().database, 1);
      await use().raw.setScanJson(streamKeyOf(7), '{}');
      await expect(appendAll([windowOf(scan, 7, originId, [entry(0)])])).rejects.toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE' });
    });

    it('lets one of two writers win each stream', async () => {
      const scan = await createScan(use().database, 1);
      const windows = Array.from({ length: 20 }, (_, n) => windowOf(scan, n, originId, entries(0, 2)));
      const results = await Promise.all([use().database, use().other].map((database) => firstValueFrom(database.append(windows))));
      for (const n of windows.keys()) expect(results.map((answers) => answers[n]?._tag).sort()).toEqual(['appended', 'conflict']);
    });
  });
}
