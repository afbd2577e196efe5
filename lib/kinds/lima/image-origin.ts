/** Takes images from a file once it is complete, otherwise from the detector's server, and says what was tried. */
import { defer, of, switchMap, throwError, type Observable } from 'rxjs';
import { pointCount } from '../../model/chunk-data.js';
import { blissdataError } from '../../model/errors.js';
import type { NdArray } from '../../model/nd-array.js';
import type { ChunkData, StreamType } from '../../model/stream-type.js';
import type { ArrayFiles, ArrayPlace } from '../../ports/files.js';
import type { EncodingOf, Where } from '../../wire/encoding/encoding.js';
import { areRows, firstAnswer, wanted } from '../answered.js';
import { pointsInFile } from '../points-in-file.js';
import { rowsOf } from '../rows.js';

/** Frames that lie one after another in one file. */
export interface FileRange {
  readonly files: ArrayFiles;
  readonly place: ArrayPlace;
  readonly start: number;
  readonly count: number;
}

/** What is wanted, and where it may be had. */
export interface Wanted {
  readonly first: number;
  readonly stop: number;
  /** The last frame in a file that is complete. */
  readonly closed: number;
  readonly sealed: boolean;
  /** Where in a file the first so many frames are; undefined where files cannot be read. */
  readonly files: ((first: number, stop: number) => FileRange) | undefined;
  readonly whyNoFiles: string;
  /** `null` where the server has not got the first of them. */
  readonly live: ((first: number, stop: number) => Observable<NdArray | null>) | undefined;
  readonly whyNotLive: string;
}

export class ImageOrigin<T extends StreamType> {
  constructor(
    private readonly encoding: EncodingOf<T>,
    private readonly where: Where,
  ) {}

  /** Emits once; `null` for what will be in a file. Errors with `IndexNoMoreThere` for what is lost, `NotInFile` for what should be in its file. */
  read({ first, stop, closed, sealed, files, whyNoFiles, live, whyNotLive }: Wanted): Observable<ChunkData<T> | null> {
    return defer(() => {
      if (files !== undefined && first <= closed) return this.fromFile(first, files(first, Math.min(stop, closed + 1)));
      const live$ = live === undefined ? of(null) : this.fromDetector(first, stop - first, () => live(first, stop));
      return live$.pipe(
        switchMap((images) => {
          if (images !== null) return of(rowsOf(this.encoding, images, stop - first, { ...this.where, index: first, origin: 'the detector' }));
          if (files !== undefined && !sealed) return of(null);
          const why = files === undefined ? whyNoFiles : 'it was never saved';
          return throwError(() => blissdataError('IndexNoMoreThere', { ...this.where, index: first, hint: `in no file: ${why}; nor live: ${whyNotLive}` }));
        }),
      );
    });
  }

  /** What a user's own code answers. */
  private fromDetector(index: number, most: number, ask: () => Observable<NdArray | null>): Observable<NdArray | null> {
    const asked = { ...this.where, index, origin: 'the detector', expected: `1 to ${most} ${wanted(this.encoding)}` };
    return firstAnswer(ask, asked, (images) => images === null || (areRows(this.encoding, images) && pointCount(images) >= 1 && pointCount(images) <= most));
  }

  private fromFile(index: number, { files, place, start, count }: FileRange): Observable<ChunkData<T>> {
    return pointsInFile(this.encoding, files, place, { start, count }, { ...this.where, index });
  }
}
