/** Chunks to feed operators with, and what they hold as plain arrays. */
import { isNdArrayData } from '../../lib/model/chunk-data.js';
import { ndArray } from '../../lib/model/nd-array.js';
import type { Chunk } from '../../lib/model/stream-type.js';

/** A chunk of float64 from an index on, its points after the expired ones. */
export const floats = (index: number, values: readonly number[], expired = 0): Chunk<'float64'> => ({
  index,
  expired,
  data: ndArray('float64', [values.length], Float64Array.from(values)),
});

/** A chunk of JSON points, one a letter. */
export const texts = (index: number, letters: string, expired = 0): Chunk<'json'> => ({ index, expired, data: Array.from(letters) });

/** The values of a chunk's data in one array. */
export const valuesOf = ({ data }: Chunk): readonly unknown[] => (isNdArrayData(data) ? Array.from<unknown>(data.data) : data);

/** Values as consecutive chunks of these sizes from index 0 on, what is left in a last one. */
export function chunked(values: readonly number[], sizes: readonly number[]): readonly Chunk<'float64'>[] {
  const chunks: Chunk<'float64'>[] = [];
  let at = 0;
  for (const size of [...sizes, values.length]) {
    chunks.push(floats(at, values.slice(at, at + size)));
    at = Math.min(at + size, values.length);
  }
  return chunks;
}
