/** Reading HDF5: each look opens the file, does its work and closes it at once, so that a file may grow, or be replaced, in between. */
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import { blissdataError, isBlissdataError, isFileNotReadable } from '../model/errors.js';
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
  return {
    length: async (place) => look(await libraryOf(packages), allowed, place, (_, dataset) => dataset.length),
    read: async (place, start, stop, turn) => {
      const library = await libraryOf(packages);
      // Where the plugins are there already, the first look reads, too.
      const begun = look(library, allowed, place, (file, dataset) => {
        const reading = new Reading(library, place, dataset, start, stop);
        if (reading.isReady) reading.readPiece(file, dataset);
        return reading;
      });
      await library.addPlugins(begun.plugins);
      while (!begun.isDone) {
        await turn();
        look(library, allowed, place, (file, dataset) => begun.readPiece(file, dataset));
      }
      return begun.array();
    },
  };
}

/** What one read has got so far. */
class Reading {
  readonly plugins: readonly string[];
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly count: number;
  private done = 0;
  private ended = false;

  constructor(
    private readonly library: Library,
    private readonly place: ArrayPlace,
    private readonly dataset: Dataset,
    private readonly start: number,
    stop: number,
  ) {
    this.count = Math.max(0, Math.min(stop, dataset.length) - start);
    const size = this.count * dataset.pointBytes;
    checkBytes(size);
    this.bytes = new Uint8Array(size);
    this.plugins = size === 0 ? [] : pluginsFor(place.file, dataset);
  }

  get isReady(): boolean {
    return this.library.hasPlugins(this.plugins);
  }

  get isDone(): boolean {
    return this.ended || this.done >= this.count || this.bytes.length === 0;
  }

  array(): NdArray {
    const { dtype, pointShape, pointBytes } = this.dataset;
    const count = this.bytes.length === 0 ? this.count : this.done;
    return { dtype, shape: [count, ...pointShape], data: numbersOf(dtype, '<', this.bytes.subarray(0, count * pointBytes)) };
  }

  /** `now` is the dataset as it is now: it may have grown, or become shorter. */
  readPiece(file: H5File, now: Dataset): void {
    if (this.isDone) return;
    const { dtype, pointShape, pointBytes } = this.dataset;
    const { file: path, dataset: name } = this.place;
    const fail = (reason: string): Error => blissdataError('FileNotReadable', { path, reason });
    if (now.dtype !== dtype || now.pointShape.join() !== pointShape.join()) throw fail(`"${name}" was replaced by another dataset while it was being read`);
    const from = this.start + this.done;
    const wanted = Math.min(pieceFrom(from, now), this.count - this.done);
    const some = Math.max(0, Math.min(wanted, now.length - from));
    const target = this.bytes.subarray(this.done * pointBytes, (this.done + some) * pointBytes);
    if (some > 0 && !readPoints(this.library.module, file, name, now, from, some, target)) throw fail(`points ${from} to ${from + some - 1} of "${name}" could not be read`);
    this.done += some;
    this.ended = some < wanted;
  }
}

/** How many points to read at once from an index on: whole chunks, as a part of one costs as much as all of it. */
function pieceFrom(index: number, { pointBytes, pointsPerChunk }: Dataset): number {
  const chunks = Math.max(1, Math.floor(PIECE_BYTES / (pointBytes * pointsPerChunk)));
  return chunks * pointsPerChunk - (index % pointsPerChunk);
}

/** Opens the file, has something done with the dataset, and closes it. */
function look<T>(library: Library, allowed: AllowedPaths, place: ArrayPlace, work: (file: H5File, dataset: Dataset) => T): T {
  const { path, stats } = allowed.file(place.file);
  const seen = library.files.with(allowed, () => {
    const file = open(library, path);
    if (file === null) return O.none;
    try {
      const dataset = describeDataset(library.module, file, path, place.dataset);
      for (const source of dataset.sources) allowed.file(source); // where it is missing, HDF5 would show zeros
      return O.some(work(file, dataset));
    } finally {
      file.close();
    }
  });
  // Also where all went well: HDF5 would look for a file of that name elsewhere, or show zeros in its place.
  const [denied] = seen.denied;
  if (denied !== undefined) throw blissdataError('PathNotAllowed', { path: denied, roots: allowed.roots });
  if (E.isRight(seen.value) && O.isSome(seen.value.right)) return seen.value.right.value;
  const reports = seen.said.split('HDF5-DIAG:').slice(1);
  const cause = seen.said === '' ? undefined : new Error(seen.said);
  if (E.isRight(seen.value)) throw whyNotOpened(place.file, path, stats.size, reasonIn(reports[0]), cause);
  const error = seen.value.left;
  if (isFileNotReadable(error) && cause !== undefined) throw blissdataError('FileNotReadable', { path: error.path, reason: `${error.reason} (${reasonIn(reports.at(-1))})` }, cause);
  throw isBlissdataError(error) ? error : blissdataError('FileNotReadable', { path: place.file, reason: error.message }, error);
}

function whyNotOpened(file: string, path: string, size: number, reason: string, cause: unknown): Error {
  if (size === 0) return blissdataError('FileNotReadable', { path: file, reason: 'it is empty' });
  if (!hasSignature(path)) return blissdataError('UnsupportedFile', { path: file, expected: 'an HDF5 file', received: 'something else' });
  return blissdataError('FileNotReadable', { path: file, reason }, cause);
}

/** A file that is being written for readers (SWMR) says so, and is refused in the ordinary mode. */
function open({ File }: Library, path: string): H5File | null {
  for (const mode of ['r', 'Sr'] as const) {
    const file = new File(path, mode);
    if (file.file_id >= 0n) return file;
  }
  return null;
}

/** The innermost line of a report that the library printed. */
function reasonIn(report = ''): string {
  const line = report.split('\n').findLast((each) => /^ *#\d+: /.test(each)) ?? '';
  return /^.* in \w+\(\): (.*)$/.exec(line)?.[1] ?? 'the HDF5 library does not say why';
}
