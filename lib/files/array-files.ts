/** Numbers in HDF5 and EDF files, for Node: read-only, and only under the folders that the user allows. */
import { asyncScheduler, firstValueFrom, Observable, type SchedulerLike } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { after } from '../model/time.js';
import type { ArrayFiles, ArrayPlace } from '../ports/files.js';
import { AllowedPaths } from './allowed-paths.js';
import { edfReader } from './edf/edf-reader.js';
import { hdf5Reader } from './hdf5/hdf5-reader.js';
import { optionalPackages, type OptionalPackages } from './hdf5/library.js';
import type { FileReader, Turn } from './file-reader.js';

export interface Hdf5FilesOptions {
  /** The folders under which files may be read, with all that is below them. A relative one is taken from the working directory. */
  readonly root: string | readonly string[];
  /** Drives the pauses between the pieces of a long read, in which other work gets its turn. Default: RxJS' `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Reads the files in which streams go on when Redis has let go of their points, and the images of Lima detectors: HDF5 with its
 * usual compressions, and EDF, gzipped or not.
 *
 * Files are opened for reading only, one read at a time, and only if they really lie under `root`: neither `..`, nor symbolic links,
 * nor links from one HDF5 file into another lead out of it. They may be written to at the same time; every read looks anew.
 * Links and virtual datasets are followed through any number of files, each name counted from the folder of the file that holds
 * it. A virtual dataset whose sources are not all there cannot be read, where HDF5 would show fill values. Linux and macOS only.
 *
 * The numbers are those that h5py gives, or there is an error: integers and floats of any bits and order, bit fields,
 * enumerations, h5py's booleans and complex numbers (those of halves as `complex64`). Tables, texts, references, arrays as values,
 * values of variable length, scalars, and virtual datasets that turn numbers into others that do not fit are `UnsupportedFile`.
 *
 * HDF5 needs the packages `h5wasm` and, for other compressions than gzip, `h5wasm-plugins`, which are optional: `npm install h5wasm@0.8 h5wasm-plugins`.
 *
 * Both methods emit once and complete. They error with
 * - `PathNotAllowed`: the file, or one that it links to, is not under `root`;
 * - `FileNotReadable` (retriable): there is no such file or dataset (yet), or it is not complete;
 * - `UnsupportedFile`: it is something else, or has a type, a compression or a version of the format that cannot be read;
 * - `MissingPackage`: `h5wasm` or `h5wasm-plugins` is not installed.
 *
 * @example
 * const files = hdf5Files({ root: '/data/visitor' });
 * const place = { format: 'hdf5', file: '/data/visitor/ma1234/scan0001.h5', dataset: '/1.1/measurement/diode' } as const;
 * const first100 = await firstValueFrom(files.read(place, 0, 100)); // { dtype: 'float64', shape: [100], data: Float64Array }
 */
export const hdf5Files = (options: Hdf5FilesOptions): ArrayFiles => hdf5FilesWith(optionalPackages, options);

/** The same with given packages in place of the installed ones. */
export function hdf5FilesWith(packages: OptionalPackages, { root, scheduler = asyncScheduler }: Hdf5FilesOptions): ArrayFiles {
  const roots = typeof root === 'string' ? [root] : root;
  if (roots.length === 0 || roots.includes('')) {
    throw blissdataError('InvalidArgument', { argument: 'root', expected: 'at least one folder', received: roots.length === 0 ? 'none' : 'an empty path' });
  }
  const allowed = new AllowedPaths(roots);
  const readers: { readonly [Format in ArrayPlace['format']]: FileReader } = { hdf5: hdf5Reader(packages, allowed), edf: edfReader(allowed) };
  return {
    length: (place) => inTurns(scheduler, (turn) => readers[place.format].length(place, turn)),
    read: (place, start, stop) =>
      inTurns(scheduler, (turn) => {
        checkBound('start', start);
        checkBound('stop', stop);
        return readers[place.format].read(place, start, Math.max(start, stop), turn);
      }),
  };
}

function checkBound(argument: string, bound: number): void {
  if (!Number.isSafeInteger(bound) || bound < 0) throw blissdataError('InvalidArgument', { argument, expected: 'an index from 0 on', received: String(bound) });
}

/** Work that takes its turns: cold, and stopped at its next turn when nobody waits for it any more. */
function inTurns<T>(scheduler: SchedulerLike, work: (turn: Turn) => Promise<T>): Observable<T> {
  return new Observable((subscriber) => {
    const turn = async (): Promise<void> => {
      await firstValueFrom(after(0, scheduler));
      if (subscriber.closed) throw new Error('Nobody waits for this any more'); // which nobody hears, but the files are closed
    };
    const begin = async (): Promise<T> => work(turn); // what the work throws at once is a rejection, too
    begin().then(
      (value) => {
        subscriber.next(value);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
  });
}
