/** Whether all is there that a dataset shows: the datasets of a virtual one, through any number of files, and files of plain values. HDF5 would show fill values for what is missing. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, type BlissdataError } from '../../model/errors.js';
import { metadataOf, type DatasetMetadata, type Filter, type VirtualSource } from './dataset.js';
import { checkOrder } from './filters.js';
import type { Library } from './library.js';
import type { Datatype } from './datatype.js';
import type { Links, Located, OpenHdf5 } from './links.js';
import { areConverted } from './number-form.js';

/** More levels of virtual datasets than anybody writes. */
const MOST_LEVELS = 32;

export class Sources {
  /** Of all datasets whose values are shown. */
  readonly filters: Filter[] = [];
  private readonly seen = new Set<string>();

  constructor(
    private readonly library: Library,
    private readonly links: Links,
    /** Of the dataset that is read. */
    private readonly shownAs: Datatype,
  ) {}

  /** Shows everything to the library that a dataset takes its values from. Throws if something is missing, or may not be read. */
  check(located: Located, metadata: DatasetMetadata, within: readonly string[] = []): void {
    const { shown, mode } = located.file;
    const identity = `${shown.number} ${metadata.address}`;
    const unsupported = (received: string): Error => blissdataError('UnsupportedFile', { path: shown.namedPath, expected: `a virtual dataset at "${located.path}" that shows others`, received });
    if (within.includes(identity)) throw unsupported('one that shows itself');
    if (within.length > MOST_LEVELS) throw unsupported(`more than ${MOST_LEVELS} levels of them`);
    checkOrder(shown.namedPath, metadata.filters);
    this.filters.push(...metadata.filters);
    for (const name of metadata.header.externalFiles) {
      const found = this.links.findRaw(shown, name);
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
        // As many as there are.
        if (missing !== null) break;
      }
    }
  }

  /** What is missing of one source, if it is itself; throws for what it shows in its turn. */
  private checkSource(file: OpenHdf5, { file_name, dset_name }: VirtualSource, mode: OpenHdf5['mode'], levels: readonly string[]): BlissdataError | null {
    // A dot is the file itself.
    const found = file_name === '.' ? E.right(file.shown) : this.links.find(file.shown, file_name);
    if (E.isLeft(found)) return found.left;
    const key = `${found.right.libraryPath}\0${dset_name}`;
    if (this.seen.has(key)) return null;
    const opened = this.links.openHdf5(found.right, [mode]);
    const located = this.links.locate(opened, dset_name, [mode]);
    if (E.isRight(located)) {
      const metadata = metadataOf(this.library.module, this.links.files, located.right);
      if (!areConverted(metadata.header.datatype, this.shownAs)) {
        throw blissdataError('UnsupportedFile', { path: file.shown.namedPath, expected: `virtual datasets of the type of what they show, or of ordinary numbers`, received: `"${dset_name}" in "${file_name}" of another type` });
      }
      this.check(located.right, metadata, levels);
      if (located.right.file !== opened) this.links.close(located.right.file);
      this.seen.add(key);
    }
    this.links.close(opened);
    return E.isLeft(located) ? located.left : null;
  }
}

interface Pattern {
  readonly isNumbered: boolean;
  name(number: number): string;
}

/** `%b` stands for a number, `%%` for a percent sign. */
const pattern = (text: string): Pattern => ({
  isNumbered: /^(?:[^%]|%[^b])*%b/.test(text),
  name: (number) => text.replaceAll(/%[b%]/g, (found) => (found === '%b' ? String(number) : '%')),
});
