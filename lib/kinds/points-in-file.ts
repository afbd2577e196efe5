/** Points as a file holds them: what a user's own reader of files answers is looked at before it is taken for them. */
import { map, of, switchMap, throwError, type Observable } from 'rxjs';
import { pointCount } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { ChunkData, StreamType } from '../model/stream-type.js';
import type { ArrayFiles, ArrayPlace } from '../ports/files.js';
import type { EncodingOf, Where } from '../wire/encoding/encoding.js';
import { areRows, firstAnswer, wanted } from './answered.js';
import { rowsOf } from './rows.js';

/** Where in the file to begin, and how many points to read at the most. */
export interface Rows {
  readonly start: number;
  readonly count: number;
}

/**
 * Emits once: at least one point, which is that at `index` of the stream. `NotInFile` if the file has none of them, `PointsMismatch` if what it
 * has, or what its reader answers, is something else.
 */
export function pointsInFile<T extends StreamType>(
  encoding: EncodingOf<T>,
  files: ArrayFiles,
  place: ArrayPlace,
  { start, count }: Rows,
  { key, stream, index }: Where & { readonly index: number },
): Observable<ChunkData<T>> {
  const { file, dataset } = place;
  const found = { key, stream, index, origin: file };
  return firstAnswer(() => files.read(place, start, start + count), { ...found, expected: wanted(encoding) }, (array) => areRows(encoding, array)).pipe(
    map((array) => rowsOf<T>(encoding, array, count, found)),
    switchMap((data) => {
      if (pointCount(data) > 0) return of(data);
      return firstAnswer(() => files.length(place), { ...found, expected: 'a number of points' }, (length) => Number.isSafeInteger(length) && length >= 0).pipe(
        switchMap((length) => throwError(() => blissdataError('NotInFile', { key, stream, index, file, dataset, length }))),
      );
    }),
  );
}
