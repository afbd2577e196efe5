/** What every database must do when data streams are appended to and sealed, and where it says they stand. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import type { Head, SealResult } from '../../lib/ports/streams.js';
import { originId, sealId } from '../../lib/wire/stream-id.js';
import type { Opened, Use } from './opened.js';
import { append, bytesOf, createScan, entries, entry, plain, readOne, sampleScan, streamKeyOf, type SampleScan } from './samples.js';

const seal = ({ database }: Opened, { stream, key }: SampleScan, length = 0): Promise<SealResult> =>
  firstValueFrom(database.seal({ key: stream, scan: key, length }));

async function headOf({ database }: Opened, key: string): Promise<Head | undefined> {
  return (await firstValueFrom(database.heads([{ key }])))[0];
}

const firsts = async ({ database }: Opened, scan: SampleScan): Promise<number[]> => (await readOne(database, scan.stream)).entries.map(([first]) => first);

export function writingContract(use: Use): void {
  describe('append', () => {
    it('adds entries under their indices to a stream that did not exist', async () => {
      const scan = await createScan(use().database, 1);
      expect(await append(use().database, scan, originId, [entry(0, 'a'), entry(1, 'bc', 2)])).toEqual({ _tag: 'appended', lastId: '1-1' });
      expect(await readOne(use().other, scan.stream)).toEqual({
        key: scan.stream,
        entries: [
          [0, 1, 'a'],
          [1, 2, 'bc'],
        ],
      });
    });

    it('goes on where the last window ended', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, [entry(0, 'batch', 10)]);
      expect(await append(use().database, scan, '0-1', entries(10, 2))).toEqual({ _tag: 'appended', lastId: '11-1' });
      expect(await firsts(use(), scan)).toEqual([0, 10, 11]);
    });

    it('answers with the last id when the window is empty, and changes nothing', async () => {
      const scan = await createScan(use().database, 1);
      expect(await append(use().database, scan, originId, [])).toEqual({ _tag: 'appended', lastId: originId });
      expect(await headOf(use(), scan.stream)).toMatchObject({ exists: false });
      await append(use().database, scan, originId, [entry(0)]);
      expect(await append(use().database, scan, '0-1', [])).toEqual({ _tag: 'appended', lastId: '0-1' });
    });

    it('finds a conflict where another id than the last is expected, and adds nothing', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, entries(0, 3));
      expect(await append(use().database, scan, '1-1', entries(3, 2))).toEqual({ _tag: 'conflict', found: '2-1' });
      expect(await append(use().database, scan, originId, entries(3, 2))).toEqual({ _tag: 'conflict', found: '2-1' });
      expect(await firsts(use(), scan)).toEqual([0, 1, 2]);
    });

    it('finds a conflict where the stream has vanished, and does not recreate it', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, entries(0, 3));
      await use().raw.delete(scan.stream);
      expect(await append(use().database, scan, '2-1', [entry(3)])).toEqual({ _tag: 'conflict', found: originId });
      expect(await headOf(use(), scan.stream)).toMatchObject({ exists: false });
    });

    it('finds a conflict after the points of another writer', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, [entry(0)]);
      await append(use().other, scan, '0-1', [entry(1, 'theirs')]);
      expect(await append(use().database, scan, '0-1', [entry(1, 'ours')])).toEqual({ _tag: 'conflict', found: '1-1' });
      expect((await readOne(use().database, scan.stream, '0-1')).entries).toEqual([[1, 1, 'theirs']]);
    });

    it('lets one of two writers win that append at the same time', async () => {
      const scan = await createScan(use().database, 1);
      const results = await Promise.all([append(use().database, scan, originId, [entry(0)]), append(use().other, scan, originId, [entry(0)])]);
      expect(results.map(({ _tag }) => _tag).sort()).toEqual(['appended', 'conflict']);
    });

    it('goes on after the last id of a stream that was trimmed to nothing', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, entries(0, 3));
      await use().raw.trim(scan.stream, 3);
      expect(await append(use().database, scan, '2-1', [entry(3)])).toEqual({ _tag: 'appended', lastId: '3-1' });
    });

    it('refuses whole a window whose indices do not rise', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, [entry(0)]);
      await expect(append(use().database, scan, '0-1', [entry(1), entry(3), entry(2)])).rejects.toBeInstanceOf(Error);
      expect(await firsts(use(), scan)).toEqual([0]);
    });

    it('refuses a sealed stream, whatever the expected id', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, [entry(0)]);
      await seal(use(), scan);
      expect(await append(use().database, scan, '0-1', [entry(1)])).toEqual({ _tag: 'sealed' });
      expect(await append(use().database, scan, sealId, [entry(1)])).toEqual({ _tag: 'sealed' });
    });

    it('adds nothing when the scan is missing', async () => {
      const scan = sampleScan(1);
      expect(await append(use().database, scan, originId, [entry(0)])).toEqual({ _tag: 'scanDeleted' });
      expect(await headOf(use(), scan.stream)).toMatchObject({ exists: false });
    });

    it('adds nothing once the scan is deleted, which it is with 10 s to live', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, [entry(0)]);
      await use().raw.expire([scan.key, scan.stream], 10);
      expect(await append(use().database, scan, '0-1', [entry(1)])).toEqual({ _tag: 'scanDeleted' });
      expect(await firsts(use(), scan)).toEqual([0]);
    });

    it('still adds to a scan that will expire much later, and keeps its time to live', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, [entry(0)]);
      await use().raw.expire([scan.key, scan.stream], 1000);
      expect(await append(use().database, scan, '0-1', [entry(1)])).toMatchObject({ _tag: 'appended' });
      expect(await use().raw.ttlOf(scan.stream)).toBeLessThanOrEqual(1000);
    });

    it('does nothing before it is subscribed to, and its work once per subscription', async () => {
      const scan = await createScan(use().database, 1);
      const append$ = use().database.append([{ key: scan.stream, scan: scan.key, expected: originId, entries: [entry(0)] }]);
      expect(await headOf(use(), scan.stream)).toMatchObject({ exists: false });
      expect(await firstValueFrom(append$)).toEqual([{ _tag: 'appended', lastId: '0-1' }]);
      expect(await firstValueFrom(append$)).toEqual([{ _tag: 'conflict', found: '0-1' }]);
    });

    it('takes a copy of the payloads, bytes in the middle of a buffer included', async () => {
      const scan = await createScan(use().database, 1);
      const memory = bytesOf('..abc..');
      await append(use().database, scan, originId, [entry(0, memory.subarray(2, 5))]);
      memory.fill(0);
      expect((await readOne(use().database, scan.stream)).entries).toEqual([[0, 1, 'abc']]);
    });
  });

  describe('seal', () => {
    it('seals a stream that does not exist, with no points', async () => {
      const scan = await createScan(use().database, 1);
      expect(await seal(use(), scan)).toEqual({ _tag: 'sealed', length: 0 });
      expect(await headOf(use(), scan.stream)).toEqual({ key: scan.stream, exists: true, lastId: sealId, length: 0, sealed: true });
    });

    it('answers how many points there are, by the last entry and not by what the writer knows', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, [entry(0), entry(1, 'batch', 41)]);
      expect(await seal(use(), scan, 7)).toEqual({ _tag: 'sealed', length: 42 });
    });

    it('is not led astray by a payload that reads "len"', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, [entry(0), entry(1, 'len')]);
      expect(await seal(use(), scan)).toEqual({ _tag: 'sealed', length: 2 });
    });

    it('answers the same when the stream was sealed before', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, entries(0, 3));
      await seal(use(), scan);
      expect(await seal(use(), scan, 99)).toEqual({ _tag: 'sealed', length: 3 });
    });

    it('takes the writer at its word where everything has been trimmed off', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, [entry(0, 'batch', 10), entry(10, 'batch', 10)]);
      await use().raw.trim(scan.stream, 20);
      expect(await seal(use(), scan, 20)).toEqual({ _tag: 'sealed', length: 20 });
    });

    it('does not believe a writer that knows of fewer points than there were', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, entries(0, 3));
      await use().raw.trim(scan.stream, 3);
      expect(await seal(use(), scan, 1)).toEqual({ _tag: 'sealed', length: 3 });
    });

    it('does not believe a writer whose points were deleted with their stream', async () => {
      const scan = await createScan(use().database, 1);
      expect(await seal(use(), scan, 3)).toEqual({ _tag: 'sealed', length: 0 });
    });

    it('is refused when the scan is missing or deleted', async () => {
      const scan = sampleScan(1);
      expect(await seal(use(), scan)).toEqual({ _tag: 'scanDeleted' });
      await createScan(use().database, 1);
      await use().raw.expire([scan.key], 10);
      expect(await seal(use(), scan)).toEqual({ _tag: 'scanDeleted' });
      expect(await headOf(use(), scan.stream)).toMatchObject({ exists: false });
    });

    it('shows in reading as the entry after the last', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, entries(0, 3));
      await seal(use(), scan);
      const { database } = use();
      expect(await readOne(database, scan.stream, '0-1')).toMatchObject({ entries: [[1, 1, 'p1'], [2, 1, 'p2']], seal: 3 });
      expect(await readOne(database, scan.stream, '2-1')).toEqual({ key: scan.stream, entries: [], seal: 3 });
      expect(await readOne(database, scan.stream, '100-1')).toEqual({ key: scan.stream, entries: [], seal: 3 });
      expect(await readOne(database, scan.stream, sealId)).toEqual({ key: scan.stream, entries: [] });
      expect(await readOne(database, scan.stream, originId, 3)).not.toHaveProperty('seal');
      expect(await readOne(database, scan.stream, originId, 4)).toHaveProperty('seal', 3);
    });

    it('shows in a range without an upper end, and counts there', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, entries(0, 3));
      await seal(use(), scan);
      const range = async (bounds: Parameters<Opened['database']['range']>[1]): Promise<unknown> => {
        const { entries: found, seal: sealed } = plain(await firstValueFrom(use().database.range({ key: scan.stream }, bounds)));
        return [found.map(([first]) => first), sealed];
      };
      expect(await range({})).toEqual([[0, 1, 2], 3]);
      expect(await range({ max: 2 })).toEqual([[0, 1, 2], undefined]);
      expect(await range({ count: 3 })).toEqual([[0, 1, 2], undefined]);
      expect(await range({ count: 2, reverse: true })).toEqual([[2], 3]);
      expect(await range({ max: Number.MAX_SAFE_INTEGER, count: 1, reverse: true })).toEqual([[2], undefined]);
    });

    it('outlives trimming', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, entries(0, 3));
      await seal(use(), scan);
      await use().raw.trim(scan.stream, 3);
      expect(await readOne(use().database, scan.stream)).toEqual({ key: scan.stream, entries: [], seal: 3 });
      expect(await headOf(use(), scan.stream)).toEqual({ key: scan.stream, exists: true, lastId: sealId, length: 3, sealed: true });
    });
  });

  describe('heads', () => {
    it('gives nothing for no keys', async () => {
      expect(await firstValueFrom(use().database.heads([]))).toEqual([]);
    });

    it('returns where each stream stands, in the order of the request', async () => {
      const scan = await createScan(use().database, 1);
      const missing = streamKeyOf(7);
      await append(use().database, scan, originId, [entry(0), entry(1, 'batch', 9)]);
      expect(await firstValueFrom(use().database.heads([{ key: missing }, { key: scan.stream }]))).toEqual([
        { key: missing, exists: false, lastId: originId, length: 0, sealed: false },
        { key: scan.stream, exists: true, lastId: '1-1', length: 10, sealed: false },
      ]);
    });

    it('keeps the last id of a stream that was trimmed to nothing', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, entries(0, 5));
      await use().raw.trim(scan.stream, 5);
      expect(await headOf(use(), scan.stream)).toEqual({ key: scan.stream, exists: true, lastId: '4-1', length: 5, sealed: false, emptied: true });
    });

    it('returns whether the states of a scan are there, and the last id', async () => {
      const scan = await createScan(use().database, 1);
      const [state] = await firstValueFrom(use().database.logTail(scan.stateKey, { count: 1 }));
      expect(await headOf(use(), scan.stateKey)).toMatchObject({ exists: true, lastId: state?.id, sealed: false });
    });
  });
}
