/** The memory of payloads is reused once the server has them, and never while anything may still need it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { PayloadMemory } from '../../lib/redis/payload-memory.js';
import { redisDatabase } from '../../lib/redis/redis-database.js';
import type { Database } from '../../lib/ports/database.js';
import { append, createScan, entry } from '../contract/samples.js';
import { failureOf } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';
import { relayTo, type Relay } from './relay.js';

describe('memory that was given back', () => {
  it('is given out again for payloads of about its size', () => {
    const memory = new PayloadMemory();
    const first = memory.take(200_000);
    expect(first).toHaveLength(200_000);
    memory.give(first);
    const second = memory.take(199_000);
    expect(second).toHaveLength(199_000);
    expect(second.buffer).toBe(first.buffer);
    expect(memory.take(200_000).buffer).not.toBe(first.buffer);
  });

  it('is given out once, though it was given back twice', () => {
    const memory = new PayloadMemory();
    const first = memory.take(10_000);
    memory.give(first);
    memory.give(first);
    expect(memory.take(10_000).buffer).toBe(first.buffer);
    expect(memory.take(10_000).buffer).not.toBe(first.buffer);
  });

  it('is left to the garbage collector if it is only a part, or from elsewhere', () => {
    const memory = new PayloadMemory();
    const first = memory.take(1 << 16);
    const foreign = new Uint8Array(1 << 16);
    for (const payload of [first.subarray(0, 1 << 15), foreign]) memory.give(payload);
    expect([first.buffer, foreign.buffer]).not.toContain(memory.take(1 << 16).buffer);
  });

  it('takes 16 MiB at the most, of the sizes that are still in use', () => {
    const memory = new PayloadMemory();
    const megabyte = 1 << 20;
    const buffersOf = (size: number): Set<unknown> => {
      const payloads = Array.from({ length: 20 }, () => memory.take(size));
      for (const payload of payloads) memory.give(payload);
      return new Set(payloads.map(({ buffer }) => buffer));
    };
    const reused = (size: number, before: Set<unknown>): number => Array.from({ length: 20 }, () => memory.take(size).buffer).filter((buffer) => before.has(buffer)).length;
    const old = buffersOf(megabyte);
    const present = buffersOf(2 * megabyte);
    expect([reused(2 * megabyte, present), reused(megabyte, old)]).toEqual([8, 0]);
  });
});

describe('a payload in memory of a database', () => {
  const on = onRedis();
  let relay: Relay;
  let database: Database;
  beforeEach(async () => {
    relay = await relayTo(on.url);
    database = redisDatabase(relay.url);
  });
  afterEach(async () => {
    await lastValueFrom(database.close(), { defaultValue: undefined });
    await relay.close();
  });

  const payloadOf = (fill: number): Uint8Array => (database.payloadMemory?.(200_000) ?? new Uint8Array(0)).fill(fill);

  it('makes room for another once it was appended', async () => {
    const scan = await createScan(database, 1);
    const first = payloadOf(1);
    await append(database, scan, '0-0', [entry(0, first)]);
    const second = payloadOf(2);
    expect(second.buffer).toBe(first.buffer);
    await append(database, scan, '0-1', [entry(1, second)]);
    expect(payloadOf(3).buffer).toBe(first.buffer);
    const entries = await on.client.xrangeBuffer(scan.stream, '-', '+');
    expect(entries.map(([, fields]) => [fields[1]?.[0], fields[1]?.length])).toEqual([[1, 200_000], [2, 200_000]]);
  });

  it('makes room or keeps its memory by its own window, where several travel together', async () => {
    const scans = [await createScan(database, 1), await createScan(database, 2)];
    const payloads = [payloadOf(1), payloadOf(2)];
    const windows = scans.map(({ stream, key }, i) => ({ key: stream, scan: key, expected: i === 0 ? '0-0' : '5-1', entries: [entry(6, payloads[i])] }));
    expect(await firstValueFrom(database.append(windows))).toMatchObject([{ _tag: 'appended' }, { _tag: 'conflict' }]);
    const next = [payloadOf(3), payloadOf(4)].map(({ buffer }) => buffer);
    expect(payloads.map(({ buffer }) => next.includes(buffer))).toEqual([true, false]);
  });

  it('keeps its memory if it was refused, or had to be sent again', async () => {
    const scan = await createScan(database, 1);
    const first = payloadOf(1);
    expect(await append(database, scan, '5-1', [entry(6, first)])).toMatchObject({ _tag: 'conflict' });
    expect(payloadOf(2).buffer).not.toBe(first.buffer);
    const window = { key: scan.stream, scan: scan.key, expected: '0-0', entries: [entry(0, payloadOf(3))] };
    relay.requests = (piece, redis) => (piece.includes('EVALSHA') ? relay.cut() : redis.write(piece));
    expect(await failureOf(firstValueFrom(database.append([window])))).toMatchObject({ _tag: 'OutcomeUnknown' });
    relay.requests = (piece, redis) => redis.write(piece);
    expect(await firstValueFrom(database.append([window]))).toMatchObject([{ _tag: 'appended' }]);
    expect(payloadOf(4).buffer).not.toBe(window.entries[0]?.payload.buffer);
  });
});
