/** What `hdf5Files` needs from each format, and the limits of one read. */
import { blissdataError } from '../model/errors.js';
import type { NdArray } from '../model/nd-array.js';
import type { ArrayPlace } from '../ports/files.js';

/** Awaited between the pieces of a long read, so that other work can run; rejects when the read was cancelled. */
export type Pause = () => Promise<void>;

export interface FileReader {
  length(place: ArrayPlace, pause: Pause): Promise<number>;
  /** `0 <= start <= stop` */
  read(place: ArrayPlace, start: number, stop: number, pause: Pause): Promise<NdArray>;
}

/** The most bytes of one read. */
const MOST_BYTES = 2 ** 31;

/** How many bytes are read between two pauses, if not a single point or chunk has more. */
export const PIECE_BYTES = 4 * 2 ** 20;

export function requireBytes(bytes: number): void {
  if (bytes > MOST_BYTES) throw blissdataError('InvalidArgument', { argument: 'range', expected: `at most ${MOST_BYTES} bytes in one read`, received: `${bytes} bytes` });
}
