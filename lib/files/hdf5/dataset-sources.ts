/** Checks that all sources of a dataset exist: the datasets of a virtual one, through any number of files, and raw files. HDF5 would read fill values for missing ones. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, type BlissdataError } from '../../model/errors.js';
import { metadataOf, type DatasetMetadata, type Filter, type VirtualSource } from './dataset.js';
import { requireSafeOrder } from './filters.js';
import type { Library } from './library/hdf5-library.js';
import type { Datatype } from './format/datatype.js';
import type { LinkResolver, Located, OpenHdf5 } from './link-resolver.js';
import { isLossless } from './format/number-decoder.js';

/** Levels of virtual datasets within each other. */
const MOST_LEVELS = 32;

export class SourceCheck {
  /** The filters of all datasets that contribute values. */
  readonly filters: Filter[] = [];
  private readonly seen = new Set<string>();

  constructor(
    private readonly library: Library,
    private readonly resolver: LinkResolver,
    /** The type of the dataset that is read. */
    private readonly readAs: Datatype,
  ) {}

  /** Mounts all files from which a dataset takes its values. Throws if something is missing or may not be read. */
  check(located: Located, metadata: DatasetMetadata, within: readonly string[] = []): void {
    const { mounted, mode } = located.file;
    const identity = `${mounted.number} ${metadata.address}`;
    const unsupported = (received: string): Error => blissdataError('UnsupportedFile', { path: mounted.namedPath, expected: `a virtual dataset at "${located.path}" of other datasets`, received });
    if (within.includes(identity)) throw unsupported('one that contains itself');
    if (within.length > MOST_LEVELS) throw unsupported(`more than ${MOST_LEVELS} levels of them`);
    requireSafeOrder(mounted.namedPath, metadata.filters);
    this.filters.push(...metadata.filters);
    for (const name of metadata.header.externalFiles) {
      const found = this.resolver.findRaw(mounted, name);
      if (E.isLeft(found)) throw found.left;
    }
    const levels = [...within, identity];
    for (const source of metadata.virtualSources) {
      const [fileName, datasetName] = [pattern(source.file_name), pattern(source.dset_name)];
      for (let n = 0; ; n++) {
        const missing = this.checkSource(located.file, { file_name: fileName.name(n), dset_name: datasetName.name(n) }, mode, levels);
        if (!fileName.isNumbered && !datasetName.isNumbered) {
          if (missing !== null) throw missing;
          break;
        }
        // A numbered source ends at the first number that is missing.
        if (missing !== null) break;
      }
    }
  }

  /** Checks one source and, if it is virtual, its sources. Returns the error if this source itself is missing; throws all others. */
  private checkSource(file: OpenHdf5, { file_name, dset_name }: VirtualSource, mode: OpenHdf5['mode'], levels: readonly string[]): BlissdataError | null {
    // A dot stands for the file itself.
    const found = file_name === '.' ? E.right(file.mounted) : this.resolver.find(file.mounted, file_name);
    if (E.isLeft(found)) return found.left;
    const key = `${found.right.libraryPath}\0${dset_name}`;
    if (this.seen.has(key)) return null;
    const opened = this.resolver.openHdf5(found.right, [mode]);
    const located = this.resolver.locate(opened, dset_name, [mode]);
    if (E.isRight(located)) {
      const metadata = metadataOf(this.library.module, this.resolver.files, located.right);
      if (!isLossless(metadata.header.datatype, this.readAs)) {
        throw blissdataError('UnsupportedFile', { path: file.mounted.namedPath, expected: 'a virtual dataset of the same type as its sources, or of ordinary numbers', received: `"${dset_name}" in "${file_name}" of another type` });
      }
      this.check(located.right, metadata, levels);
      if (located.right.file !== opened) this.resolver.close(located.right.file);
      this.seen.add(key);
    }
    this.resolver.close(opened);
    return E.isLeft(located) ? located.left : null;
  }
}

interface Pattern {
  readonly isNumbered: boolean;
  name(number: number): string;
}

/** In the name of a source `%b` stands for a number, `%%` for a percent sign. */
const pattern = (text: string): Pattern => ({
  isNumbered: /^(?:[^%]|%[^b])*%b/.test(text),
  name: (number) => text.replaceAll(/%[b%]/g, (found) => (found === '%b' ? String(number) : '%')),
});
