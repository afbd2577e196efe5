/** Where an image lies in files. */
import { map, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import { requireIndex } from '../../model/integer-arguments.js';
import type { ArrayPlace } from '../../ports/files.js';
import type { StreamPoints } from '../../stream/stream-points.js';
import type { Where } from '../../wire/encoding/encoding.js';

/** The place of an image, for programs that open the files themselves. The file may not exist yet. */
export interface ImageReference extends Omit<ArrayPlace, 'format'> {
  /** The publisher's name for it: `hdf5`, `hdf5bs`, `edf`, `edflz4`, ... */
  readonly format: string;
  /** The index of the image within the file. */
  readonly index: number;
}

/** The number of images comes from an entry, and an invalid one must not fill the memory. */
const mostReferences = 1_000_000;

/** The references of a range of images, up to the present end. `referenceTo` is undefined if the images are not saved. */
export const references = (points: StreamPoints, where: Where, referenceTo: ((image: number) => ImageReference) | undefined, start = 0, stop?: number): Observable<readonly ImageReference[]> =>
  points.length().pipe(
    map((length) => {
      if (referenceTo === undefined) throw blissdataError('IndexNoMoreThere', { ...where, index: start, hint: 'images are not saved' });
      const end = Math.min(stop ?? length, length);
      requireRange(start, end);
      return Array.from({ length: Math.max(end - start, 0) }, (_, i) => referenceTo(start + i));
    }),
  );

function requireRange(start: number, stop: number): void {
  requireIndex('start', start);
  requireIndex('stop', stop);
  if (stop - start > mostReferences) throw blissdataError('InvalidArgument', { argument: 'stop', expected: `at most ${mostReferences} images at once`, received: `${stop - start}` });
}

/** The port's name for a publisher's file format; undefined if such files cannot be read. */
export function readableFormat(format: string): ArrayPlace['format'] | undefined {
  const name = format.toLowerCase();
  if (name.startsWith('hdf5')) return 'hdf5';
  return name.startsWith('edf') && name !== 'edfconcat' ? 'edf' : undefined;
}
