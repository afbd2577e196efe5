/** Reads the images of a stream that its Lima server still has. */
import { concatMap, defer, map, of, type Observable } from 'rxjs';
import type { NdArray } from '../../model/nd-array.js';
import type { Database } from '../../ports/database.js';
import type { Key } from '../../ports/keys.js';
import type { LiveImages } from '../../ports/live-images.js';
import { placeOfFrame } from './frame-layout.js';
import type { LimaInfo } from './lima-info.js';

export class LimaLive {
  /** Why the server cannot deliver an image, for errors. */
  readonly whyNot: string;

  constructor(
    private readonly info: LimaInfo,
    private readonly scan: Key,
    private readonly database: Pick<Database, 'text'>,
    private readonly source: LiveImages | undefined,
  ) {
    this.whyNot = source === undefined ? 'the store has no `images`' : `${info.serverUrl} no longer has it`;
  }

  /** How to read images when the newest has this index; undefined if the store has no `images`. */
  images(lastIndex: number): ((first: number, stop: number) => Observable<NdArray | null>) | undefined {
    const { source } = this;
    return source && ((first, stop) => (lastIndex - first < this.info.bufferFrames ? this.read(source, first, stop) : of(null)));
  }

  /**
   * The server may begin another acquisition at any time, so the image counts only if the server was at the stream's acquisition both before
   * and after it was read.
   */
  private read(source: LiveImages, first: number, stop: number): Observable<NdArray | null> {
    const { framesPerAcquisition, acquisitionOffset, serverUrl } = this.info;
    const { acquisition, frameInAcquisition } = placeOfFrame({ framesPerAcquisition, framesPerFile: 0 }, first);
    const leftInAcquisition = framesPerAcquisition > 0 ? framesPerAcquisition - frameInAcquisition : Infinity;
    const isCurrent$ = this.database.text(serverUrl, this.scan).pipe(map((present) => present !== null && Number(present) === acquisition + acquisitionOffset));
    const images$ = defer(() => source.read({ _tag: 'lima', url: serverUrl }, frameInAcquisition, frameInAcquisition + Math.min(stop - first, leftInAcquisition)));
    return isCurrent$.pipe(
      concatMap((isCurrent) => (isCurrent ? images$ : of(null))),
      concatMap((images) => (images === null ? of(null) : isCurrent$.pipe(map((isCurrent) => (isCurrent ? images : null))))),
    );
  }
}
