/** Points of a stream that lie in a file, read through the store's `files`, which may be a user's own code. */
import { map, of, switchMap, throwError, type Observable } from 'rxjs';
import { pointCount } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { ChunkData, StreamType } from '../model/stream-type.js';
import type { ArrayFiles, ArrayPlace } from '../ports/files.js';
import type { ReadableStream } from '../reading/reader/stream-source.js';
import type { EncodingOf, Where } from '../wire/encoding/encoding.js';
import { chunkDataOf, describePoints, firstValid, isArrayOfPoints } from './foreign-points.js';
import { pointsPerPiece } from './piece-size.js';

/** Points that lie one after another in one file. */
export interface FileRange {
  readonly files: ArrayFiles;
  readonly place: ArrayPlace;
  /** The place of the first one within the file. */
  readonly start: number;
  /** How many to read, at most. */
  readonly count: number;
}

/**
 * Reads points, at least one, of which the first is the one at `index` of the stream. Emits once. Errors with `NotInFile` if the file does not
 * have the first one, and with `PointsMismatch` if the file holds something else than the stream.
 */
export function readFilePoints<T extends StreamType>(
  encoding: EncodingOf<T>,
  { files, place, start, count }: FileRange,
  { key, stream, index }: Where & { readonly index: number },
): Observable<ChunkData<T>> {
  const { file, dataset } = place;
  const where = { key, stream, index, origin: file };
  return firstValid(() => files.read(place, start, start + count), { ...where, expected: describePoints(encoding) }, (array) => isArrayOfPoints(encoding, array)).pipe(
    map((array) => chunkDataOf<T>(encoding, array, count)),
    switchMap((data) => {
      if (pointCount(data) > 0) return of(data);
      return firstValid(() => files.length(place), { ...where, expected: 'a number of points' }, (length) => Number.isSafeInteger(length) && length >= 0).pipe(
        switchMap((length) => throwError(() => blissdataError('NotInFile', { key, stream, index, file, dataset, length }))),
      );
    }),
  );
}

/** A stream that is saved as a whole: index `i` of the stream is index `i` of one dataset. */
export class FilePoints<T extends StreamType> {
  constructor(
    readonly stream: ReadableStream<T>,
    private readonly files: ArrayFiles,
    private readonly place: ArrayPlace,
  ) {}

  get perPiece(): number {
    return pointsPerPiece(this.stream.codec.encoding, this.stream.core.budget.perRead);
  }

  /** Reads one piece: the points from `start` on, at least one and none from `stop` on. Errors as {@link readFilePoints} does. */
  piece(start: number, stop: number): Observable<ChunkData<T>> {
    const { source, codec } = this.stream;
    const { files, place } = this;
    return readFilePoints(codec.encoding, { files, place, start, count: Math.min(stop - start, this.perPiece) }, { key: source.key, stream: source.name, index: start });
  }
}
