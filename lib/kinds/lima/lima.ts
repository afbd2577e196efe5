/** Images of Lima detectors: status documents in Redis, the images in files and, for a while, on the detector's server. */
import type { Observable } from 'rxjs';
import type { Json } from '../../model/json.js';
import type { StreamDeclaration, StreamKind } from '../../stream/stream-kind.js';
import { members } from '../../wire/codecs.js';
import { countedPoints } from '../counted/counted-points.js';
import { decodeStatus, followStatus } from './detector-status.js';
import { references, type ImageReference } from './image-reference.js';
import { LimaFiles } from './lima-files.js';
import { imageType, Integer, limaInfo } from './lima-info.js';
import { LimaLive } from './lima-live.js';
import { readImages } from './read-images.js';

/** The progress of an acquisition; -1 if it has not begun. */
export interface LimaStatus {
  readonly lastIndex: number;
  readonly lastIndexSaved: number;
}

export interface LimaImages {
  /** Whether the images are saved in files. */
  readonly saved: boolean;
  /** The progress: the present status, then each newer one as far as the subscriber keeps up. Completes at the seal. */
  readonly status$: Observable<LimaStatus>;
  /**
   * The places in files of the images from `start` (0) up to but not including `stop` (the present end), whether or not the files are complete.
   * Emits once. Errors: `IndexNoMoreThere` if images are not saved, `ScanValidation` if the path of the files is invalid, `InvalidArgument` for
   * more than 1,000,000 at once.
   */
  references(start?: number, stop?: number): Observable<readonly ImageReference[]>;
}

/**
 * Streams with `plugin: 'lima'`, and the JSON streams of older publishers with `format: 'lima_v1'`. Their points are the images, of `info.dtype`
 * and `info.shape`.
 *
 * An image comes from its file once that is complete (a later file has begun, or the stream is sealed), before that from the server. Where the
 * server no longer has it, every read waits for the file, `at` and `slice` too. This takes the store's options `files` and `images`; without
 * them, and for images that are lost, `IndexNoMoreThere` says what was tried. Negative indices count from the end of a sealed stream, as those
 * of all streams do (Python's -1 is the newest image of the server, which is `latest$` here).
 *
 * @example
 * const images = await firstValueFrom(scan.stream('frelon', 'uint16[]'));
 * images.latest$.subscribe(({ index, value }) => show(index, value));
 * images.as(lima)?.references(0, 10).subscribe(console.log);
 */
export const lima: StreamKind<LimaImages> = {
  name: 'lima',
  id: Symbol.for('blissdata-rx.kind.lima'),
  recognises: isOldLima,
  open: (declared) => {
    const { core, source } = declared.readable;
    const type = imageType(declared);
    const info = limaInfo(declared);
    const where = { key: source.key, stream: source.name };
    const statusOf = (document: Json): LimaStatus => {
      const { last_index, last_index_saved = -1 } = decodeStatus(declared, Status, 'a status of Lima', document);
      return { lastIndex: last_index, lastIndexSaved: last_index_saved };
    };
    const files = info.saving === undefined ? undefined : new LimaFiles(info, info.saving, declared, declared.files);
    const live = new LimaLive(info, declared.scan.key, core.database, declared.images);
    const points = countedPoints(declared, {
      entries: 'json',
      type,
      count: (newest) => statusOf(newest).lastIndex + 1,
      read: (first, stop, { newest, sealed }) => {
        const { lastIndex, lastIndexSaved } = statusOf(newest);
        return readImages(type.encoding, where, {
          first,
          stop,
          sealed,
          lastInFile: files?.lastInCompleteFile(lastIndexSaved, sealed) ?? -1,
          files: files?.range,
          whyNoFiles: files === undefined ? 'images are not saved' : files.whyNot,
          live: live.images(lastIndex),
          whyNotLive: live.whyNot,
        });
      },
    });
    return {
      type,
      points,
      access: {
        saved: files !== undefined,
        status$: followStatus(declared, statusOf),
        references: (start, stop) => references(points, where, files && ((image) => files.reference(image)), start, stop),
      },
    };
  },
};

const Status = members('an object', { last_index: Integer }, { last_index_saved: Integer });

/** Whether a stream without a plugin is one of these. */
export function isOldLima({ type, info }: StreamDeclaration): boolean {
  return type === 'json' && info['format'] === 'lima_v1';
}
