/** When every database must wake those who wait: once for each key that was read and then changed. */
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
    let wakes: InvalidationLog;
    let scan: SampleScan;

    beforeEach(async () => {
      scan = await createScan(use().other, 1);
      await append(use().other, scan, originId, entries(0, 3));
      wakes = new InvalidationLog(use());
      await wakes.fence();
    });

    afterEach(() => wakes.stop());

    it.each(changes)('names a key once that was read, for %s by another client', async (_, change) => {
      await wakes.arm(scan.stream);
      await change(use().other, scan, use());
      await wakes.fence();
      expect(wakes.count(scan.stream)).toBe(1);
    });

    it.each(changes)('names it for %s by the same client', async (_, change) => {
      await wakes.arm(scan.stream);
      await change(use().database, scan, use());
      await wakes.fence();
      expect(wakes.count(scan.stream)).toBe(1);
    });

    it('names a key that did not exist when it was read', async () => {
      const missing = { ...scan, stream: streamKeyOf(77) };
      await wakes.arm(missing.stream);
      await append(use().other, missing, originId, [entry(0)]);
      await wakes.named(missing.stream);
    });

    it('names a key once for a window of many entries', async () => {
      await wakes.arm(scan.stream);
      await append(use().other, scan, '2-1', entries(3, 50));
      await wakes.fence();
      expect(wakes.count(scan.stream)).toBe(1);
    });

    it('says nothing of later changes until the key is read again', async () => {
      await wakes.arm(scan.stream);
      await append(use().other, scan, '2-1', [entry(3)]);
      await append(use().other, scan, '3-1', [entry(4)]);
      await wakes.fence();
      expect(wakes.count(scan.stream)).toBe(1);
      await append(use().other, scan, '4-1', [entry(5)]);
      await wakes.fence();
      expect(wakes.count(scan.stream)).toBe(1);
      await wakes.arm(scan.stream);
      await append(use().other, scan, '5-1', [entry(6)]);
      await wakes.fence();
      expect(wakes.count(scan.stream)).toBe(2);
    });

    it('says nothing of keys that were not read', async () => {
      await append(use().other, scan, '2-1', [entry(3)]);
      await wakes.fence();
      expect(wakes.count(scan.stream)).toBe(0);
    });

    it('is not armed by looking at ranges, heads or the tail of a log', async () => {
      const { database } = use();
      await firstValueFrom(database.range({ key: scan.stream }, {}));
      await firstValueFrom(database.entriesAt({ key: scan.stream }, [0, 1]), { defaultValue: undefined });
      await firstValueFrom(database.heads([{ key: scan.stream }, { key: scan.stateKey }]));
      await firstValueFrom(database.logTail(scan.stateKey, { count: 1 }));
      await firstValueFrom(database.scan(scan.key, scan.stateKey));
      await append(use().other, scan, '2-1', [entry(3)]);
      await commitNext(use().other, { ...scan, json: scanJson(1), state: ScanState.PREPARED, announce: false });
      await wakes.fence();
      expect([scan.stream, scan.stateKey, scan.key].map((key) => wakes.count(key))).toEqual([0, 0, 0]);
    });

    it('says nothing of writes that changed nothing', async () => {
      const { other, raw } = use();
      await wakes.arm(scan.stream, streamKeyOf(77));
      await append(other, scan, '1-1', [entry(3)]);
      await append(other, { ...scan, key: sampleScan(9).key }, '2-1', [entry(3)]);
      await raw.trim(scan.stream, 0);
      await raw.delete(streamKeyOf(77));
      await raw.expire([streamKeyOf(77)], 10);
      await wakes.fence();
      expect([scan.stream, streamKeyOf(77)].map((key) => wakes.count(key))).toEqual([0, 0]);
    });

    it('says nothing of a second seal', async () => {
      const { other } = use();
      const seal$ = other.seal({ key: scan.stream, scan: scan.key, length: 3 });
      await firstValueFrom(seal$);
      await wakes.arm(scan.stream);
      await firstValueFrom(seal$);
      await wakes.fence();
      expect(wakes.count(scan.stream)).toBe(0);
    });

    it('names every key of one read that changes', async () => {
      const others = [1, 2, 3].map((n) => ({ ...scan, stream: streamKeyOf(n) }));
      await wakes.arm(...others.map(({ stream }) => stream));
      await Promise.all(others.slice(0, 2).map((one) => append(use().other, one, originId, [entry(0)])));
      await wakes.fence();
      expect(others.map(({ stream }) => wakes.count(stream))).toEqual([1, 1, 0]);
    });

    it('names the states and the history when they were read as logs', async () => {
      const { database, other } = use();
      const next = sampleScan(2);
      for (const key of [scan.stateKey, next.stateKey, historyKey]) await firstValueFrom(database.log(key, originId, 10));
      await commitNext(other, { ...scan, json: scanJson(1), state: ScanState.PREPARED, announce: false });
      await wakes.fence();
      expect([scan.stateKey, next.stateKey, historyKey].map((key) => wakes.count(key))).toEqual([1, 0, 0]);
      await createScan(other, 2);
      await wakes.fence();
      expect([scan.stateKey, next.stateKey, historyKey].map((key) => wakes.count(key))).toEqual([1, 1, 1]);
    });

    it('names a key when its time to live runs out', async () => {
      const { database, raw, looks } = use();
      await raw.expire([scan.stream], 1);
      await wakes.arm(scan.stream);
      await wakes.named(scan.stream);
      if (looks === true) {
        // The first look cannot know that it was expiring when it was read.
        await wakes.arm(scan.stream);
        await wakes.named(scan.stream, 2);
      }
      expect(await firstValueFrom(database.heads([{ key: scan.stream }]))).toMatchObject([{ exists: false }]);
    });

    it('names all when the database is emptied', async () => {
      await wakes.arm(scan.stream);
      await use().raw.flush();
      await wakes.first((wake) => wake._tag === 'all' || (use().looks === true && wake.keys.includes(scan.stream)));
    });

    it('names a key that was deleted and started anew with lower ids', async () => {
      const { other, raw } = use();
      await wakes.arm(scan.stream);
      await raw.delete(scan.stream);
      await append(other, scan, originId, entries(0, 2));
      await wakes.named(scan.stream);
    });

    it('names a key that was deleted, and again when it was read anew and deleted again', async () => {
      const { other, raw } = use();
      for (const times of [1, 2, 3]) {
        await wakes.arm(scan.stream);
        await raw.delete(scan.stream);
        await wakes.fence();
        expect(wakes.count(scan.stream)).toBe(times);
        await append(other, scan, originId, [entry(0)]);
      }
    });

    it('says nothing more of a time to live that was told of', async () => {
      await wakes.arm(scan.stream);
      await use().raw.expire([scan.stream], 100);
      await wakes.named(scan.stream);
      await wakes.arm(scan.stream);
      await wakes.fence();
      expect(wakes.count(scan.stream)).toBe(1);
    });

    it('says nothing of keys for which nobody waits any more', async () => {
      const { database, other, raw, looks } = use();
      await wakes.arm(scan.stream, streamKeyOf(77));
      database.unwatch([scan.stream]);
      await raw.delete(streamKeyOf(77));
      await append(other, scan, '2-1', [entry(3)]);
      await append(other, { ...scan, stream: streamKeyOf(77) }, originId, [entry(0)]);
      await wakes.fence();
      expect(wakes.count(streamKeyOf(77))).toBe(1);
      // They may be left out, where that costs less than naming them.
      if (looks === true) expect(wakes.count(scan.stream)).toBe(0);
    });

    it('tells each client of what it read itself', async () => {
      const theirs = new InvalidationLog({ ...use(), database: use().other });
      await wakes.arm(scan.stream);
      await theirs.arm(streamKeyOf(5));
      await append(use().other, scan, '2-1', [entry(3)]);
      await append(use().database, { ...scan, stream: streamKeyOf(5) }, originId, [entry(0)]);
      await theirs.named(streamKeyOf(5));
      await wakes.fence();
      expect([scan.stream, streamKeyOf(5)].map((key) => wakes.count(key))).toEqual([1, 0]);
      expect([scan.stream, streamKeyOf(5)].map((key) => theirs.count(key))).toEqual([0, 1]);
      theirs.stop();
    });
  });
}
