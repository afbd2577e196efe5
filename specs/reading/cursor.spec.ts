/** Reading a stream by hand: the position, what each read gives, and how it ends. */
import { describe, expect, it } from '@jest/globals';
import { blissdataError } from '../../lib/model/errors.js';
import type { CursorResult } from '../../lib/stream/cursor.js';
import { bytesOf } from '../contract/samples.js';
import { liveStream, settled } from '../support/live-stream.js';
import { summaryOf } from '../support/virtual-stream.js';

/** A chunk as `index +dropped +expired: points`. */
const brief = (result: CursorResult<'json' | 'uint8'>): string => {
  if (result._tag !== 'chunk') return result._tag;
  const { index, dropped, expired, points } = summaryOf(result);
  return `${index} +${dropped} +${expired}: ${points}`;
};

describe('the position of a cursor', () => {
  it('is the index of the point that the next read begins with', async () => {
    const { stream, add } = liveStream();
    const cursor = stream.cursor();
    expect(cursor.position).toBe(0);
    add('abc');
    await cursor.read();
    expect(cursor.position).toBe(3);
    add('d');
    await cursor.read();
    expect(cursor.position).toBe(4);
    await cursor.read({ wait: false });
    expect(cursor.position).toBe(4);
  });

  it('is where it begins, even within a batch or beyond the end', async () => {
    const { bytes, server, key } = liveStream();
    server.putEntry(key, { index: 0, len: 4, payload: bytesOf('abcd') });
    const within = bytes.cursor({ from: 2 });
    expect(within.position).toBe(2);
    expect(brief(await within.read())).toBe('2 +0 +0: cd');
    const later = bytes.cursor({ from: 5 });
    expect(later.position).toBe(5);
    expect(await later.read({ wait: false })).toEqual({ _tag: 'none' });
    server.putEntry(key, { index: 4, len: 3, payload: bytesOf('efg') });
    expect(brief(await later.read())).toBe('5 +0 +0: fg');
    expect(later.position).toBe(7);
  });

  it('counts what was trimmed off', async () => {
    const { stream, add, server, key } = liveStream();
    add('abcde');
    server.trim(key, 3);
    const cursor = stream.cursor();
    expect(brief(await cursor.read())).toBe('0 +0 +3: de');
    expect(cursor.position).toBe(5);
    expect(cursor.status).toMatchObject({ position: 5, points: 2, expired: 3, dropped: 0, reads: 1, stream: 'diode', key });
  });
});

describe('a read of so many points', () => {
  it('cuts a chunk, and leaves the rest to the next reads without another call', async () => {
    const { stream, add, memory } = liveStream();
    add('abcde');
    const cursor = stream.cursor();
    expect(brief(await cursor.read({ count: 2 }))).toBe('0 +0 +0: ab');
    expect(cursor.position).toBe(2);
    expect(brief(await cursor.read({ count: 2 }))).toBe('2 +0 +0: cd');
    expect(cursor.position).toBe(4);
    expect(brief(await cursor.read({ count: 2 }))).toBe('4 +0 +0: e');
    expect(cursor.position).toBe(5);
    expect(memory.calls.read).toBe(1);
  });

  it('gives the rest whole where no number is given', async () => {
    const { stream, add } = liveStream();
    add('abcde');
    const cursor = stream.cursor();
    await cursor.read({ count: 2 });
    add('f');
    expect(brief(await cursor.read())).toBe('2 +0 +0: cde');
    expect(brief(await cursor.read())).toBe('5 +0 +0: f');
  });

  it('cuts batches, and reports trimmed points once', async () => {
    const { bytes, server, key } = liveStream();
    server.putEntry(key, { index: 0, len: 2, payload: bytesOf('ab') });
    server.putEntry(key, { index: 2, len: 4, payload: bytesOf('cdef') });
    server.trim(key, 2);
    const cursor = bytes.cursor();
    expect(brief(await cursor.read({ count: 3 }))).toBe('0 +0 +2: cde');
    expect(cursor.position).toBe(5);
    expect(brief(await cursor.read({ count: 3 }))).toBe('5 +0 +0: f');
  });

  it('does not wait where there are fewer', async () => {
    const { stream, add } = liveStream();
    add('ab');
    expect(brief(await stream.cursor().read({ count: 10 }))).toBe('0 +0 +0: ab');
  });
});

