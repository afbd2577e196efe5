/** Access to one dataset: each time opens its files, finds it through all links, checks that its sources exist, and closes the files again. */
import { resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, isBlissdataError } from '../../model/errors.js';
import type { ArrayPlace } from '../../ports/files.js';
import type { AllowedPaths } from '../allowed-paths.js';
import { SourceCheck } from './dataset-sources.js';
import { datasetOf, metadataOf, type Dataset, type Filter } from './dataset.js';
import type { Library } from './library/hdf5-library.js';
import { MountedFiles } from './library/mounted-files.js';
import { LinkResolver, type Located, type Mode } from './link-resolver.js';

/** A dataset whose files are open. */
export interface OpenDataset {
  readonly dataset: Dataset;
  readonly located: Located;
  /** The filters of all datasets that contribute values. */
  readonly filters: readonly Filter[];
  /** Identifies the type of the values, in every bit. */
  readonly type: string;
}

/** Where the dataset was found, and through which files: valid until one of them changes. */
interface Location {
  readonly files: MountedFiles;
  readonly filePath: string;
  readonly mode: Mode;
  readonly path: string;
  readonly filters: readonly Filter[];
  readonly isVirtual: boolean;
}

export class DatasetAccess {
  private location: Location | undefined;

  constructor(
    private readonly library: Library,
    private readonly allowed: AllowedPaths,
    private readonly place: ArrayPlace,
  ) {}

  /** Whether the location can be used again while no file changes. A virtual dataset must be searched again, as it may get more sources. */
  get isReusable(): boolean {
    return this.location?.isVirtual === false;
  }

  /** Opens the dataset, runs synchronous work with it, and closes its files. */
  use<T>(work: (dataset: OpenDataset) => T): T {
    const location = this.location?.files.areUnchanged === true ? this.location : undefined;
    const files = location?.files ?? new MountedFiles(this.allowed);
    files.failures.length = 0;
    const resolver = new LinkResolver(this.library, this.allowed, files);
    try {
      const result = this.library.fileSystem.run(files, () => {
        try {
          return work(location === undefined ? this.find(resolver) : this.openAt(location, resolver));
        } finally {
          resolver.closeAll();
        }
      });
      const [failure] = files.failures;
      if (failure !== undefined) throw this.asError(failure);
      if (E.isRight(result)) return result.right;
      throw this.asError(result.left);
    } finally {
      files.close();
    }
  }

  private find(resolver: LinkResolver): OpenDataset {
    const { file, dataset: name } = this.place;
    const { module } = this.library;
    const opened = this.allowed.open(file);
    const top = resolver.openHdf5(resolver.files.mount(resolve(opened.namedPath), opened), ['r', 'Sr']);
    const located = resolver.locate(top, name, ['r', 'Sr']);
    if (E.isLeft(located)) throw located.left;
    const before = metadataOf(module, resolver.files, located.right);
    // Before the sources are checked: an unsupported dataset is that even if sources are missing.
    datasetOf(file, name, before);
    const sources = new SourceCheck(this.library, resolver, before.header.datatype);
    sources.check(located.right, before);
    // The length of a virtual dataset may depend on its sources, which the library sees only now.
    const metadata = before.virtualSources.length === 0 ? before : metadataOf(module, resolver.files, located.right);
    const dataset = datasetOf(file, name, metadata);
    const { mounted, mode } = located.right.file;
    const { filters } = sources;
    this.location = { files: resolver.files, filePath: mounted.libraryPath, mode, path: located.right.path, filters, isVirtual: before.virtualSources.length > 0 };
    return { dataset, located: located.right, filters, type: JSON.stringify(metadata.header.datatype) };
  }

  private openAt({ files, filePath, mode, path, filters }: Location, resolver: LinkResolver): OpenDataset {
    const mounted = files.file(filePath);
    if (mounted === undefined) throw blissdataError('FileNotReadable', { path: this.place.file, reason: 'it was replaced while it was being read' });
    const located = { file: resolver.openHdf5(mounted, [mode]), path };
    const metadata = metadataOf(this.library.module, files, located);
    return { dataset: datasetOf(this.place.file, this.place.dataset, metadata), located, filters, type: JSON.stringify(metadata.header.datatype) };
  }

  private asError(error: Error): Error {
    return isBlissdataError(error) ? error : blissdataError('FileNotReadable', { path: this.place.file, reason: error.message }, error);
  }
}
