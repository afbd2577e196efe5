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
