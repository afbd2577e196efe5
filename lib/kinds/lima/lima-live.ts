/** The images that a Lima server still has of a stream. */
import { concatMap, defer, map, of, type Observable } from 'rxjs';
import type { NdArray } from '../../model/nd-array.js';
import type { Database } from '../../ports/database.js';
import type { LiveImages } from '../../ports/live-images.js';
import { placeOfFrame } from './frame-layout.js';
import type { LimaInfo } from './lima-info.js';

export class LimaLive {
  /** Why an image cannot be had, if so. */
  readonly whyNot: string;

  constructor(
    private readonly info: LimaInfo,
    private readonly database: Pick<Database, 'text'>,
    private readonly source: LiveImages | undefined,
  ) {
    this.whyNot = source === undefined ? 'the store has no `images`' : `${info.serverUrl} does not have it any more`;
  }

  /** Reads images, where the newest there is has this index; undefined where the store has nothing to read them with. */
  images(lastIndex: number): ((first: number, stop: number) => Observable<NdArray | null>) | undefined {
    const { source } = this;
    return source && ((first, stop) => (lastIndex - first < this.info.bufferFrames ? this.read(source, first, stop) : of(null)));
  }

  /**
   * That the server was still at the stream's acquisition is known only if it was so before and after the image was read: one cannot ask for
   * both at once.
   */
  private read(source: LiveImages, first: number, stop: number): Observable<NdArray | null> {
    const { framesPerAcquisition, acquisitionOffset, serverUrl } = this.info;
    const { acquisition, frameInAcquisition } = placeOfFrame({ framesPerAcquisition, framesPerFile: 0 }, first);
    const left = framesPerAcquisition > 0 ? framesPerAcquisition - frameInAcquisition : Infinity;
    const isThere$ = this.database.text(serverUrl).pipe(map((present) => present !== null && Number(present) === acquisition + acquisitionOffset));
    const images$ = defer(() => source.read({ _tag: 'lima', url: serverUrl }, frameInAcquisition, frameInAcquisition + Math.min(stop - first, left)));
    return isThere$.pipe(
      concatMap((isThere) => (isThere ? images$ : of(null))),
      concatMap((images) => (images === null ? of(null) : isThere$.pipe(map((isThere) => (isThere ? images : null))))),
    );
  }
}
