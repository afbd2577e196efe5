/** What every database must do with the optional members of requests: `scan`, `ahead`, and the `more` of the answers. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, from, reduce, toArray, type Observable } from 'rxjs';
import type { Database } from '../../lib/ports/database.js';
import type { Id } from '../../lib/ports/keys.js';
import type { Block, EntriesAt, StreamRef } from '../../lib/ports/streams.js';
import { entryId, originId } from '../../lib/wire/stream-id.js';
import type { Opened, Use } from './opened.js';
import { append, createScan, entries, joined, plain, readAll, scanKeyOf, type SampleScan } from './samples.js';

/** Every request that names a stream. Answers may come in any number of parts. */
const requests: Readonly<Record<string, (database: Database, stream: StreamRef) => Observable<unknown>>> = {
  read: (database, stream) => from(readAll(database, [{ ...stream, after: originId, maxEntries: 1000 }])),
  range: (database, stream) => database.range(stream, { min: 2, max: 8 }),
  'range of bare entries': (database, stream) => database.range(stream, { bare: true, max: 8, reverse: true }),
  entriesAt: (database, stream) => database.entriesAt(stream, [0, 3, 9]).pipe(reduce((all: EntriesAt, { block, indices }) => ({ block: joined(all.block, block), indices: [...all.indices, ...indices] }))),
  heads: (database, stream) => database.heads([stream]),
};

/** A stream of ten points, sealed. */
async function tenPoints({ database }: Opened): Promise<SampleScan> {
  const scan = await createScan(database, 1);
  await append(database, scan, originId, entries(0, 10));
  await firstValueFrom(database.seal({ key: scan.stream, scan: scan.key, length: 10 }));
  return scan;
}

const ahead = [undefined, 0, 1, 1 << 20, Number.MAX_SAFE_INTEGER];
const counts = [1, 3, 9, 10, 11, 1000];

/** The position after a block, as a reader requests it. */
const afterBlock = (block: Block, after: Id): Id => (block.firsts.length === 0 ? after : entryId(block.firsts.at(-1) ?? 0));

/** Whether a block answers for anything at all. */
const hasContent = ({ firsts, seal }: Block): boolean => firsts.length > 0 || seal !== undefined;

export function requestsContract(use: Use): void {
  describe.each(Object.entries(requests))('%s', (_, request) => {
    const answers = async (stream: StreamRef): Promise<unknown> => firstValueFrom(request(use().database, stream).pipe(toArray()));

    it('accepts the scan that owns the stream, and answers the same', async () => {
      const { key, stream } = await tenPoints(use());
      const without = await answers({ key: stream });
      expect(without).not.toEqual([]);
      expect(await answers({ key: stream, scan: key })).toEqual(without);
    });

    it('accepts a scan for a stream that does not exist', async () => {
      const missing = { key: 'esrf:stream:missing' };
      expect(await answers({ ...missing, scan: scanKeyOf(1) })).toEqual(await answers(missing));
    });
  });

  describe.each(ahead)('reads with %p bytes ahead', (bytes) => {
    const read = async ({ stream }: SampleScan, after: Id, maxEntries: number): Promise<Block> => {
      const request = { key: stream, after, maxEntries, ...(bytes === undefined ? {} : { ahead: bytes }) };
      const [block] = await firstValueFrom(use().database.read([request]));
      if (block === undefined) throw new Error('no block was answered');
      return block;
    };

    it.each(counts)('give at most %p entries, and all of them request by request', async (maxEntries) => {
      const scan = await tenPoints(use());
      const indices: number[] = [];
      let after = originId;
      let seal: number | undefined;
      for (let requested = 0; requested < 20 && seal === undefined; requested++) {
        const block = await read(scan, after, maxEntries);
        if (bytes === undefined || bytes === 0 || use().sendsAhead !== true) expect(block.firsts.length).toBeLessThanOrEqual(maxEntries);
        indices.push(...block.firsts);
        after = afterBlock(block, after);
        seal = block.seal;
      }
      expect(indices).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(seal).toBe(10);
    });

    it.each(counts)('say `more` of %p entries only where another request gets the rest, and nothing otherwise', async (maxEntries) => {
      const scan = await tenPoints(use());
      for (let after = originId, requested = 0; requested < 20; requested++) {
        const block = await read(scan, after, maxEntries);
        const next = await read(scan, afterBlock(block, after), maxEntries);
        if (block.more === true) {
          expect(block.firsts.length).toBeGreaterThan(0);
          expect(hasContent(next)).toBe(true);
        } else if (block.firsts.length < maxEntries && block.seal === undefined) expect(plain(next).entries).toEqual([]);
        if (block.seal !== undefined) return expect(block.more ?? false).toBe(false);
        after = afterBlock(block, after);
      }
      throw new Error('the end was never reached');
    });
  });

  describe.each([true, false])('a range, cut short or not (part: %p)', (part) => {
    const range = ({ stream }: SampleScan, min: number): Promise<Block> => firstValueFrom(use().database.range({ key: stream }, { min, max: 8, part }));

    it('says `more` only where another request gets the rest, and gives all of them range by range', async () => {
      const scan = await tenPoints(use());
      const indices: number[] = [];
      for (let more = true; more; ) {
        const block = await range(scan, indices.length);
        indices.push(...block.firsts);
        more = block.more === true;
        if (!part) expect(block).not.toHaveProperty('more');
        if (more) expect([block.more, (await range(scan, indices.length)).firsts.length > 0]).toEqual([true, true]);
      }
      expect(indices).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    });
  });
}
