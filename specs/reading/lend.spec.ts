/** Chunks that are only lent: good until the consumer is done with them. The database in memory overwrites what it gets back, so that it shows. */
import { describe, expect, it } from '@jest/globals';
import { lastValueFrom, Subject, toArray } from 'rxjs';
import type { PacedChunk } from '../../lib/model/stream-type.js';
import { bytesOf } from '../contract/samples.js';
import { liveStream, settled, type LiveStream } from '../support/live-stream.js';

/** An entry of 600 kB for each letter, of which a read takes one; the stream is sealed. */
function published(letters: string): LiveStream {
  const live = liveStream({ entryBytes: 600_000 });
  letters.split('').forEach((letter, i) => live.server.putEntry(live.key, { index: 600_000 * i, len: 600_000, payload: bytesOf(letter.repeat(600_000)) }));
  live.seal();
  return live;
}

const letterOf = ({ data }: PacedChunk<'uint8'>): string => {
  const [first = 0] = data.data;
  return data.data.every((byte) => byte === first) ? (first === 0xff ? 'overwritten' : String.fromCharCode(first)) : 'mixed';
};

describe('a lent chunk', () => {
  it('is good while it is worked on, and overwritten once the work is done', async () => {
    const kept: PacedChunk<'uint8'>[] = [];
    const consumed$ = published('abc').bytes.consume(
      async (chunk) => {
        kept.push(chunk);
        await settled();
        return letterOf(chunk);
      },
      { lend: true },
    );
    expect(await lastValueFrom(consumed$.pipe(toArray()))).toEqual(['a', 'b', 'c']);
    expect(kept.map(letterOf)).toEqual(['overwritten', 'overwritten', 'overwritten']);
  });

  it('is good as long as its own work goes on, whatever becomes of others at the same time', async () => {
    const begun: { readonly chunk: PacedChunk<'uint8'>; readonly work: Subject<never> }[] = [];
    published('abc')
      .bytes.consume(
        (chunk) => {
          const work = new Subject<never>();
          begun.push({ chunk, work });
          return work;
        },
        { lend: true, concurrency: 2 },
      )
      .subscribe();
    await settled();
    begun[1]?.work.complete();
    await settled();
    expect(begun.map(({ chunk }) => letterOf(chunk))).toEqual(['a', 'overwritten', 'c']);
  });

  it('of a cursor is good until the next one is read, in parts as well', async () => {
    using cursor = published('abc').bytes.cursor({ lend: true });
    const read = async (count?: number): Promise<PacedChunk<'uint8'>> => {
      const chunk = await cursor.read(count === undefined ? {} : { count });
      if (chunk._tag !== 'chunk') throw new Error(chunk._tag);
      return chunk;
    };
    const part = await read(1000);
    const rest = await read();
    expect([part, rest].map(letterOf)).toEqual(['a', 'a']);
    const next = await read();
    expect([part, rest, next].map(letterOf)).toEqual(['overwritten', 'overwritten', 'b']);
  });

  it('is an option: without it chunks have memory of their own', async () => {
    const { bytes } = published('ab');
    const chunks = await lastValueFrom(bytes.consume((chunk) => [chunk]).pipe(toArray()));
    expect(chunks.map(letterOf)).toEqual(['a', 'b']);
    const looped: PacedChunk<'uint8'>[] = [];
    for await (const chunk of bytes.cursor()) looped.push(chunk);
    expect(looped.map(letterOf)).toEqual(['a', 'b']);
  });
});
