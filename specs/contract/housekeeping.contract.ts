/** The contract of the housekeeping port: one suite that every implementation has to pass. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, toArray, type Observable } from 'rxjs';
import type { Database } from '../../lib/ports/database.js';
import type { Id, Key } from '../../lib/ports/keys.js';
import type { Housekeeping, Trim } from '../../lib/ports/housekeeping.js';
import { historyKey, journalKey } from '../../lib/wire/protocol.js';
import { originId, sealId, timeOf } from '../../lib/wire/stream-id.js';
import type { RawAccess } from './opened.js';
import { createScan, entry, readOne, streamKeyOf, type SampleScan, append } from './samples.js';

export interface OpenedHousekeeping {
  readonly housekeeping: Housekeeping;
  /** A client of the same data. */
  readonly database: Database;
  readonly raw: RawAccess;
  readonly limit: number;
  close(): Promise<void>;
}

const [a, b] = [streamKeyOf(1), streamKeyOf(2)];

/** @param open makes a housekeeper of a database that is initialised and otherwise empty; called before every test */
export function housekeepingContract(name: string, open: () => Promise<OpenedHousekeeping>): void {
  describe(name, () => {
    let opened: OpenedHousekeeping | undefined;
    const use = (): OpenedHousekeeping => {
      if (opened === undefined) throw new Error('no database was opened');
      return opened;
    };
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened?.close());

    const record = (fields: Readonly<Record<string, string>>): Promise<Id> => firstValueFrom(use().housekeeping.record(journalKey, fields));
    const trim = (...trims: readonly Trim[]): Promise<number> => firstValueFrom(use().housekeeping.trim(trims));
    const put = async (key: Key, count: number, len = 1): Promise<void> => {
      for (let i = 0; i < count; i++) await use().raw.putEntry(key, entry(i * len, `p${i}`, len));
    };
    const firsts = async (key: Key): Promise<number[]> => (await readOne(use().database, key)).entries.map(([first]) => first);

    describe('memory', () => {
      it('reports what is used and what may be, and rises with what is written', async () => {
        const before = await firstValueFrom(use().housekeeping.memory());
        expect(before.limit).toBe(use().limit);
        await use().raw.putEntry(a, entry(0, new Uint8Array(1 << 20)));
        const after = await firstValueFrom(use().housekeeping.memory());
        expect(after.used - before.used).toBeGreaterThanOrEqual(1 << 20);
        expect(after.used).toBeLessThan(use().limit);
      });

      it('has the clock that the ids of records are made from', async () => {
        const { now } = await firstValueFrom(use().housekeeping.memory());
        const time = timeOf(await record({ a: '1-1' }));
        expect(time).toBeGreaterThanOrEqual(now);
        expect((await firstValueFrom(use().housekeeping.memory())).now).toBeGreaterThanOrEqual(time);
      });
    });

    describe('a log', () => {
      it('has no oldest record before there is one', async () => {
        expect(await firstValueFrom(use().housekeeping.oldest(journalKey))).toBeNull();
      });

      it('holds what was recorded, under rising ids, and returns the oldest', async () => {
        const ids = [await record({ [a]: '3-1', [b]: sealId }), await record({ [a]: '5-1' })];
        expect(await firstValueFrom(use().housekeeping.oldest(journalKey))).toEqual({ id: ids[0], fields: { [a]: '3-1', [b]: sealId } });
        expect(await firstValueFrom(use().database.log(journalKey, originId, 10))).toEqual([
          { id: ids[0], fields: { [a]: '3-1', [b]: sealId } },
          { id: ids[1], fields: { [a]: '5-1' } },
        ]);
      });

      it('forgets what is older than a time, and keeps what is of that very time', async () => {
        const first = await record({ [a]: '1-1' });
        let last = await record({ [a]: '2-1' });
        while (timeOf(last) === timeOf(first)) last = await record({ [a]: '2-1' });
        await firstValueFrom(use().housekeeping.forget(journalKey, timeOf(first)), { defaultValue: undefined });
        expect(await firstValueFrom(use().housekeeping.oldest(journalKey))).toMatchObject({ id: first });
        await firstValueFrom(use().housekeeping.forget(journalKey, timeOf(last)), { defaultValue: undefined });
        expect(timeOf((await firstValueFrom(use().housekeeping.oldest(journalKey)))?.id ?? '')).toBe(timeOf(last));
        await firstValueFrom(use().housekeeping.forget(journalKey, timeOf(last) + 1), { defaultValue: undefined });
        expect(await firstValueFrom(use().housekeeping.oldest(journalKey))).toBeNull();
      });

      it('that is not there can be forgotten', async () => {
        await firstValueFrom(use().housekeeping.forget(journalKey, 1), { defaultValue: undefined });
        expect(await firstValueFrom(use().housekeeping.oldest(journalKey))).toBeNull();
      });
    });

    describe('trim', () => {
      it('drops exactly the entries with smaller ids, of many streams at once, and returns how many', async () => {
        await put(a, 5);
        await put(b, 5, 10);
        expect(await trim({ key: a, before: '3-1', exactly: true }, { key: b, before: '20-1', exactly: true })).toBe(5);
        expect([await firsts(a), await firsts(b)]).toEqual([[3, 4], [20, 30, 40]]);
      });

      it('leaves the seal of a sealed stream', async () => {
        const scan: SampleScan = await createScan(use().database, 1);
        await append(use().database, scan, originId, [entry(0), entry(1)]);
        await firstValueFrom(use().database.seal({ key: scan.stream, scan: scan.key, length: 2 }));
        expect(await trim({ key: scan.stream, before: sealId, exactly: true })).toBe(2);
        expect(await readOne(use().database, scan.stream)).toEqual({ key: scan.stream, entries: [], seal: 2 });
        expect((await firstValueFrom(use().database.heads([{ key: scan.stream }])))[0]).toMatchObject({ length: 2, sealed: true });
      });

      it('drops about as much where that will do: never one that is to stay, nor the last', async () => {
        await put(a, 500);
        expect(await trim({ key: a, before: '450-1', exactly: false })).toBeGreaterThan(0);
        expect(await firsts(a)).toEqual(expect.arrayContaining([450, 451, 499]));
        // The stream may have begun anew since that was written down.
        await trim({ key: a, before: '100000-1', exactly: false });
        expect(await firsts(a)).toContain(499);
      });

      it('passes over streams that are missing, or have only one entry', async () => {
        await put(b, 1);
        expect(await trim({ key: a, before: '3-1', exactly: true }, { key: b, before: '3-1', exactly: true })).toBe(0);
        expect(await firsts(b)).toEqual([0]);
        expect(await trim()).toBe(0);
      });

      it('deals with thousands of streams', async () => {
        const keys = Array.from({ length: 2500 }, (_, i) => streamKeyOf(1000 + i));
        await Promise.all(keys.map((key) => put(key, 2)));
        expect(await trim(...keys.map((key): Trim => ({ key, before: '1-1', exactly: true })))).toBe(2500);
      });
    });

    describe('expireSooner', () => {
      const sooner = (ms: number): Promise<void> => firstValueFrom(use().housekeeping.expireSooner([a, b, historyKey], ms), { defaultValue: undefined });

      it('gives what is there a time to live, shortens it, and never lengthens it', async () => {
        await put(a, 1);
        await put(b, 1);
        await use().raw.expire([b], 50);
        await sooner(100_000);
        const lives = [await use().raw.ttlOf(a), await use().raw.ttlOf(b), await use().raw.ttlOf(historyKey)];
        expect(lives).toEqual([expect.closeTo(100, -1), expect.closeTo(50, -1), null]);
        await sooner(20_000);
        expect([await use().raw.ttlOf(a), await use().raw.ttlOf(b)]).toEqual([expect.closeTo(20, -1), expect.closeTo(20, -1)]);
      });
    });

    it.each<[string, (housekeeping: Housekeeping) => Observable<unknown>]>([
      ['memory', (housekeeping) => housekeeping.memory()],
      ['record', (housekeeping) => housekeeping.record(journalKey, { [a]: '1-1' })],
      ['oldest', (housekeeping) => housekeeping.oldest(journalKey)],
      ['forget', (housekeeping) => housekeeping.forget(journalKey, 1)],
      ['trim', (housekeeping) => housekeeping.trim([{ key: a, before: '1-1', exactly: true }])],
      ['expireSooner', (housekeeping) => housekeeping.expireSooner([a], 100_000)],
    ])('answers %s with plain data', async (_, request) => {
      await put(a, 2);
      await record({ [a]: '1-1' });
      const answers = (await firstValueFrom(request(use().housekeeping).pipe(toArray()))).filter((answer) => answer !== undefined);
      expect(structuredClone(answers)).toEqual(answers);
      expect(JSON.parse(JSON.stringify(answers))).toStrictEqual(answers);
    });

    it('answers nothing any more once it is closed', async () => {
      const { housekeeping } = use();
      await firstValueFrom(housekeeping.memory());
      await lastValueFrom(housekeeping.close(), { defaultValue: undefined });
      await expect(firstValueFrom(housekeeping.memory())).rejects.toMatchObject({ _tag: 'StoreClosed' });
    });
  });
}