describe('a read of the newest point', () => {
  it('skips those before it, and counts them', async () => {
    const { stream, add } = liveStream();
    add('abcde');
    const cursor = stream.cursor();
    expect(brief(await cursor.read({ newest: true }))).toBe('4 +4 +0: e');
    expect(cursor.position).toBe(5);
    expect(await cursor.read({ newest: true, wait: false })).toEqual({ _tag: 'none' });
    add('fg');
    expect(brief(await cursor.read())).toBe('5 +0 +0: fg');
  });

  it('passes over what was left of a chunk, too', async () => {
    const { stream, add } = liveStream();
    add('abcde');
    const cursor = stream.cursor();
    await cursor.read({ count: 2 });
    add('fg');
    expect(brief(await cursor.read({ newest: true }))).toBe('6 +4 +0: g');
    expect(cursor.position).toBe(7);
  });

  it('is the last of what was left of a chunk where nothing came after', async () => {
    const { stream, add } = liveStream();
    add('abcde');
    const cursor = stream.cursor();
    await cursor.read({ count: 2 });
    expect(brief(await cursor.read({ newest: true }))).toBe('4 +2 +0: e');
    expect(cursor.position).toBe(5);
    expect(await cursor.read({ wait: false })).toEqual({ _tag: 'none' });
  });

  it('passes over what was read ahead, and holds it no longer', async () => {
    const { stream, addBig, core } = liveStream({ entryBytes: 600_000 });
    addBig('abcdefgh');
    const cursor = stream.cursor();
    expect(brief(await cursor.read())).toBe('0 +0 +0: a');
    await settled();
    expect(cursor.status).toMatchObject({ chunksAhead: 4, bytesAhead: 4 * 600_002 });
    expect(brief(await cursor.read({ newest: true }))).toBe('7 +6 +0: h');
    expect(cursor.status).toMatchObject({ chunksAhead: 0, dropped: 6, position: 8 });
    expect(core.budget.used).toBe(600_002);
  });

  it('waits for one where there is none', async () => {
    const { stream, add } = liveStream();
    const cursor = stream.cursor();
    const read = cursor.read({ newest: true });
    await settled();
    add('ab');
    expect(brief(await read)).toBe('1 +1 +0: b');
  });

  it('of a sealed stream is the last one, and then the end', async () => {
    const { stream, add, seal } = liveStream();
    add('abc');
    seal();
    const cursor = stream.cursor();
    expect(brief(await cursor.read({ newest: true }))).toBe('2 +2 +0: c');
    expect(await cursor.read({ newest: true })).toEqual({ _tag: 'end' });
    const cut = stream.cursor();
    await cut.read({ count: 1 });
    expect(brief(await cut.read({ newest: true }))).toBe('2 +1 +0: c');
    expect(await cut.read()).toEqual({ _tag: 'end' });
  });
});

describe('several reads at once', () => {
  it('are answered in their order', async () => {
    const { stream, add, seal } = liveStream();
    const cursor = stream.cursor();
    const order: string[] = [];
    const reads = [1, 2, 1, 5].map((count) => cursor.read({ count }).then((answer) => order.push(brief(answer))));
    await settled();
    add('abcd');
    await settled();
    seal();
    await Promise.all(reads);
    expect(order).toEqual(['0 +0 +0: a', '1 +0 +0: bc', '3 +0 +0: d', 'end']);
  });

  it('go on after one that failed, which loses nothing', async () => {
    const { stream, add, memory, database } = liveStream();
    const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
    add('ab');
    memory.failNext('read', error);
    const cursor = stream.cursor();
    const [first, second] = [cursor.read(), cursor.read()];
    await expect(first).rejects.toBe(error);
    expect(brief(await second)).toBe('0 +0 +0: ab');
  });
});

describe('the end of a stream', () => {
  it('is repeated for ever after', async () => {
    const { stream, add, seal, memory } = liveStream();
    add('ab');
    seal();
    const cursor = stream.cursor();
    expect(brief(await cursor.read({ count: 1 }))).toBe('0 +0 +0: a');
    expect(brief(await cursor.read({ count: 1 }))).toBe('1 +0 +0: b');
    for (const options of [{}, { wait: false }, { newest: true }, { wait: 5 }] as const) expect(await cursor.read(options)).toEqual({ _tag: 'end' });
    expect(cursor.position).toBe(2);
    expect(memory.calls.read).toBe(1);
  });

  it('comes after a report of what was trimmed off', async () => {
    const { stream, add, seal, server, key } = liveStream();
    add('abc');
    seal();
    server.trim(key, 3);
    const cursor = stream.cursor();
    expect(brief(await cursor.read())).toBe('0 +0 +3: ');
    expect(cursor.position).toBe(3);
    expect(await cursor.read()).toEqual({ _tag: 'end' });
  });

  it('does not come if an entry cannot be decoded: after what came before it, reads fail for ever', async () => {
    const { stream, add, scan, seal } = liveStream();
    add('ab');
    scan.append('diode', '{');
    seal();
    const cursor = stream.cursor();
    expect(brief(await cursor.read())).toBe('0 +0 +0: ab');
    await expect(cursor.read()).rejects.toMatchObject({ _tag: 'InvalidEntry', index: 2 });
    await expect(cursor.read({ wait: false })).rejects.toMatchObject({ _tag: 'InvalidEntry', index: 2 });
  });

  it('comes as an error where the stream is deleted', async () => {
    const { stream, add, server, key } = liveStream();
    add('a');
    const cursor = stream.cursor();
    await cursor.read();
    const read = cursor.read();
    await settled();
    server.delete(key);
    await expect(read).rejects.toMatchObject({ _tag: 'StreamDeleted' });
  });
});

describe('options that are none', () => {
  it('are refused', async () => {
    const { stream, memory } = liveStream();
    expect(() => stream.cursor({ from: -1 })).toThrow('from');
    expect(() => stream.cursor({ from: 0.5 })).toThrow('from');
    expect(() => stream.cursor({ policy: { every: 0 } })).toThrow('policy');
    expect(() => stream.cursor({ credit: { chunks: -1 } })).toThrow('credit.chunks');
    const cursor = stream.cursor();
    for (const count of [0, -1, NaN]) await expect(cursor.read({ count })).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'count' });
    for (const wait of [-1, NaN]) await expect(cursor.read({ wait })).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'wait' });
    expect(memory.calls.read).toBe(0);
  });
});
