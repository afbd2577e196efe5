/** Images of Lima2 detectors: the number of frames in Redis, the images in a master file and behind the conductor. */
import * as t from 'io-ts';
import type { Observable } from 'rxjs';
import type { ArrayPlace } from '../../ports/files.js';
import type { StreamDeclaration, StreamKind } from '../../stream/stream-kind.js';
import { exactly, members, orNull } from '../../wire/codecs.js';
import { guarded } from '../../wire/guarded.js';
import { countedPoints } from '../counted/counted-points.js';
import { references, type ImageReference } from './image-reference.js';
import { decoded, imageType } from './lima-info.js';
import { readImages } from './read-images.js';

export interface Lima2Images {
  /** Whether the images are saved in files. */
  readonly saved: boolean;
  /** As for {@link LimaImages}: places within the master file, which can be read once the stream is sealed. */
  references(start?: number, stop?: number): Observable<readonly ImageReference[]>;
}

const isPair = (u: unknown): u is readonly [string, string] => Array.isArray(u) && u.length === 2 && u.every(t.string.is);

const Info = members(
  'an object',
  { protocol_version: exactly(2), acq_uuid: t.string, source_name: t.string, conductor_hostname: t.string, conductor_port: t.number },
  { master_file: orNull(guarded('the names of a file and a dataset', isPair)) },
);

/**
 * Streams with `plugin: 'lima2'`. Their points are the images, of `info.dtype` and `info.shape`; `length()` is the newest number of frames.
 *
 * An image comes from the master file once the stream is sealed, before that through the store's `images`; where these do not have it,
 * readers wait for the file. `IndexNoMoreThere` says what was tried for an image that is lost or that this store cannot read.
 */
export const lima2: StreamKind<Lima2Images> = {
  name: 'lima2',
  id: Symbol.for('blissdata-rx.kind.lima2'),
  open: (declared) => {
    const { source } = declared.readable;
    const where = { key: source.key, stream: source.name };
    const type = imageType(declared);
    const { acq_uuid, source_name, conductor_hostname, conductor_port, master_file = null } = decoded(declared, '', Info, declared.info);
    const { files, images } = declared;
    const server = { _tag: 'lima2', conductorHostname: conductor_hostname, conductorPort: conductor_port, acquisition: acq_uuid, source: source_name } as const;
    const place = master_file === null ? undefined : placeIn(declared, master_file);
    const points = countedPoints(declared, {
      entries: 'uint32',
      type,
      count: (newest) => newest,
      read: (first, stop, { count, sealed }) =>
        readImages(type.encoding, where, {
          first,
          stop,
          sealed,
          lastInFile: sealed ? count - 1 : -1,
          files: place === undefined || files === undefined ? undefined : (start, end) => ({ files, place, start, count: end - start }),
          whyNoFiles: place === undefined ? 'images are not saved' : 'the store has no `files`',
          live: images && ((start, end) => images.read(server, start, end)),
          whyNotLive: images === undefined ? 'the store has no `images`' : `${conductor_hostname}:${conductor_port} no longer has it`,
        }),
    });
    const reference = place && ((index: number): ImageReference => ({ format: place.format, file: place.file, dataset: place.dataset, index }));
    return { type, points, access: { saved: place !== undefined, references: (start, stop) => references(points, where, reference, start, stop) } };
  },
};

/** Where the images are saved; undefined if they are not. Throws `ScanValidation`. */
export function masterFile(declared: StreamDeclaration): ArrayPlace | undefined {
  const { master_file = null } = decoded(declared, '', Info, declared.info);
  return master_file === null ? undefined : placeIn(declared, master_file);
}

const placeIn = ({ name, scan }: StreamDeclaration, [file, dataset]: readonly [string, string]): ArrayPlace => ({ format: 'hdf5', file, dataset, origin: { scan: scan.key, stream: name } });
