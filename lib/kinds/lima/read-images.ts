/** Reads images from their file once it is complete, before that from the detector's server; errors say what was tried. */
import { defer, of, switchMap, throwError, type Observable } from 'rxjs';
import { pointCount } from '../../model/chunk-data.js';
import { blissdataError } from '../../model/errors.js';
import type { NdArray } from '../../model/nd-array.js';
import type { ChunkData, StreamType } from '../../model/stream-type.js';
import type { EncodingOf, Where } from '../../wire/encoding/encoding.js';
import { readFilePoints, type FileRange } from '../file-points.js';
import { chunkDataOf, describePoints, firstValid, isArrayOfPoints } from '../foreign-points.js';

/** Which images to read, and the places that may have them. */
export interface ImageRequest {
  readonly first: number;
  readonly stop: number;
  readonly sealed: boolean;
  /** The last image in a complete file; -1 if there is none. */
  readonly lastInFile: number;
  /** The run of images in one file that begins with the first of these; undefined if the store cannot read the files. */
  readonly files: ((first: number, stop: number) => FileRange) | undefined;
  readonly whyNoFiles: string;
  /** Emits `null` if the server does not have the first of them; undefined if the store cannot read from the server. */
  readonly live: ((first: number, stop: number) => Observable<NdArray | null>) | undefined;
  readonly whyNotLive: string;
}

/**
 * Emits once: images, or `null` for an image that a file will have. Errors with `IndexNoMoreThere` for one that is lost, with `NotInFile` for one
 * that is missing in a file that should be complete.
 */
export function readImages<T extends StreamType>(encoding: EncodingOf<T>, where: Where, request: ImageRequest): Observable<ChunkData<T> | null> {
  const { first, stop, sealed, lastInFile, files, whyNoFiles, live, whyNotLive } = request;
  return defer(() => {
    if (files !== undefined && first <= lastInFile) return readFilePoints(encoding, files(first, Math.min(stop, lastInFile + 1)), { ...where, index: first });
    const most = stop - first;
    const live$ = live === undefined ? of(null) : validImages(encoding, { ...where, index: first }, most, () => live(first, stop));
    return live$.pipe(
      switchMap((images) => {
        if (images !== null) return of(chunkDataOf(encoding, images, most));
        if (files !== undefined && !sealed) return of(null);
        const why = files === undefined ? whyNoFiles : 'it was never saved';
        return throwError(() => blissdataError('IndexNoMoreThere', { ...where, index: first, hint: `not in a file: ${why}; not live: ${whyNotLive}` }));
      }),
    );
  });
}

function validImages(encoding: EncodingOf<StreamType>, where: Where & { readonly index: number }, most: number, read: () => Observable<NdArray | null>): Observable<NdArray | null> {
  const call = { ...where, origin: 'the detector', expected: `1 to ${most} ${describePoints(encoding)}` };
  return firstValid(read, call, (images) => images === null || (isArrayOfPoints(encoding, images) && pointCount(images) >= 1 && pointCount(images) <= most));
}
