/**
 * Random stories of one stream: it is written, read in every way, and everything happens to its server and to the connections that can.
 * However that goes, no point is lost or comes twice without a word, every error is one that what happened explains, nothing hangs,
 * and nothing is left behind.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { complaintsOfReader } from './reader-rules.js';
import { stories, type Weights } from './step.js';
import { tell } from './world.js';
import { complaintsOfWriter } from './writer-rules.js';

const tested = async (weights: Weights, numRuns: number, errors: 'errors' | 'no errors' = 'errors'): Promise<void> => {
  await fc.assert(
    fc.asyncProperty(stories(weights), async (story) => {
      const { history, left, unsettled } = await tell(story);
      expect({
        unsettled,
        left,
        writer: complaintsOfWriter(history),
        readers: history.readers.flatMap((reader, i) => complaintsOfReader(reader, history).map((complaint) => `${i} (${reader.reading}) ${complaint}`)),
      }).toEqual({ unsettled: [], left: { ports: [], scheduled: 0 }, writer: [], readers: [] });
      if (errors === 'errors') return;
      expect([history.writer.end?.error, ...history.readers.map(({ end }) => end?.error)].filter((error) => error !== undefined)).toEqual([]);
    }),
    { numRuns },
  );
};

/** What goes wrong and passes. */
const passing: Weights = { cut: 3, cutDuring: 4, restart: 1, pause: 1, outOfMemory: 1 };

describe('a stream that is written and read', () => {
  it('gets from one to the other', () => tested({ seal: 1 }, 100, 'no errors'));

  it('gets from one to the other whatever goes wrong and passes', () => tested({ ...passing, seal: 1 }, 400, 'no errors'));

  it('may be trimmed before a slow reader gets there, which is reported', () => tested({ ...passing, trim: 3, seal: 1 }, 200));

  it('may come back with less, or with other points, which is reported to all that had more', () => tested({ ...passing, save: 2, restore: 3, secondWriter: 2, seal: 1 }, 300));

  it('may be written to by another writer, which is reported to its writer, and to its readers where entries overlap', () => tested({ ...passing, secondWriter: 4, seal: 1 }, 300));

  it('may be deleted, with its scan or with everything, which is reported to all', () => tested({ ...passing, deleteScan: 1, deleteKey: 1, flushAll: 1, seal: 1 }, 200));

  // But for the deletion of the stream alone: one that is begun anew at once, with as many entries, looks like the one before.
  it('may meet all of that', () => tested({ ...passing, trim: 2, save: 1, restore: 1, secondWriter: 1, deleteScan: 1, flushAll: 1, seal: 1 }, 300));
});
