/** How the readers that give Promises end: the cases of marbles/reader-endings.spec.ts that they share with Observables. */
import { describe, expect, it } from '@jest/globals';
import { from } from 'rxjs';
import { blissdataError } from '../../lib/model/errors.js';
import type { Chunk } from '../../lib/model/stream-type.js';
import type { Stream } from '../../lib/stream/stream.js';
import { bytesOf } from '../contract/samples.js';
import { liveStream, settled, type LiveStream } from '../support/live-stream.js';
import { held } from '../support/subscription-logs.js';

/** A reading under way: the letters delivered so far, its outcome, and the way to leave it. */
interface Reading {
  readonly letters: string[];
  /** Resolves with `'end'` or with the error. */
  readonly outcome: Promise<unknown>;
  leave(): void;
}

type Begin = (stream: Stream<'json'>) => Reading;

const outcomeOf = (reading: Promise<void>): Promise<unknown> => reading.then(() => 'end', (error: unknown) => error);

const begun = (read: (deliver: (chunk: Chunk<'json'>) => void) => { readonly done: Promise<void>; readonly leave: () => void }): Reading => {
  const letters: string[] = [];
  const { done, leave } = read(({ data }) => letters.push(...data.map(String)));
  return { letters, outcome: outcomeOf(done), leave };
};

const readers: readonly (readonly [string, Begin])[] = [
  [
    'for await',
    (stream) =>
      begun((deliver) => {
        const iterator = stream[Symbol.asyncIterator]();
        const loop = async (): Promise<void> => {
          for await (const chunk of iterator) deliver(chunk);
        };
        return { done: loop(), leave: () => void iterator.return?.() };
      }),
  ],
  [
    'a cursor',
    (stream) =>
      begun((deliver) => {
        const cursor = stream.cursor();
        const loop = async (): Promise<void> => {
          // A read that failed may be repeated, so the cursor is its user's to close.
          using open = cursor;
          for (let result = await open.read(); result._tag !== 'end'; result = await open.read()) if (result._tag === 'chunk') deliver(result);
        };
        return { done: loop(), leave: () => cursor.close() };
      }),
  ],
  [
    'for await over a cursor',
    (stream) =>
      begun((deliver) => {
        const cursor = stream.cursor();
        const loop = async (): Promise<void> => {
          for await (const chunk of cursor) deliver(chunk);
        };
        return { done: loop(), leave: () => cursor.close() };
      }),
  ],
  [
    "RxJS' from",
    (stream) =>
      begun((deliver) => {
        let leave = (): void => undefined;
        const done = new Promise<void>((resolve, reject) => {
          const subscription = from(stream).subscribe({ next: deliver, error: reject, complete: resolve });
          leave = () => subscription.unsubscribe();
        });
        return { done, leave: () => leave() };
      }),
  ],
];

function nothingIsHeld({ core, database }: LiveStream): void {
  expect(core.readers.size).toBe(0);
  expect(core.budget.used).toBe(0);
  expect(held(database)).toEqual([]);
}

describe.each(readers)('%s', (_, begin) => {
  it('delivers what is published, and ends at the seal', async () => {
    const live = liveStream();
    const reading = begin(live.stream);
    live.add('a');
    await settled();
    live.add('b');
    live.seal();
    expect(await reading.outcome).toBe('end');
    expect(reading.letters).toEqual(['a', 'b']);
    nothingIsHeld(live);
  });

  it('delivers and ends at once where the stream is sealed already', async () => {
    const live = liveStream();
    live.add('a');
    live.seal();
    const reading = begin(live.stream);
    expect(await reading.outcome).toBe('end');
    expect(reading.letters).toEqual(['a']);
    nothingIsHeld(live);
  });

  it('ends without a point for a stream that is sealed empty', async () => {
    const live = liveStream();
    const reading = begin(live.stream);
    await settled();
    live.seal();
    expect(await reading.outcome).toBe('end');
    expect(reading.letters).toEqual([]);
    nothingIsHeld(live);
  });

  it('requests a stream that is never written once, and holds nothing once it is left', async () => {
    const live = liveStream();
    const reading = begin(live.stream);
    await settled();
    expect(live.memory.calls.read).toBe(1);
    expect(live.core.readers.size).toBe(1);
    reading.leave();
    await settled();
    expect(reading.letters).toEqual([]);
    nothingIsHeld(live);
  });

  it.each(['a', ''])('errors with ScanNotFound when the scan is deleted: %p', async (letters) => {
    const live = liveStream();
    const reading = begin(live.stream);
    live.add(letters);
    await settled();
    live.scan.delete();
    expect(await reading.outcome).toEqual(blissdataError('ScanNotFound', { key: live.scan.key }));
    expect(reading.letters.join('')).toBe(letters);
    nothingIsHeld(live);
    live.server.flush(); // ends the timers of what has yet to expire
  });

  it('errors with StreamDeleted when the stream alone is deleted', async () => {
    const live = liveStream();
    const reading = begin(live.stream);
    live.add('a');
    await settled();
    live.server.delete(live.key);
    expect(await reading.outcome).toEqual(blissdataError('StreamDeleted', { key: live.key, stream: 'diode' }));
    expect(reading.letters).toEqual(['a']);
    nothingIsHeld(live);
  });

  it('errors with StreamRewound when the stream begins anew', async () => {
    const live = liveStream();
    const reading = begin(live.stream);
    live.add('abc');
    await settled();
    live.server.delete(live.key);
    live.server.putEntry(live.key, { index: 0, len: 1, payload: bytesOf('"z"') });
    expect(await reading.outcome).toEqual(blissdataError('StreamRewound', { key: live.key, stream: 'diode', expected: 3, found: 1 }));
    expect(reading.letters).toEqual(['a', 'b', 'c']);
    nothingIsHeld(live);
  });

  it('errors with InvalidEntry at an entry that cannot be decoded', async () => {
    const live = liveStream();
    const reading = begin(live.stream);
    live.add('a');
    await settled();
    live.scan.append('diode', '{');
    expect(await reading.outcome).toMatchObject({ _tag: 'InvalidEntry', index: 1 });
    expect(reading.letters).toEqual(['a']);
    nothingIsHeld(live);
  });

  it('errors with what a read errors with', async () => {
    const live = liveStream();
    const error = blissdataError('Disconnected', { url: 'memory:', reason: 'test' });
    const reading = begin(live.stream);
    live.add('a');
    await settled();
    live.memory.failNext('read', error);
    live.add('b');
    expect(await reading.outcome).toBe(error);
    expect(reading.letters).toEqual(['a']);
    nothingIsHeld(live);
  });

  it('errors with StoreClosed when the store closes', async () => {
    const live = liveStream();
    const reading = begin(live.stream);
    live.add('a');
    await settled();
    live.closeStore();
    expect(await reading.outcome).toEqual(blissdataError('StoreClosed', {}));
    expect(reading.letters).toEqual(['a']);
    nothingIsHeld(live);
  });

  it('requests nothing more once it is left', async () => {
    const live = liveStream();
    const reading = begin(live.stream);
    live.add('a');
    await settled();
    reading.leave();
    const { read } = live.memory.calls;
    live.add('b');
    await settled();
    expect(live.memory.calls.read).toBe(read);
    expect(reading.letters).toEqual(['a']);
    nothingIsHeld(live);
  });
});
