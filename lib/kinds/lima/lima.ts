/** Images of Lima detectors: a stream of status documents in Redis, the images in files and, for a while, on the detector's server. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { map, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Json } from '../../model/json.js';
import { consumeChunks, emitLastPoint } from '../../stream/consume.js';
import type { Point } from '../../model/stream-type.js';
import { problemsOf, received } from '../../wire/problems.js';
import { countedPoints } from '../counted/counted-points.js';
import type { DeclaredStream, StreamKind } from '../../stream/stream-kind.js';
import { ImageOrigin } from './image-origin.js';
import { requireReferences, type ImageReference } from './image-reference.js';
import { imageType, Integer, limaInfo } from './lima-info.js';
import { LimaFiles } from './lima-files.js';
import { LimaLive } from './lima-live.js';

/** How far an acquisition has got; -1 for not begun. */
export interface LimaStatus {
  readonly lastIndex: number;
  readonly lastIndexSaved: number;
}

export interface LimaImages {
  /** Whether the images are saved in files. */
  readonly saved: boolean;
  /** How far it has got: the present status, and every newer one as long as the subscriber keeps up. Completes at the seal. */
  readonly status$: Observable<LimaStatus>;
  /**
   * Where the images from `start` (0) up to but not including `stop` (what there is now) lie, whether or not the files are complete. Emits
   * once; `IndexNoMoreThere` if images are not saved, `ScanValidation` if the path of the files makes no sense, `InvalidArgument` for more
   * than 1,000,000 at once.
   */
  references(start?: number, stop?: number): Observable<readonly ImageReference[]>;
}

/**
 * Streams with `plugin: 'lima'`, or JSON ones of older publishers with `format: 'lima_v1'`. Their points are the images, of `info.dtype` and
 * `info.shape`.
 *
 * An image comes from a file once that is complete, that is, a later one has begun or the stream is sealed; before that from the server, as
 * long as it has the image; and where it has it no more, all reading waits for the file, `at` and `slice` too. That takes the store's options `files` and `images`;
 * without one of them, and for images that are lost, `IndexNoMoreThere` says what was tried. Negative indices count from the end of a sealed
 * stream, as those of all streams do (Python's -1 is the newest image of the server, which here is `latest$`).
 *
 * @example
 * const images = await firstValueFrom(scan.stream('frelon', 'uint16[]'));
 * images.latest$.subscribe(({ index, value }) => show(index, value));
 * images.as(lima)?.references(0, 10).subscribe(console.log);
 */
export const lima: StreamKind<LimaImages> = {
  name: 'lima',
  id: Symbol.for('blissdata-rx.kind.lima'),
  recognises: ({ type, info }) => type === 'json' && info['format'] === 'lima_v1',
  open: (declared) => {
    const { core, source } = declared.readable;
    const type = imageType(declared);
    const info = limaInfo(declared);
    const where = { key: source.key, stream: source.name };
    const statusOf = (document: Json): LimaStatus => decodeStatus(declared, document);
    const files = info.saving === undefined ? undefined : new LimaFiles(info, info.saving, where, declared.files);
    const live = new LimaLive(info, core.database, declared.images);
    const points = countedPoints(declared, {
      entries: 'json',
      type,
      count: (newest) => statusOf(newest).lastIndex + 1,
      read: (first, stop, { newest, sealed }) => {
        const { lastIndex, lastIndexSaved } = statusOf(newest);
        const closed = files?.lastClosed(lastIndexSaved, sealed) ?? -1;
        const origin = new ImageOrigin(type.encoding, where);
        return origin.read({
          first,
          stop,
          closed,
          sealed,
          files: files?.places,
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
        status$: consumeChunks<'json', Point<'json'>>(core, declared.entries('json'), emitLastPoint, { policy: 'newest' }).pipe(map(({ value }) => statusOf(value))),
        references: (start = 0, stop) =>
          points.length().pipe(
            map((length) => {
              if (files === undefined) throw blissdataError('IndexNoMoreThere', { ...where, index: start, hint: 'images are not saved' });
              const end = Math.min(stop ?? length, length);
              requireReferences(start, end);
              return files.references(start, end);
            }),
          ),
      },
    };
  },
};

const Status = t.intersection([t.type({ last_index: Integer }), t.partial({ last_index_saved: Integer })]);

function decodeStatus({ name, key }: DeclaredStream, document: Json): LimaStatus {
  const status = Status.decode(document);
  if (E.isRight(status)) return { lastIndex: status.right.last_index, lastIndexSaved: status.right.last_index_saved ?? -1 };
  throw blissdataError('InvalidEntry', { key, stream: name, index: 0, expected: `a status of Lima (${problemsOf(status.left).join('; ')})`, received: received(document) });
}
