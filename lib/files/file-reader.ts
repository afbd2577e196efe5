/** What `hdf5Files` needs of each format. */
import { blissdataError } from '../model/errors.js';
import type { NdArray } from '../model/nd-array.js';
import type { ArrayPlace } from '../ports/files.js';

/** To be waited for between the pieces of long work; rejects when the work is no longer wanted. */
export type Turn = () => Promise<void>;

export interface FileReader {
  length(place: ArrayPlace, turn: Turn): Promise<number>;
  /** `start` and `stop` are indices from 0 on, in order. */
  read(place: ArrayPlace, start: number, stop: number, turn: Turn): Promise<NdArray>;
}

/** The most bytes one read gives: more than that is to be read in parts. */
const MOST_BYTES = 2 ** 31;

/** How many bytes are read before other work gets its turn, if not a single point or chunk has more. */
export const PIECE_BYTES = 4 * 2 ** 20;

export function checkBytes(bytes: number): void {
  if (bytes > MOST_BYTES) throw blissdataError('InvalidArgument', { argument: 'range', expected: `at most ${MOST_BYTES} bytes in one read`, received: `${bytes} bytes` });
}
