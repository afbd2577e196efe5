/** What every database must do when data streams are read. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, toArray } from 'rxjs';
import { protocolVersionKey } from '../../lib/wire/protocol.js';
import { originId } from '../../lib/wire/stream-id.js';
import type { Opened, Use } from './opened.js';
import { append, bytesOf, createScan, entry, entries, plain, readAll, readOne, sampleScan, scanJson, streamKeyOf, readRequest } from './samples.js';

const key = streamKeyOf(1);
const second = streamKeyOf(2);
/** Holds no stream. */
const document = streamKeyOf(77);

async function put({ raw }: Opened, ...window: readonly ReturnType<typeof entry>[]): Promise<void> {
  for (const one of window) await raw.putEntry(key, one);
}

export function readingContract(use: Use): void {
  describe('text', () => {
    it('gives what a key of plain text holds, and null where there is none', async () => {
      const { database, raw } = use();
      const missing = 'id00/limaccds/frelon';
      // A scan whose info names both, as those of detectors name their servers.
      const { key: scan } = sampleScan(1);
      const streams = [protocolVersionKey, missing].map((server_url, i) => [`d${i}`, { pk: `${i}`, encoding: null, info: { lima_info: { server_url } } }]);
      await raw.setScanJson(scan, JSON.stringify({ ...JSON.parse(scanJson(1)), data_streams: Object.fromEntries(streams) }));
      expect(await firstValueFrom(database.text(protocolVersionKey, scan))).toBe('1');
      expect(await firstValueFrom(database.text(missing, scan))).toBeNull();
    });
  });

  describe('read', () => {
    it('gives an empty block for a stream that does not exist', async () => {
      expect(await readOne(use().database, key)).toEqual({ key, entries: [] });
    });

    it('gives nothing for no requests', async () => {
      expect(await firstValueFrom(use().database.read([]))).toEqual([]);
    });

    it('gives one block per request, in the order of the requests', async () => {
      const { database, raw } = use();
      await raw.putEntry(second, entry(0, 'second'));
      const missing = streamKeyOf(3);
      await put(use(), entry(0, 'first'));
      const blocks = await readAll(database, [missing, second, key].map((wanted) => readRequest(wanted)));
      expect(blocks.map(plain)).toEqual([
        { key: missing, entries: [] },
        { key: second, entries: [[0, 1, 'second']] },
        { key, entries: [[0, 1, 'first']] },
      ]);
    });

    it('gives each of two requests for one stream its own block', async () => {
      await put(use(), ...entries(0, 4));
      const requests = ['0-1', '2-1'].map((after) => readRequest(key, after));
      const blocks = await readAll(use().database, requests);
      expect(blocks.map((block) => plain(block).entries.map(([first]) => first))).toEqual([[1, 2, 3], [3]]);
    });

    it('gives entries of one point and of many, in order', async () => {
      await put(use(), entry(0, 'a'), entry(1, 'bcd', 3), entry(4, 'e'), entry(5, 'x'.repeat(100), 100));
      expect(await readOne(use().database, key)).toEqual({
        key,
        entries: [
          [0, 1, 'a'],
          [1, 3, 'bcd'],
          [4, 1, 'e'],
          [5, 100, 'x'.repeat(100)],
        ],
      });
    });

    it('begins with the entry after the given id, be there an entry of that id or not', async () => {
      const { database } = use();
      await put(use(), ...entries(0, 5));
      expect((await readOne(database, key, '2-1')).entries.map(([first]) => first)).toEqual([3, 4]);
      expect((await readOne(database, key, '3-0')).entries.map(([first]) => first)).toEqual([3, 4]);
      expect((await readOne(database, key, '3-2')).entries.map(([first]) => first)).toEqual([4]);
    });

    it('shows an entry that another writer put inside the one read last', async () => {
      await put(use(), entry(0, 'batch', 10), entry(4, 'inside'));
      expect((await readOne(use().database, key, '0-1')).entries).toEqual([[4, 1, 'inside']]);
    });

    it('gives nothing after the last entry, nor after an id that is still to come', async () => {
      await put(use(), ...entries(0, 3));
      expect(await readOne(use().database, key, '2-1')).toEqual({ key, entries: [] });
      expect(await readOne(use().database, key, '100-1')).toEqual({ key, entries: [] });
    });

    it('gives at most as many entries as each request allows', async () => {
      await put(use(), ...entries(0, 10));
      for (const one of entries(0, 10)) await use().raw.putEntry(second, one);
      const [few, more] = await readAll(use().database, [readRequest(key, '1-1', 3), readRequest(second, originId, 5)]);
      expect(plain(few).entries.map(([first]) => first)).toEqual([2, 3, 4]);
      expect(plain(more).entries.length).toBeGreaterThan(0);
      expect(plain(more).entries.length).toBeLessThanOrEqual(5);
    });

    it('goes on after what was trimmed off', async () => {
      await put(use(), ...entries(0, 6));
      await use().raw.trim(key, 4);
      expect((await readOne(use().database, key)).entries.map(([first]) => first)).toEqual([4, 5]);
    });

    it('shows holes and overlaps as they are', async () => {
      await put(use(), entry(0, 'batch', 1000), entry(1, 'overlap'), entry(50, 'after a hole'));
      expect((await readOne(use().database, key)).entries.map(([first]) => first)).toEqual([0, 1, 50]);
    });

    it('gives payloads byte by byte, whatever they hold', async () => {
      const every = Uint8Array.from({ length: 256 }, (_, i) => i);
      const protocol = bytesOf('*1\r\n$4\r\nlen\r\n-ERR\r\n');
      await put(use(), entry(0, every), entry(1, protocol), entry(2, ''), entry(3, 'len'));
      const [block] = await readAll(use().database, [readRequest(key)]);
      expect(block?.bytes).toEqual(new Uint8Array([...every, ...protocol, ...bytesOf('len')]));
      expect([...(block?.ends ?? [])]).toEqual([256, 256 + protocol.length, 256 + protocol.length, 256 + protocol.length + 3]);
    });

    it('gives a payload of a megabyte and thousands of small ones', async () => {
      const { database, raw } = use();
      const big = new Uint8Array(2 ** 20 + 3).map((_, i) => i % 251);
      await raw.putEntry(second, entry(0, big));
      await Promise.all(Array.from({ length: 3000 }, (_, i) => raw.putEntry(key, entry(i, String(i)))));
      const [image, points] = await readAll(database, [readRequest(second, originId, 5000), readRequest(key, originId, 5000)]);
      expect(Buffer.from(image?.bytes ?? []).equals(Buffer.from(big))).toBe(true);
      expect(plain(points).entries).toEqual(Array.from({ length: 3000 }, (_, i) => [i, 1, String(i)]));
    });

    it('gives bytes that start at a multiple of 8 and belong to the reader', async () => {
      const { database } = use();
      await put(use(), entry(0, 'abc'), entry(1, 'defgh'));
      const [block] = await firstValueFrom(database.read([readRequest(key, '0-1')]));
      expect((block?.bytes.byteOffset ?? NaN) % 8).toBe(0);
      block?.bytes.fill(0);
      expect((await readOne(database, key, '0-1')).entries).toEqual([[1, 1, 'defgh']]);
    });

    it('reads a stream whose key is not ASCII', async () => {
      const odd = 'esrf:stream:é {x}\r\n"😀"';
      await use().raw.putEntry(odd, entry(0, 'odd'));
      expect(await readOne(use().database, odd)).toEqual({ key: odd, entries: use().strictKeys === true ? [] : [[0, 1, 'odd']] });
    });

    it('answers many reads at once, each with its own', async () => {
      const { database } = use();
      await put(use(), ...entries(0, 50));
      const answers = await Promise.all(Array.from({ length: 50 }, (_, from) => readOne(database, key, `${from}-0`, 1)));
      expect(answers.map((answer) => answer.entries[0]?.[0])).toEqual(Array.from({ length: 50 }, (_, i) => i));
    });

    it('says nothing after an unsubscription and goes on reading', async () => {
      const { database } = use();
      await put(use(), entry(0));
      await readOne(database, key);
      const heard: unknown[] = [];
      const subscription = database.read([readRequest(key)]).subscribe({ next: (blocks) => heard.push(blocks), error: (error: unknown) => heard.push(error) });
      subscription.unsubscribe();
      const before = heard.length;
      expect((await readOne(database, key)).entries).toEqual([[0, 1, 'p0']]);
      expect(heard.length).toBe(before);
    });

    it('refuses a key that holds no stream, and goes on reading', async () => {
      const { database, raw } = use();
      await raw.setScanJson(document, '{}');
      await expect(readOne(database, document)).rejects.toMatchObject({ _tag: 'ServerError', code: 'WRONGTYPE' });
      expect((await readOne(database, key)).entries).toEqual([]);
    });
  });

  describe('range', () => {
    const range = async (bounds: Parameters<Opened['database']['range']>[1]): Promise<number[]> =>
      plain(await firstValueFrom(use().database.range({ key }, bounds))).entries.map(([first]) => first);

    it('gives entries that start between two indices, both included', async () => {
      await put(use(), ...entries(0, 10));
      expect(await range({ min: 3, max: 5 })).toEqual([3, 4, 5]);
    });

    it('gives all without bounds, and an empty block for a missing stream', async () => {
      expect(await range({})).toEqual([]);
      await put(use(), ...entries(0, 3));
      expect(await range({})).toEqual([0, 1, 2]);
    });

    it('takes one bound alone, and bounds beyond the stream', async () => {
      await put(use(), ...entries(5, 5));
      expect(await range({ min: 8 })).toEqual([8, 9]);
      expect(await range({ max: 6 })).toEqual([5, 6]);
      expect(await range({ min: 0, max: 1000 })).toEqual([5, 6, 7, 8, 9]);
      expect(await range({ min: 10 })).toEqual([]);
      expect(await range({ max: 4 })).toEqual([]);
      expect(await range({ min: 7, max: 6 })).toEqual([]);
    });

    it('gives the first entries up to a count, or in reverse the last ones, in order either way', async () => {
      await put(use(), ...entries(0, 10));
      expect(await range({ count: 3 })).toEqual([0, 1, 2]);
      expect(await range({ count: 3, reverse: true })).toEqual([7, 8, 9]);
      expect(await range({ min: 2, max: 6, count: 2 })).toEqual([2, 3]);
      expect(await range({ min: 2, max: 6, count: 2, reverse: true })).toEqual([5, 6]);
      expect(await range({ min: 5, max: 6, count: 9, reverse: true })).toEqual([5, 6]);
    });

    it('finds the entry that holds a point inside a batch', async () => {
      await put(use(), entry(0, 'a', 10), entry(10, 'b', 10), entry(20, 'c'));
      expect(plain(await firstValueFrom(use().database.range({ key }, { max: 13, count: 1, reverse: true })))).toEqual({ key, entries: [[10, 10, 'b']] });
    });

    it('gives what trimming left', async () => {
      await put(use(), ...entries(0, 10));
      await use().raw.trim(key, 7);
      expect(await range({ min: 0, max: 8 })).toEqual([7, 8]);
      expect(await range({ max: 6, count: 1, reverse: true })).toEqual([]);
    });
  });

  describe('entriesAt', () => {
    /** For each index that was answered: `index first len payload`. */
    const entriesAt = async (...indices: readonly number[]): Promise<readonly string[]> => {
      const answers = await firstValueFrom(use().database.entriesAt({ key }, indices).pipe(toArray()));
      return answers.flatMap(({ block, indices: answered }) => plain(block).entries.map((found, i) => `${answered[i]}: ${found.join(' ')}`));
    };

    it('gives the entry that starts at each index, in the order of the indices', async () => {
      await put(use(), ...entries(0, 10));
      expect(await entriesAt(3, 9, 0)).toEqual(['3: 3 1 p3', '9: 9 1 p9', '0: 0 1 p0']);
    });

    it('gives the entry that starts last before an index, which may reach to it or not', async () => {
      await put(use(), entry(0, 'a', 10), entry(10, 'b', 5));
      expect(await entriesAt(0, 9, 10, 14, 15, 1000, Number.MAX_SAFE_INTEGER)).toEqual(['0: 0 10 a', '9: 0 10 a', '10: 10 5 b', '14: 10 5 b', '15: 10 5 b', '1000: 10 5 b', `${Number.MAX_SAFE_INTEGER}: 10 5 b`]);
    });

    it('leaves indices out that have nothing before them', async () => {
      expect(await entriesAt()).toEqual([]);
      expect(await entriesAt(0, 5)).toEqual([]);
      await put(use(), ...entries(0, 10));
      await use().raw.trim(key, 7);
      expect(await entriesAt(6, 8, 0, 7)).toEqual(['8: 8 1 p8', '7: 7 1 p7']);
    });

    it('never gives the seal', async () => {
      const scan = await createScan(use().database, 1);
      await append(use().database, scan, originId, [entry(0), entry(1)]);
      await firstValueFrom(use().database.seal({ key: scan.stream, scan: scan.key, length: 2 }));
      const answers = await firstValueFrom(use().database.entriesAt({ key: scan.stream }, [1, 2]).pipe(toArray()));
      expect(answers.map(({ block }) => plain(block).seal)).toEqual(answers.map(() => undefined));
      expect(answers.flatMap(({ block }) => [...block.firsts])).toEqual([1, 1]);
    });

    it('gives many great entries, in blocks of memory of their own', async () => {
      const { database } = use();
      await put(use(), ...Array.from({ length: 20 }, (_, i) => entry(i, String(i % 10).repeat(40_000))));
      const answers = await firstValueFrom(database.entriesAt({ key }, Array.from({ length: 20 }, (_, i) => i)).pipe(toArray()));
      const buffers = new Set(answers.map(({ block }) => block.bytes.buffer));
      expect(buffers.size).toBe(answers.length);
      for (const { block } of answers) expect(block.bytes.byteOffset % 8).toBe(0);
      expect(answers.flatMap(({ block }) => plain(block).entries.map(([first, , payload]) => `${first} ${payload.length} ${payload[0]}`))).toEqual(Array.from({ length: 20 }, (_, i) => `${i} 40000 ${i % 10}`));
    });

    it('answers many at once, each with its own, and others after an unsubscription', async () => {
      const { database } = use();
      await put(use(), ...entries(0, 50));
      const heard: unknown[] = [];
      const left = database.entriesAt({ key }, [1, 2, 3]).subscribe((answer) => heard.push(answer));
      left.unsubscribe();
      const before = heard.length;
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => entriesAt(i)));
      expect(answers.flat()).toEqual(Array.from({ length: 50 }, (_, i) => `${i}: ${i} 1 p${i}`));
      expect(heard.length).toBe(before);
    });

    it('refuses a key that holds no stream, and goes on reading', async () => {
      const { database, raw } = use();
      await put(use(), entry(0));
      await raw.setScanJson(document, '{}');
      const refused = database.entriesAt({ key: document }, [0, 1, 2]).pipe(toArray());
      const [failure, found] = await Promise.allSettled([firstValueFrom(refused), entriesAt(0)]);
      expect(failure).toMatchObject({ status: 'rejected', reason: { _tag: 'ServerError', code: 'WRONGTYPE' } });
      expect(found).toEqual({ status: 'fulfilled', value: ['0: 0 1 p0'] });
    });
  });
}
