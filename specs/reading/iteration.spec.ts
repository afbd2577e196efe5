/** Iterating over a stream by hand, and leaving it at any moment: what waits ends at once, and nothing is left behind. */
import { describe, expect, it } from '@jest/globals';
import { from, mergeMap, of } from 'rxjs';
import type { Chunk } from '../../lib/model/stream-type.js';
import { liveStream, settled, type LiveStream } from '../support/live-stream.js';
import { held } from '../support/subscription-logs.js';

const done = { done: true, value: undefined };
const lettersOf = ({ data }: Chunk<'json'>): string => data.map(String).join('');

function nothingIsLeft({ core, database }: LiveStream): void {
  expect(core.readers.size).toBe(0);
  expect(core.budget.used).toBe(0);
  expect(held(database)).toEqual([]);
}

describe('an iterator over a stream', () => {
  it('gives chunk after chunk, then the end for ever, and leaves nothing behind', async () => {
    const live = liveStream();
    const iterator = live.stream[Symbol.asyncIterator]();
    live.add('ab');
    expect(await iterator.next()).toMatchObject({ done: false, value: { index: 0, data: ['a', 'b'] } });
    live.add('c');
    live.seal();
    expect(await iterator.next()).toMatchObject({ done: false, value: { index: 2 } });
    for (let i = 0; i < 3; i++) expect(await iterator.next()).toEqual(done);
    nothingIsLeft(live);
  });

  it('answers several calls in order, those beyond the end as well', async () => {
    const live = liveStream();
    const iterator = live.stream[Symbol.asyncIterator]();
    const order: string[] = [];
    const calls = [0, 1, 2, 3].map(async (n) => {
      const { value } = await iterator.next();
      order.push(`${n}${value === undefined ? '' : lettersOf(value)}`);
    });
    await settled();
    live.add('a');
    await calls[0];
    live.add('b');
    await calls[1];
    live.seal();
    await Promise.all(calls);
    expect(order).toEqual(['0a', '1b', '2', '3']);
    nothingIsLeft(live);
  });

  it('fails once where the reading fails, and is at its end then', async () => {
    const live = liveStream();
    const iterator = live.stream[Symbol.asyncIterator]();
    const calls = Promise.allSettled([iterator.next(), iterator.next()]);
    await settled();
    live.closeStore();
    expect(await calls).toMatchObject([{ status: 'rejected', reason: { _tag: 'StoreClosed' } }, { status: 'fulfilled', value: done }]);
    expect(await iterator.next()).toEqual(done);
    nothingIsLeft(live);
  });

  it('is left before it has begun, twice, and read from then', async () => {
    const live = liveStream();
    const iterator = live.stream[Symbol.asyncIterator]();
    live.add('a');
    expect(await iterator.return?.()).toEqual(done);
    expect(await iterator.return?.()).toEqual(done);
    expect(await iterator.next()).toEqual(done);
    expect(live.memory.calls.read).toBe(0);
    nothingIsLeft(live);
  });

  it.each(['return', 'throw', 'asyncDispose'] as const)('is left by %s while calls wait: they are done at once, in order', async (how) => {
    const live = liveStream();
    const iterator = live.stream[Symbol.asyncIterator]();
    const order: string[] = [];
    const calls = [0, 1].map(async (n) => {
      expect(await iterator.next()).toEqual(done);
      order.push(String(n));
    });
    await settled();
    expect(live.core.readers.size).toBe(1);
    const reason = new Error('enough');
    const left = how === 'return' ? iterator.return?.() : how === 'throw' ? iterator.throw?.(reason) : iterator[Symbol.asyncDispose]();
    const outcome = Promise.allSettled([left]);
    nothingIsLeft(live);
    await Promise.all(calls);
    expect(order).toEqual(['0', '1']);
    expect(await outcome).toEqual([how === 'throw' ? { status: 'rejected', reason } : { status: 'fulfilled', value: how === 'return' ? done : undefined }]);
    expect(await iterator.next()).toEqual(done);
  });

  it.each(['break', 'throw'])('of a loop that is left by %s leaves nothing behind', async (how) => {
    const live = liveStream();
    live.add('a');
    const loop = async (): Promise<void> => {
      for await (const chunk of live.stream) {
        if (how === 'throw') throw new Error(lettersOf(chunk));
        if (chunk.index === 0) break;
      }
    };
    if (how === 'throw') await expect(loop()).rejects.toThrow('a');
    else await loop();
    nothingIsLeft(live);
  });

  it('is iterable itself, and ends with `await using`', async () => {
    const live = liveStream();
    live.add('a');
    {
      await using iterator = live.stream[Symbol.asyncIterator]();
      for await (const chunk of iterator) {
        expect(lettersOf(chunk)).toBe('a');
        if (chunk.index === 0) break;
      }
    }
    nothingIsLeft(live);
  });

  it('of a cursor goes on where that stands, and closes it', async () => {
    const live = liveStream();
    live.add('ab');
    const cursor = live.stream.cursor();
    await cursor.read({ count: 1 });
    const iterator = cursor[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ value: { index: 1 } });
    const waiting = iterator.next();
    await settled();
    cursor.close();
    await expect(waiting).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'cursor' });
    nothingIsLeft(live);
  });
});

