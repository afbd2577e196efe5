/** One look, or several, at a dataset: finds it through all links, sees that all is there that it shows, and has something done with it. */
import * as E from 'fp-ts/lib/Either.js';
import { resolve } from 'node:path';
import { blissdataError, isBlissdataError } from '../../model/errors.js';
import type { ArrayPlace } from '../../ports/files.js';
import type { AllowedPaths } from '../allowed-paths.js';
import { datasetOf, metadataOf, type Dataset, type Filter } from './dataset.js';
import type { Library } from './library.js';
import { Links, type Located, type Mode } from './links.js';
import { ShownFiles } from './shown-files.js';
import { Sources } from './sources.js';

export interface Found {
  readonly dataset: Dataset;
  readonly located: Located;
  /** Of all data that is shown. */
  readonly filters: readonly Filter[];
  /** The type of its values, in every bit; the same text for the same one. */
  readonly type: string;
}

/** Where a dataset was found before, and by way of which files. */
interface Known {
  readonly files: ShownFiles;
  readonly filePath: string;
  readonly mode: Mode;
  readonly path: string;
  readonly filters: readonly Filter[];
  /** Whether it shows others: there may be more of those by the next read. */
  readonly isVirtual: boolean;
}

export class Look {
  private known: Known | undefined;

  constructor(
    private readonly library: Library,
    private readonly allowed: AllowedPaths,
    private readonly place: ArrayPlace,
  ) {}

  /** Whether what was found needs no new search, as long as no file changes. */
  get isLasting(): boolean {
    return this.known?.isVirtual === false;
  }

  /** Opens the files, has something done at once with the dataset, and closes them. */
  with<T>(work: (found: Found) => T): T {
    const known = this.known?.files.areUnchanged === true ? this.known : undefined;
    const files = known?.files ?? new ShownFiles(this.allowed);
    files.failures.length = 0;
    const links = new Links(this.library, this.allowed, files);
    try {
      const value = this.library.files.with(files, () => {
        try {
          return work(known === undefined ? this.find(links) : this.findAgain(links, known));
        } finally {
          links.closeAll();
        }
      });
      const [failure] = files.failures;
      if (failure !== undefined) throw this.asError(failure);
      if (E.isRight(value)) return value.right;
      throw this.asError(value.left);
    } finally {
      files.close();
    }
  }

  private find(links: Links): Found {
    const { file, dataset: name } = this.place;
    const opened = this.allowed.open(file);
    const top = links.openHdf5(links.files.show(resolve(opened.namedPath), opened), ['r', 'Sr']);
    const located = links.locate(top, name, ['r', 'Sr']);
    if (E.isLeft(located)) throw located.left;
    const before = metadataOf(this.library.module, links.files, located.right);
    // What it is itself is known even where what it shows is missing.
    datasetOf(file, name, before);
    const sources = new Sources(this.library, links, before.header.datatype);
    sources.check(located.right, before);
    // How long a virtual dataset is may depend on what it shows, which the library sees by now.
    const metadata = before.virtualSources.length === 0 ? before : metadataOf(this.library.module, links.files, located.right);
    const dataset = datasetOf(file, name, metadata);
    const { shown, mode } = located.right.file;
    this.known = { files: links.files, filePath: shown.libraryPath, mode, path: located.right.path, filters: sources.filters, isVirtual: before.virtualSources.length > 0 };
    return { dataset, located: located.right, filters: sources.filters, type: JSON.stringify(metadata.header.datatype) };
  }

  private findAgain(links: Links, { files, filePath, mode, path, filters }: Known): Found {
    const shown = files.file(filePath);
    if (shown === undefined) throw blissdataError('FileNotReadable', { path: this.place.file, reason: 'it was replaced while it was being read' });
    const located = { file: links.openHdf5(shown, [mode]), path };
    const metadata = metadataOf(this.library.module, files, located);
    return { dataset: datasetOf(this.place.file, this.place.dataset, metadata), located, filters, type: JSON.stringify(metadata.header.datatype) };
  }

  private asError(error: Error): Error {
    return isBlissdataError(error) ? error : blissdataError('FileNotReadable', { path: this.place.file, reason: error.message }, error);
  }
}
