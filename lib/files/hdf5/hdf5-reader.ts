/** Reading HDF5: each look opens the files, does its work and closes them at once, so that they may grow, or be replaced, in between. */
import { itemSize } from '../../model/dtype.js';
import { blissdataError } from '../../model/errors.js';
import { elementCount, type NdArray } from '../../model/nd-array.js';
import type { ArrayPlace } from '../../ports/files.js';
import type { AllowedPaths } from '../allowed-paths.js';
import { readPoints, type Dataset } from './dataset.js';
import { checkBytes, PIECE_BYTES, type FileReader } from '../file-reader.js';
import { pluginsFor } from './filters.js';
import { libraryOf, type Library, type OptionalPackages } from './library.js';
import { reasonIn } from './links.js';
import { Look, type Found } from './look.js';

/** How many places are remembered. */
const MOST_LOOKS = 64;

export function hdf5Reader(packages: OptionalPackages, allowed: AllowedPaths): FileReader {
  const looks = new Looks(allowed);
  return {
    length: async (place) => {
      const look = looks.at(await libraryOf(packages), place);
      return look.with(({ dataset }) => dataset.length);
    },
    read: async (place, start, stop, turn) => {
      const library = await libraryOf(packages);
      const look = looks.at(library, place);
      // Where the plugins are there already, the first look reads, too.
      const begun = look.with((found) => {
        const reading = new Reading(library, place, found, start, stop);
        if (reading.isReady) reading.readPiece(found);
        return reading;
      });
      await library.addPlugins(begun.plugins);
      while (!begun.isDone) {
        await turn();
        look.with((found) => begun.readPiece(found));
      }
      return begun.array();
    },
  };
}

/** Where datasets were found: who reads image by image need not look for them each time. */
class Looks {
  private readonly kept = new Map<string, Look>();

  constructor(private readonly allowed: AllowedPaths) {}

  at(library: Library, place: ArrayPlace): Look {
    const name = JSON.stringify([place.file, place.dataset]);
    const known = this.kept.get(name);
    const look = known?.isLasting === true ? known : new Look(library, this.allowed, place);
    this.kept.delete(name);
    this.kept.set(name, look);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_LOOKS && oldest !== undefined) this.kept.delete(oldest);
    return look;
  }
}

/** What one read has got so far. */
class Reading {
  readonly plugins: readonly string[];
  private readonly dataset: Dataset;
  /** Of the values, in every bit. */
  private readonly type: string;
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly count: number;
  private done = 0;
  private ended = false;

  constructor(
    private readonly library: Library,
    private readonly place: ArrayPlace,
    { dataset, filters, type }: Found,
    private readonly start: number,
    stop: number,
  ) {
    this.dataset = dataset;
    this.type = type;
    this.count = Math.max(0, Math.min(stop, dataset.length) - start);
    const size = this.count * dataset.pointBytes;
    checkBytes(Math.max(size, this.count * elementCount(dataset.pointShape) * itemSize(dataset.form.dtype)));
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
    const { form, pointShape, pointBytes } = this.dataset;
    const count = this.bytes.length === 0 ? this.count : this.done;
    return { dtype: form.dtype, shape: [count, ...pointShape], data: form.decode(this.bytes.subarray(0, count * pointBytes)) };
  }

  /** `now` is the dataset as it is now: it may have grown, or become shorter. */
  readPiece({ dataset: now, located, type }: Found): void {
    if (this.isDone) return;
    const { pointShape, pointBytes } = this.dataset;
    const { file: path, dataset: name } = this.place;
    const fail = (reason: string, cause?: Error): Error => blissdataError('FileNotReadable', { path, reason }, cause);
    if (this.type !== type || now.pointShape.join() !== pointShape.join()) throw fail(`"${name}" was replaced by another dataset while it was being read`);
    const from = this.start + this.done;
    const wanted = Math.min(pieceFrom(from, now), this.count - this.done);
    const some = Math.max(0, Math.min(wanted, now.length - from));
    const target = this.bytes.subarray(this.done * pointBytes, (this.done + some) * pointBytes);
    if (some > 0 && !readPoints(this.library.module, located, now, from, some, target)) {
      const { saying } = this.library.files;
      throw fail(`points ${from} to ${from + some - 1} of "${name}" could not be read (${reasonIn(saying.split('HDF5-DIAG:').at(-1) ?? saying)})`, new Error(saying));
    }
    this.done += some;
    this.ended = some < wanted;
  }
}

/** How many points to read at once from an index on: whole chunks, as a part of one costs as much as all of it. */
function pieceFrom(index: number, { pointBytes, pointsPerChunk }: Dataset): number {
  const chunks = Math.max(1, Math.floor(PIECE_BYTES / (pointBytes * pointsPerChunk)));
  return chunks * pointsPerChunk - (index % pointsPerChunk);
}
