/** How long a cursor waits: not at all, for a time, until a signal, or until it is closed; and that giving up loses nothing. */
import { describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import { liveStream, settled } from '../support/live-stream.js';
import { held } from '../support/subscription-logs.js';
import { told } from '../support/virtual-stream.js';
import type { CursorResult } from '../../lib/stream/cursor.js';

const points = (result: CursorResult<'json'>): string => (result._tag === 'chunk' ? told(result).points : result._tag);

describe('a read that does not wait', () => {
  it("gives 'none' where there is nothing, and loses nothing", async () => {
    const { stream, add } = liveStream();
    const cursor = stream.cursor();
    expect(await cursor.read({ wait: false })).toEqual({ _tag: 'none' });
    add('ab');
    expect(points(await cursor.read({ wait: false }))).toBe('ab');
    expect(await cursor.read({ wait: 0 })).toEqual({ _tag: 'none' });
    expect(await cursor.read({ wait: 0, count: 1 })).toEqual({ _tag: 'none' });
    expect(cursor.status._tag).toBe('idle');
  });

  it('gives what this process has just added, without waiting to be told of it', async () => {
    const { stream, add } = liveStream();
    const cursor = stream.cursor();
    add('a');
    expect(points(await cursor.read({ wait: false }))).toBe('a');
    add('b');
    expect(points(await cursor.read({ wait: false }))).toBe('b');
    expect(await cursor.read({ wait: false })).toEqual({ _tag: 'none' });
    add('c');
    expect(points(await cursor.read({ wait: false }))).toBe('c');
  });

  it("gives 'end' at the end, and what is left of a chunk before that", async () => {
    const { stream, add, seal } = liveStream();
    const cursor = stream.cursor();
    add('ab');
    seal();
    expect(points(await cursor.read({ count: 1, wait: false }))).toBe('a');
    expect(points(await cursor.read({ count: 1, wait: false }))).toBe('b');
    expect(await cursor.read({ wait: false })).toEqual({ _tag: 'end' });
  });

  it("gives 'none' within the period of a policy, however much there is", async () => {
    const scheduler = new VirtualTimeScheduler();
    const { stream, add } = liveStream({ scheduler });
    const cursor = stream.cursor({ policy: { every: 100 } });
    add('ab');
    expect(points(await cursor.read({ wait: false }))).toBe('b');
    add('cd');
    expect(await cursor.read({ wait: false })).toEqual({ _tag: 'none' });
    const read = cursor.read();
    await settled();
    scheduler.flush();
    await settled();
    scheduler.flush();
    expect(points(await read)).toBe('d');
    expect(scheduler.now()).toBe(100);
  });
});

describe('a read that waits for a time', () => {
  it.each([{ wait: 50 }, { wait: 50, count: 10 }])("gives 'none' after that, and loses nothing: %o", async (options) => {
    const scheduler = new VirtualTimeScheduler();
    const { stream, add, database } = liveStream({ scheduler });
    const cursor = stream.cursor();
    const read = cursor.read(options);
    await settled();
    scheduler.flush();
    expect(await read).toEqual({ _tag: 'none' });
    expect(scheduler.now()).toBe(50);
    expect(cursor.status._tag).toBe('idle');
    add('ab');
    expect(points(await cursor.read(options))).toBe('ab');
    cursor.close();
    expect(held(database)).toEqual([]);
  });

  it('gives what comes within it, at once, and leaves no timer', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { stream, add } = liveStream({ scheduler });
    const cursor = stream.cursor();
    const read = cursor.read({ wait: 50 });
    await settled();
    scheduler.schedule(() => add('a'), 20);
    scheduler.maxFrames = 30;
    scheduler.flush();
    expect(points(await read)).toBe('a');
    scheduler.maxFrames = Infinity;
    scheduler.flush();
    expect(scheduler.now()).toBeLessThan(50);
  });

  it('times out again and again where it is asked again and again, and then gets everything', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { stream, add } = liveStream({ scheduler });
    const cursor = stream.cursor();
    add('a');
    const got = [points(await cursor.read({ wait: 10 }))];
    for (let i = 0; i < 3; i++) {
      const read = cursor.read({ wait: 10 });
      await settled();
      scheduler.flush();
      got.push(points(await read));
    }
    add('bc');
    got.push(points(await cursor.read({ wait: 10 })));
    expect(got).toEqual(['a', 'none', 'none', 'none', 'bc']);
  });
});

