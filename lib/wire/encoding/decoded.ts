/** What decoding the entries of a Block gives: points, and perhaps the entry that ended them. */
import type { BlissdataErrorOf } from '../../model/errors.js';
import type { AnyChunkData } from '../../model/stream-type.js';

/** The points of a block's entries, up to the first that is not what the encoding says. */
export interface Decoded<Data = AnyChunkData> {
  readonly data: Data;
  /** How many points `data` holds. */
  readonly count: number;
  /** `null` if all entries are good; otherwise what is wrong with the entry after the last point of `data`. */
  readonly bad: BlissdataErrorOf<'InvalidEntry'> | null;
}
