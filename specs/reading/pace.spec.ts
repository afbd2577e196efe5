/** Consumers with Promises, which set the pace: `for await`, reads by hand, and `consume` with work that gives Promises. */
import { describe, expect, it } from '@jest/globals';
import { lastValueFrom, toArray } from 'rxjs';
import { blissdataError } from '../../lib/model/errors.js';
import { liveStream, settled } from '../support/live-stream.js';
import { held } from '../support/subscription-logs.js';
import { summaryOf } from '../support/virtual-stream.js';

describe('for await', () => {
  it('gives the points to the end of the stream, and holds nothing after', async () => {
    const { stream, add, seal, core, database } = liveStream();
    add('ab');
    const got: string[] = [];
    for await (const chunk of stream) {
      got.push(summaryOf({ dropped: 0, ...chunk }).points);
      if (got.length === 1) add('c');
      else seal();
    }
    expect(got).toEqual(['ab', 'c']);
    expect(core.readers.size).toBe(0);
    expect(core.budget.used).toBe(0);
    expect(held(database)).toEqual([]);
  });

  it('closes the cursor when the loop is left, or throws', async () => {
    const { stream, add, core, database } = liveStream();
    add('ab');
    const cursor = stream.cursor();
    for await (const chunk of cursor) if (summaryOf(chunk).points === 'ab') break;
    await expect(cursor.read()).rejects.toMatchObject({ _tag: 'InvalidArgument' });
    const failing = async (): Promise<void> => {
      for await (const chunk of stream.cursor()) if (summaryOf(chunk).points === 'ab') throw new Error('refused');
    };
    await expect(failing()).rejects.toThrow('refused');
    expect(core.readers.size).toBe(0);
    expect(held(database)).toEqual([]);
  });

  it('throws what a read errors with, and closes the cursor', async () => {
    const { stream, memory, database, core } = liveStream();
    const error = blissdataError('Disconnected', { url: database.url, reason: 'test' });
    memory.failNext('read', error);
    const got: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const chunk of stream) got.push(chunk);
    };
    await expect(reading()).rejects.toBe(error);
    expect(got).toEqual([]);
    expect(core.readers.size).toBe(0);
  });

  it('follows a policy', async () => {
    const { stream, add, seal } = liveStream();
    add('abcde');
    seal();
    const got: unknown[] = [];
    for await (const chunk of stream.cursor({ policy: { window: 2 } })) got.push(summaryOf(chunk));
    expect(got).toEqual([{ index: 3, dropped: 3, expired: 0, points: 'de' }]);
  });
});

describe.each([0, 1, 4])('the reads of a slow consumer with a credit of %i', (chunks) => {
  it('are no more than what a loop has taken and its credit', async () => {
    const { stream, addBig, memory } = liveStream({ entryBytes: 600_000 });
    addBig('abcdefghijkl');
    let taken = '';
    for await (const chunk of stream.cursor({ credit: { chunks } })) {
      taken += summaryOf(chunk).points;
      await settled();
      expect(memory.calls.read).toBeLessThanOrEqual(taken.length + chunks);
      if (taken === 'abcde') break;
    }
    expect(memory.calls.read).toBeGreaterThanOrEqual(5 + Math.ceil(chunks / 2));
  });

  it('are no more than what reads by hand have taken and its credit', async () => {
    const { stream, addBig, memory, core } = liveStream({ entryBytes: 600_000 });
    addBig('abcdefghijkl');
    using cursor = stream.cursor({ credit: { chunks } });
    for (let taken = 1; taken <= 5; taken++) {
      await cursor.read();
      await settled();
      expect(memory.calls.read).toBeLessThanOrEqual(taken + chunks);
      expect(cursor.status.chunksAhead).toBeLessThanOrEqual(chunks);
      expect(core.budget.used).toBeLessThanOrEqual((chunks + 1) * 600_002);
    }
  });

  it('are no more than what was worked on and its credit', async () => {
    const { stream, addBig, seal, memory } = liveStream({ entryBytes: 600_000 });
    addBig('abcdefgh');
    seal();
    let taken = 0;
    const work = async (): Promise<void> => {
      taken++;
      await settled();
      expect(memory.calls.read).toBeLessThanOrEqual(taken + chunks);
    };
    await lastValueFrom(stream.consume(work, { credit: { chunks } }));
    expect(taken).toBe(8);
  });
});

describe('consume with Promises', () => {
  it('awaits each before it demands more, and emits what they resolve to', async () => {
    const { stream, addBig, seal } = liveStream({ entryBytes: 600_000 });
    addBig('abc');
    seal();
    let working = 0;
    const work = async (letter: string): Promise<string> => {
      expect(++working).toBe(1);
      await settled();
      working--;
      return letter;
    };
    expect(await lastValueFrom(stream.consume((chunk) => work(summaryOf(chunk).points)).pipe(toArray()))).toEqual(['a', 'b', 'c']);
  });

  it('works on `concurrency` chunks at once', async () => {
    const { stream, addBig, seal } = liveStream({ entryBytes: 600_000 });
    addBig('abcdef');
    seal();
    let working = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++working);
      await settled();
      working--;
    };
    await lastValueFrom(stream.consume(work, { concurrency: 3 }));
    expect(most).toBe(3);
    expect(working).toBe(0);
  });

  it('errors with what one rejects with', async () => {
    const { stream, add, core, database } = liveStream();
    add('a');
    await expect(lastValueFrom(stream.consume(() => Promise.reject(new Error('refused'))))).rejects.toThrow('refused');
    expect(core.budget.used).toBe(0);
    expect(held(database)).toEqual([]);
  });
});