describe("RxJS' from", () => {
  it('emits the chunks of a stream, and completes', async () => {
    const { stream, add, seal, core } = liveStream();
    add('ab');
    seal();
    const got: string[] = [];
    await from(stream).forEach((chunk) => got.push(lettersOf(chunk)));
    expect(got).toEqual(['ab']);
    expect(core.readers.size).toBe(0);
  });

  it.each(['stream', 'cursor'] as const)('of a %s that is unsubscribed from while it waits leaves nothing behind', async (what) => {
    const live = liveStream();
    const got: string[] = [];
    const source = what === 'stream' ? live.stream : live.stream.cursor();
    const subscription = of(source).pipe(mergeMap((each) => each)).subscribe((chunk) => got.push(lettersOf(chunk)));
    live.add('a');
    await settled();
    await settled();
    expect(live.core.readers.size).toBe(1);
    subscription.unsubscribe();
    nothingIsLeft(live);
    expect(got).toEqual(['a']);
  });

  it('errors with what the reading errors with', async () => {
    const { stream, closeStore } = liveStream();
    const errors: unknown[] = [];
    from(stream).subscribe({ error: (error: unknown) => errors.push(error) });
    await settled();
    closeStore();
    await settled();
    expect(errors).toMatchObject([{ _tag: 'StoreClosed' }]);
  });
});

describe('a signal', () => {
  it('has no listener left after 10,000 reads, whether they were answered, given up or waited for their turn', async () => {
    const { stream, add } = liveStream();
    const { signal } = new AbortController();
    const counted = new Set<unknown>();
    const { addEventListener, removeEventListener } = signal;
    let added = 0;
    signal.addEventListener = (type: string, listener: Parameters<AbortSignal['addEventListener']>[1]): void => {
      added++;
      counted.add(listener);
      addEventListener.call(signal, type, listener);
    };
    signal.removeEventListener = (type: string, listener: Parameters<AbortSignal['addEventListener']>[1]): void => {
      counted.delete(listener);
      removeEventListener.call(signal, type, listener);
    };
    const cursor = stream.cursor();
    for (let i = 0; i < 10_000; i += 4) {
      add('a');
      const reads = [cursor.read({ signal }), cursor.read({ signal, wait: false }), cursor.read({ signal, wait: false }), cursor.read({ signal, wait: false })];
      await Promise.all(reads);
    }
    expect(added).toBeGreaterThanOrEqual(10_000);
    expect(counted.size).toBe(0);
    const closing = Promise.allSettled([cursor.read({ signal }), cursor.read({ signal })]);
    cursor.close();
    await closing;
    expect(counted.size).toBe(0);
  });
});
