/** Reads datasets of HDF5 files, in pieces. The files are closed between two pieces, so that they may grow or be replaced. */
import { itemSize } from '../../model/dtype.js';
import { blissdataError } from '../../model/errors.js';
import { elementCount, type NdArray } from '../../model/nd-array.js';
import type { ArrayPlace } from '../../ports/files.js';
import type { AllowedPaths } from '../allowed-paths.js';
import { PIECE_BYTES, requireBytes, type FileReader } from '../file-reader.js';
import { DatasetAccess, type OpenDataset } from './dataset-access.js';
import { readPoints, type Dataset } from './dataset.js';
import { pluginsFor } from './filters.js';
import { libraryOf, type Library, type OptionalPackages } from './library/hdf5-library.js';
import { reasonIn } from './link-resolver.js';

/** How many datasets are remembered. */
const MOST_DATASETS = 64;

export function hdf5Reader(packages: OptionalPackages, allowed: AllowedPaths): FileReader {
  const recent = new RecentDatasets(allowed);
  return {
    length: async (place) => {
      const access = recent.at(await libraryOf(packages), place);
      return access.use(({ dataset }) => dataset.length);
    },
    read: async (place, start, stop, pause) => {
      const library = await libraryOf(packages);
      const access = recent.at(library, place);
      // If the plugins are loaded already, the first piece is read at once.
      const reading = access.use((opened) => {
        const begun = new Reading(library, place, opened, start, stop);
        if (begun.isReady) begun.readPiece(opened);
        return begun;
      });
      await library.addPlugins(reading.plugins);
      while (!reading.isDone) {
        await pause();
        access.use((opened) => reading.readPiece(opened));
      }
      return reading.array();
    },
  };
}

/** Remembers where the datasets were found that were read last: reading image by image need not search each time. */
class RecentDatasets {
  private readonly accesses = new Map<string, DatasetAccess>();

  constructor(private readonly allowed: AllowedPaths) {}

  at(library: Library, place: ArrayPlace): DatasetAccess {
    const name = JSON.stringify([place.file, place.dataset]);
    const known = this.accesses.get(name);
    const access = known?.isReusable === true ? known : new DatasetAccess(library, this.allowed, place);
    // A Map keeps the order of insertion: the least recently used comes first.
    this.accesses.delete(name);
    this.accesses.set(name, access);
    const [oldest] = this.accesses.keys();
    if (this.accesses.size > MOST_DATASETS && oldest !== undefined) this.accesses.delete(oldest);
    return access;
  }
}

/** The state of one read. */
class Reading {
  readonly plugins: readonly string[];
  private readonly dataset: Dataset;
  private readonly type: string;
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly count: number;
  private done = 0;
  private ended = false;

  constructor(
    private readonly library: Library,
    private readonly place: ArrayPlace,
    { dataset, filters, type }: OpenDataset,
    private readonly start: number,
    stop: number,
  ) {
    this.dataset = dataset;
    this.type = type;
    this.count = Math.max(0, Math.min(stop, dataset.length) - start);
    const size = this.count * dataset.pointBytes;
    requireBytes(Math.max(size, this.count * elementCount(dataset.pointShape) * itemSize(dataset.decoder.dtype)));
    this.bytes = new Uint8Array(size);
    this.plugins = size === 0 ? [] : pluginsFor(place.file, filters);
  }

  get isReady(): boolean {
    return this.library.hasPlugins(this.plugins);
  }

  get isDone(): boolean {
    return this.ended || this.done >= this.count || this.bytes.length === 0;
  }

  array(): NdArray {
    const { decoder, pointShape, pointBytes } = this.dataset;
    const count = this.bytes.length === 0 ? this.count : this.done;
    return { dtype: decoder.dtype, shape: [count, ...pointShape], data: decoder.decode(this.bytes.subarray(0, count * pointBytes)) };
  }

  /** `now` is the present state of the dataset, which may have become longer or shorter since the last piece. */
  readPiece({ dataset: now, located, type }: OpenDataset): void {
    if (this.isDone) return;
    const { pointShape, pointBytes } = this.dataset;
    const { file: path, dataset: name } = this.place;
    const fail = (reason: string, cause?: Error): Error => blissdataError('FileNotReadable', { path, reason }, cause);
    if (this.type !== type || now.pointShape.join() !== pointShape.join()) throw fail(`"${name}" was replaced by another dataset while it was being read`);
    const from = this.start + this.done;
    const requested = Math.min(pieceFrom(from, now), this.count - this.done);
    const available = Math.max(0, Math.min(requested, now.length - from));
    const target = this.bytes.subarray(this.done * pointBytes, (this.done + available) * pointBytes);
    if (available > 0 && !readPoints(this.library.module, located, now, from, available, target)) {
      const { output } = this.library.fileSystem;
      throw fail(`points ${from} to ${from + available - 1} of "${name}" could not be read (${reasonIn(output.split('HDF5-DIAG:').at(-1) ?? output)})`, new Error(output));
    }
    this.done += available;
    this.ended = available < requested;
  }
}

/** How many points to read at once from an index on: up to the end of a chunk, as a part of one costs as much as all of it. */
function pieceFrom(index: number, { pointBytes, pointsPerChunk }: Dataset): number {
  const chunks = Math.max(1, Math.floor(PIECE_BYTES / (pointBytes * pointsPerChunk)));
  return chunks * pointsPerChunk - (index % pointsPerChunk);
}
