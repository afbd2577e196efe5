/** When every database must emit invalidations: once for each key that was read and then changed. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { ScanState } from '../../lib/model/scan-state.js';
import type { Database } from '../../lib/ports/database.js';
import { historyKey } from '../../lib/wire/protocol.js';
import { originId } from '../../lib/wire/stream-id.js';
import type { Opened, Use } from './opened.js';
import { append, commitNext, createScan, entries, entry, sampleScan, type SampleScan, scanJson, streamKeyOf } from './samples.js';
import { InvalidationLog } from './invalidation-log.js';

type Change = (client: Database, scan: SampleScan, opened: Opened) => Promise<unknown>;

/** Everything that can happen to a data stream of three points. */
const changes: readonly (readonly [string, Change])[] = [
  ['append', (client, scan) => append(client, scan, '2-1', [entry(3)])],
  ['seal', (client, { stream, key }) => firstValueFrom(client.seal({ key: stream, scan: key, length: 3 }))],
  ['trim', (_, { stream }, { raw }) => raw.trim(stream, 2)],
  ['trim to nothing', (_, { stream }, { raw }) => raw.trim(stream, 3)],
  ['delete', (_, { stream }, { raw }) => raw.delete(stream)],
  ['expire', (_, { stream }, { raw }) => raw.expire([stream], 100)],
];

