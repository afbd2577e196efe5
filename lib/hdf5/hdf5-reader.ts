/** Reading HDF5: each look opens the file, does its work and closes it at once, so that a file may grow, or be replaced, in between. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, isBlissdataError } from '../model/errors.js';
import type { NdArray } from '../model/nd-array.js';
import type { ArrayPlace } from '../ports/array-files.js';
import { numbersOf } from '../wire/encoding/number-bytes.js';
import type { AllowedPaths } from './allowed-paths.js';
import { describeDataset, readPoints, type Dataset } from './dataset.js';
import { checkBytes, PIECE_BYTES, type FileReader } from './file-reader.js';
import { pluginsFor } from './filters.js';
import { hasSignature } from './hdf5-signature.js';
import type { H5File } from './h5wasm.js';
import { libraryOf, type Library, type OptionalPackages } from './library.js';

export function hdf5Reader(packages: OptionalPackages, allowed: AllowedPaths): FileReader {
  const describe = async (place: ArrayPlace): Promise<{ readonly library: Library; readonly dataset: Dataset }> => {
    allowed.file(place.file); // says what is wrong before any package is looked for
    const library = await libraryOf(packages);
    return { library, dataset: look(library, allowed, place, (_, dataset) => dataset) };
  };
  return {
    length: async (place) => (await describe(place)).dataset.length,
    read: async (place, start, stop, turn) => {
      const { library, dataset } = await describe(place);
      const count = Math.max(0, Math.min(stop, dataset.length) - start);
      checkBytes(count * dataset.pointBytes);
      const bytes = new Uint8Array(count * dataset.pointBytes);
      if (bytes.length === 0) return arrayOf(dataset, count, bytes);
      await library.addPlugins(pluginsFor(place.file, dataset));
      let done = 0;
      while (done < count) {
        if (done > 0) await turn();
        const from = start + done;
        const some = Math.min(pieceFrom(from, dataset), count - done);
        const target = bytes.subarray(done * dataset.pointBytes, (done + some) * dataset.pointBytes);
        const got = look(library, allowed, place, (file, now) => readPiece(library, place, file, dataset, now, from, some, target));
        done += got;
        if (got < some) break; // it has become shorter
      }
      return arrayOf(dataset, done, bytes.subarray(0, done * dataset.pointBytes));
    },
  };
}

const arrayOf = ({ dtype, pointShape }: Dataset, count: number, bytes: Uint8Array): NdArray => ({ dtype, shape: [count, ...pointShape], data: numbersOf(dtype, '<', bytes) });

/** How many points to read at once from an index on: whole chunks, as a part of one costs as much as all of it. */
function pieceFrom(index: number, { pointBytes, pointsPerChunk }: Dataset): number {
  const chunks = Math.max(1, Math.floor(PIECE_BYTES / (pointBytes * pointsPerChunk)));
  return chunks * pointsPerChunk - (index % pointsPerChunk);
}

function readPiece({ module }: Library, place: ArrayPlace, file: H5File, before: Dataset, now: Dataset, start: number, count: number, target: Uint8Array): number {
  if (now.dtype !== before.dtype || now.pointShape.join() !== before.pointShape.join()) {
    throw blissdataError('FileNotReadable', { path: place.file, reason: `"${place.dataset}" was replaced by another dataset while it was being read` });
  }
  const some = Math.max(0, Math.min(count, now.length - start));
  if (some > 0 && !readPoints(module, file, place.dataset, now, start, some, target)) {
    throw blissdataError('FileNotReadable', { path: place.file, reason: `points ${start} to ${start + some - 1} of "${place.dataset}" could not be read` });
  }
  return some;
}

/** Opens the file, has something done with the dataset, and closes it. */
function look<T>(library: Library, allowed: AllowedPaths, place: ArrayPlace, work: (file: H5File, dataset: Dataset) => T): T {
  const { path, stats } = allowed.file(place.file);
  const seen = library.files.with(allowed, () => {
    const file = open(library, path);
    if (file === null) return null;
    try {
      const dataset = describeDataset(library.module, file, path, place.dataset);
      for (const source of dataset.sources) allowed.file(source); // where it is missing, HDF5 would show zeros
      return { dataset, value: work(file, dataset) };
    } finally {
      file.close();
    }
  });
  const why = reasonIn(seen.said);
  if (E.isRight(seen.value) && seen.value.right !== null) {
    if (seen.value.right.dataset.sources.length === 0 || seen.denied.length === 0) return seen.value.right.value;
  }
  const [denied] = seen.denied;
  if (denied !== undefined) throw blissdataError('PathNotAllowed', { path: denied, roots: allowed.roots });
  const cause = seen.said === '' ? undefined : new Error(seen.said);
  if (E.isRight(seen.value)) {
    if (stats.size > 0 && !hasSignature(path)) throw blissdataError('UnsupportedFile', { path: place.file, expected: 'an HDF5 file', received: 'something else' });
    throw blissdataError('FileNotReadable', { path: place.file, reason: stats.size === 0 ? 'it is empty' : why }, cause);
  }
  const error = seen.value.left;
  if (!isBlissdataError(error)) throw blissdataError('FileNotReadable', { path: place.file, reason: error.message }, error);
  if (error._tag === 'FileNotReadable' && error.cause === undefined && cause !== undefined) throw blissdataError('FileNotReadable', { path: error.path, reason: `${error.reason}: ${why}` }, cause);
  throw error;
}

/** A file that is being written for readers (SWMR) says so, and is refused in the ordinary mode. */
function open({ File }: Library, path: string): H5File | null {
  for (const mode of ['r', 'Sr'] as const) {
    const file = new File(path, mode);
    if (file.file_id >= 0n) return file;
  }
  return null;
}

/** The last and innermost line of what the library printed. */
function reasonIn(said: string): string {
  const [, message = 'the HDF5 library does not say why'] = /^.* in \w+\(\): (.*)$/.exec(said.split('\n').findLast((line) => /^ *#\d+: /.test(line)) ?? '') ?? [];
  return message;
}