describe('a read with a signal', () => {
  it('rejects with its reason where it was aborted before, reads nothing and loses nothing', async () => {
    const { stream, add, memory } = liveStream();
    add('ab');
    const cursor = stream.cursor();
    await expect(cursor.read({ signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
    expect(memory.calls.read).toBe(0);
    expect(points(await cursor.read({ count: 1 }))).toBe('a');
    await expect(cursor.read({ signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
    expect(points(await cursor.read())).toBe('b');
  });

  it('rejects with its reason while it waits, and loses nothing', async () => {
    const { stream, add, database } = liveStream();
    const cursor = stream.cursor();
    const abort = new AbortController();
    const read = cursor.read({ signal: abort.signal });
    await settled();
    expect(cursor.status._tag).toBe('waiting');
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(read).rejects.toBe(reason);
    expect(cursor.status._tag).toBe('idle');
    add('ab');
    expect(points(await cursor.read({ signal: new AbortController().signal }))).toBe('ab');
    cursor.close();
    expect(held(database)).toEqual([]);
  });

  it('rejects while it waits for its turn, at once', async () => {
    const { stream, add } = liveStream();
    const cursor = stream.cursor();
    const abort = new AbortController();
    const first = cursor.read();
    const second = cursor.read({ signal: abort.signal });
    const third = cursor.read();
    let reason: unknown;
    second.catch((error: unknown) => (reason = error));
    await settled();
    abort.abort('enough');
    await settled();
    expect(reason).toBe('enough');
    add('a');
    expect(points(await first)).toBe('a');
    add('b');
    expect(points(await third)).toBe('b');
  });

  it('is not held up by one that is aborted after the answer', async () => {
    const { stream, add } = liveStream();
    const cursor = stream.cursor();
    const abort = new AbortController();
    add('a');
    expect(points(await cursor.read({ signal: abort.signal }))).toBe('a');
    abort.abort();
    add('b');
    expect(points(await cursor.read())).toBe('b');
  });
});

describe('a cursor that has come to the end', () => {
  it('is no reader any more, closed or not, and says so again and again', async () => {
    const { stream, add, seal, core, database } = liveStream();
    add('ab');
    seal();
    const cursor = stream.cursor();
    expect(points(await cursor.read())).toBe('ab');
    expect(await cursor.read()).toEqual({ _tag: 'end' });
    expect(core.readers.size).toBe(0);
    expect(held(database)).toEqual([]);
    expect(await cursor.read({ newest: true })).toEqual({ _tag: 'end' });
    expect(core.readers.size).toBe(0);
  });
});

it.each([0, -1, 1.5, NaN])('a read of %d points is refused', async (count) => {
  const { stream } = liveStream();
  using cursor = stream.cursor();
  await expect(cursor.read({ count })).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'count', received: String(count) });
});

describe('closing a cursor', () => {
  it('rejects the read that waits, those behind it and all later ones, and holds nothing', async () => {
    const { stream, database, core } = liveStream();
    const cursor = stream.cursor();
    const reads = [cursor.read(), cursor.read()];
    const outcomes = Promise.allSettled(reads);
    await settled();
    expect(core.readers.size).toBe(1);
    cursor.close();
    expect(await outcomes).toMatchObject([
      { status: 'rejected', reason: { _tag: 'InvalidArgument', argument: 'cursor' } },
      { status: 'rejected', reason: { _tag: 'InvalidArgument', argument: 'cursor' } },
    ]);
    await expect(cursor.read()).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'cursor' });
    expect(held(database)).toEqual([]);
    expect(core.readers.size).toBe(0);
  });

  it('lets go of what was left, and of what was read ahead', async () => {
    const { stream, addBig, core } = liveStream({ entryBytes: 600_000 });
    addBig('abcdef');
    const cursor = stream.cursor();
    await cursor.read();
    expect(core.budget.used).toBe(5 * 600_002);
    cursor[Symbol.dispose]();
    cursor.close();
    expect(core.budget.used).toBe(0);
    await expect(cursor.read()).rejects.toMatchObject({ _tag: 'InvalidArgument' });
    expect(core.readers.size).toBe(0);
  });

  it('is what `using` does', async () => {
    const { stream, add, core } = liveStream();
    add('a');
    {
      using cursor = stream.cursor();
      expect(points(await cursor.read())).toBe('a');
      expect(core.readers.size).toBe(1);
    }
    expect(core.readers.size).toBe(0);
  });

  it('of the store rejects the read that waits with StoreClosed', async () => {
    const { stream, database, closeStore } = liveStream();
    const cursor = stream.cursor();
    const read = cursor.read();
    await settled();
    closeStore();
    await expect(read).rejects.toMatchObject({ _tag: 'StoreClosed' });
    await expect(cursor.read()).rejects.toMatchObject({ _tag: 'StoreClosed' });
    cursor.close();
    expect(held(database)).toEqual([]);
  });
});