export function invalidationsContract(use: Use): void {
  describe('invalidations$', () => {
    let log: InvalidationLog;
    let scan: SampleScan;

    beforeEach(async () => {
      scan = await createScan(use().other, 1);
      await append(use().other, scan, originId, entries(0, 3));
      log = new InvalidationLog(use());
      await log.fence();
    });

    afterEach(() => log.stop());

    it.each(changes)('names a key once that was read, for %s by another client', async (_, change) => {
      await log.watch(scan.stream);
      await change(use().other, scan, use());
      await log.fence();
      expect(log.count(scan.stream)).toBe(1);
    });

    it.each(changes)('names it for %s by the same client', async (_, change) => {
      await log.watch(scan.stream);
      await change(use().database, scan, use());
      await log.fence();
      expect(log.count(scan.stream)).toBe(1);
    });

    it('names a key that did not exist when it was read', async () => {
      const missing = { ...scan, stream: streamKeyOf(77) };
      await log.watch(missing.stream);
      await append(use().other, missing, originId, [entry(0)]);
      await log.named(missing.stream);
    });

    it('names a key once for a window of many entries', async () => {
      await log.watch(scan.stream);
      await append(use().other, scan, '2-1', entries(3, 50));
      await log.fence();
      expect(log.count(scan.stream)).toBe(1);
    });

    it('says nothing of later changes until the key is read again', async () => {
      await log.watch(scan.stream);
      await append(use().other, scan, '2-1', [entry(3)]);
      await append(use().other, scan, '3-1', [entry(4)]);
      await log.fence();
      expect(log.count(scan.stream)).toBe(1);
      await append(use().other, scan, '4-1', [entry(5)]);
      await log.fence();
      expect(log.count(scan.stream)).toBe(1);
      await log.watch(scan.stream);
      await append(use().other, scan, '5-1', [entry(6)]);
      await log.fence();
      expect(log.count(scan.stream)).toBe(2);
    });

    it('says nothing of keys that were not read', async () => {
      await append(use().other, scan, '2-1', [entry(3)]);
      await log.fence();
      expect(log.count(scan.stream)).toBe(0);
    });

    it('does not follow reads of ranges, heads or the tail of a log', async () => {
      const { database } = use();
      await firstValueFrom(database.range({ key: scan.stream }, {}));
      await firstValueFrom(database.entriesAt({ key: scan.stream }, [0, 1]), { defaultValue: undefined });
      await firstValueFrom(database.heads([{ key: scan.stream }, { key: scan.stateKey }]));
      await firstValueFrom(database.logTail(scan.stateKey, { count: 1 }));
      await firstValueFrom(database.scan(scan.key, scan.stateKey));
      await append(use().other, scan, '2-1', [entry(3)]);
      await commitNext(use().other, { ...scan, json: scanJson(1), state: ScanState.PREPARED, announce: false });
      await log.fence();
      expect([scan.stream, scan.stateKey, scan.key].map((key) => log.count(key))).toEqual([0, 0, 0]);
    });

    it('says nothing of writes that changed nothing', async () => {
      const { other, raw } = use();
      await log.watch(scan.stream, streamKeyOf(77));
      await append(other, scan, '1-1', [entry(3)]);
      await append(other, { ...scan, key: sampleScan(9).key }, '2-1', [entry(3)]);
      await raw.trim(scan.stream, 0);
      await raw.delete(streamKeyOf(77));
      await raw.expire([streamKeyOf(77)], 10);
      await log.fence();
      expect([scan.stream, streamKeyOf(77)].map((key) => log.count(key))).toEqual([0, 0]);
    });

    it('says nothing of a second seal', async () => {
      const { other } = use();
      const seal$ = other.seal({ key: scan.stream, scan: scan.key, length: 3 });
      await firstValueFrom(seal$);
      await log.watch(scan.stream);
      await firstValueFrom(seal$);
      await log.fence();
      expect(log.count(scan.stream)).toBe(0);
    });

    it('names every key of one read that changes', async () => {
      const others = [1, 2, 3].map((n) => ({ ...scan, stream: streamKeyOf(n) }));
      await log.watch(...others.map(({ stream }) => stream));
      await Promise.all(others.slice(0, 2).map((one) => append(use().other, one, originId, [entry(0)])));
      await log.fence();
      expect(others.map(({ stream }) => log.count(stream))).toEqual([1, 1, 0]);
    });

    it('names the states and the history when they were read as logs', async () => {
      const { database, other } = use();
      const next = sampleScan(2);
      for (const key of [scan.stateKey, next.stateKey, historyKey]) await firstValueFrom(database.log(key, originId, 10));
      await commitNext(other, { ...scan, json: scanJson(1), state: ScanState.PREPARED, announce: false });
      await log.fence();
      expect([scan.stateKey, next.stateKey, historyKey].map((key) => log.count(key))).toEqual([1, 0, 0]);
      await createScan(other, 2);
      await log.fence();
      expect([scan.stateKey, next.stateKey, historyKey].map((key) => log.count(key))).toEqual([1, 1, 1]);
    });

    it('names a key when its time to live runs out', async () => {
      const { database, raw, polls } = use();
      await raw.expire([scan.stream], 1);
      await log.watch(scan.stream);
      await log.named(scan.stream);
      if (polls === true) {
        // The first poll cannot know that the key was already expiring when it was read.
        await log.watch(scan.stream);
        await log.named(scan.stream, 2);
      }
      expect(await firstValueFrom(database.heads([{ key: scan.stream }]))).toMatchObject([{ exists: false }]);
    });

    it('names all when the database is emptied', async () => {
      await log.watch(scan.stream);
      await use().raw.flush();
      await log.first((invalidation) => invalidation._tag === 'all' || (use().polls === true && invalidation.keys.includes(scan.stream)));
    });

    it('names a key that was deleted and started anew with lower ids', async () => {
      const { other, raw } = use();
      await log.watch(scan.stream);
      await raw.delete(scan.stream);
      await append(other, scan, originId, entries(0, 2));
      await log.named(scan.stream);
    });

    it('names a key that was deleted, and again when it was read anew and deleted again', async () => {
      const { other, raw } = use();
      for (const times of [1, 2, 3]) {
        await log.watch(scan.stream);
        await raw.delete(scan.stream);
        await log.fence();
        expect(log.count(scan.stream)).toBe(times);
        await append(other, scan, originId, [entry(0)]);
      }
    });

    it('does not repeat a time to live that was reported', async () => {
      const { raw } = use();
      await log.watch(scan.stream);
      await raw.expire([scan.stream], 100);
      await log.named(scan.stream);
      await log.watch(scan.stream);
      await log.fence();
      expect(log.count(scan.stream)).toBe(1);
    });

    it('is left out for keys that are no longer watched', async () => {
      const { database, other, raw, polls } = use();
      await log.watch(scan.stream, streamKeyOf(77));
      database.unwatch([scan.stream]);
      await raw.delete(streamKeyOf(77));
      await append(other, scan, '2-1', [entry(3)]);
      await append(other, { ...scan, stream: streamKeyOf(77) }, originId, [entry(0)]);
      await log.fence();
      expect(log.count(streamKeyOf(77))).toBe(1);
      // They may be left out, where that costs less than naming them.
      if (polls === true) expect(log.count(scan.stream)).toBe(0);
    });

    it('reports to each client what it has read itself', async () => {
      const theirs = new InvalidationLog({ ...use(), database: use().other });
      await log.watch(scan.stream);
      await theirs.watch(streamKeyOf(5));
      await append(use().other, scan, '2-1', [entry(3)]);
      await append(use().database, { ...scan, stream: streamKeyOf(5) }, originId, [entry(0)]);
      await theirs.named(streamKeyOf(5));
      await log.fence();
      expect([scan.stream, streamKeyOf(5)].map((key) => log.count(key))).toEqual([1, 0]);
      expect([scan.stream, streamKeyOf(5)].map((key) => theirs.count(key))).toEqual([0, 1]);
      theirs.stop();
    });
  });
}
