/** Reads numbers from HDF5 and EDF files on Node: read-only, and only under the folders that the user allows. */
import { asyncScheduler, firstValueFrom, Observable, type SchedulerLike } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { requireIndex } from '../model/integer-arguments.js';
import { after } from '../model/time.js';
import type { ArrayFiles, ArrayPlace } from '../ports/files.js';
import { AllowedPaths } from './allowed-paths.js';
import { edfReader } from './edf/edf-reader.js';
import { hdf5Reader } from './hdf5/hdf5-reader.js';
import { optionalPackages, type OptionalPackages } from './hdf5/library/hdf5-library.js';
import type { FileReader, Pause } from './file-reader.js';

export interface Hdf5FilesOptions {
  /** The folders whose files may be read, with all folders below them. A relative path counts from the working directory. */
  readonly root: string | readonly string[];
  /** Schedules the pauses of a long read, in which other work runs. Default: RxJS' `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Reads the files that hold the points which Redis no longer has, and the images of Lima detectors: HDF5 with its usual compressions, and EDF,
 * gzipped or not.
 *
 * Files are opened for reading only, one read at a time, and only if they lie under `root`: neither `..`, nor symbolic links, nor links from
 * one HDF5 file into another lead out of it. They may be written at the same time: every read opens them again. Links and virtual datasets
 * are followed through any number of files; names count from the folder of the file that holds them. A virtual dataset with missing sources
 * is an error, where HDF5 would read fill values. Linux and macOS only.
 *
 * The numbers are those that h5py reads, or there is an error: integers and floats of any size and byte order, bit fields, enumerations,
 * h5py's booleans and complex numbers (complex half floats as `complex64`). Tables, texts, references, arrays as values, values of variable
 * length, scalars, and virtual datasets with lossy conversions are `UnsupportedFile`.
 *
 * HDF5 needs the optional packages `h5wasm` and, for compressions other than gzip, `h5wasm-plugins`: `npm install h5wasm@0.8 h5wasm-plugins`.
 *
 * Both methods emit once and complete. They error with
 * - `PathNotAllowed`: the file, or one that it links to, is not under `root`;
 * - `FileNotReadable` (retriable): the file or dataset does not exist (yet), or is not complete;
 * - `UnsupportedFile`: not HDF5 or EDF, or a type, compression or version of the format that cannot be read;
 * - `MissingPackage`: `h5wasm` or `h5wasm-plugins` is not installed.
 *
 * @example
 * const files = hdf5Files({ root: '/data/visitor' });
 * const place = { format: 'hdf5', file: '/data/visitor/ma1234/scan0001.h5', dataset: '/1.1/measurement/diode' } as const;
 * const first100 = await firstValueFrom(files.read(place, 0, 100)); // { dtype: 'float64', shape: [100], data: Float64Array }
 */
export const hdf5Files = (options: Hdf5FilesOptions): ArrayFiles => hdf5FilesWith(optionalPackages, options);

/** The same with other packages than the installed ones. */
export function hdf5FilesWith(packages: OptionalPackages, { root, scheduler = asyncScheduler }: Hdf5FilesOptions): ArrayFiles {
  const roots = typeof root === 'string' ? [root] : root;
  if (roots.length === 0 || roots.includes('')) {
    throw blissdataError('InvalidArgument', { argument: 'root', expected: 'at least one folder', received: roots.length === 0 ? 'none' : 'an empty path' });
  }
  const allowed = new AllowedPaths(roots);
  const readers: { readonly [Format in ArrayPlace['format']]: FileReader } = { hdf5: hdf5Reader(packages, allowed), edf: edfReader(allowed) };
  return {
    length: (place) => withPauses(scheduler, (pause) => readers[place.format].length(place, pause)),
    read: (place, start, stop) =>
      withPauses(scheduler, (pause) => {
        requireIndex('start', start);
        requireIndex('stop', stop);
        return readers[place.format].read(place, start, Math.max(start, stop), pause);
      }),
  };
}

/** Runs work that pauses now and then: cold, and stopped at its next pause once it is unsubscribed from. */
function withPauses<T>(scheduler: SchedulerLike, work: (pause: Pause) => Promise<T>): Observable<T> {
  return new Observable((subscriber) => {
    const pause = async (): Promise<void> => {
      await firstValueFrom(after(0, scheduler));
      if (subscriber.closed) throw new Error('The read was cancelled'); // ends the work, so that it closes its files
    };
    const run = async (): Promise<T> => work(pause); // so that a synchronous throw is a rejection, too
    run().then(
      (value) => {
        subscriber.next(value);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
  });
}
