/**
 * Finds datasets through soft links and links to other files. It does not leave that to the library, which would use another file of the same name
 * if the right one is missing. Each file is opened once and mounted at the path by which the library opens it.
 */
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { blissdataError, isFileNotReadable, type BlissdataError } from '../../model/errors.js';
import type { AllowedPaths } from '../allowed-paths.js';
import type { H5File } from './library/h5wasm.js';
import type { Library } from './library/hdf5-library.js';
import type { MountedFile, MountedFiles } from './library/mounted-files.js';
import { isSwmr, NEWEST_SUPERBLOCK, superblockOf } from './format/superblock.js';

/** HDF5's own limit. */
const MOST_LINKS = 16;

const [GROUP, DATASET] = [0, 1];

const SoftLink = t.union([t.null, t.string]);
const ExternalLink = t.partial({ filename: t.string, obj_path: t.string });

/** The ordinary mode, or SWMR mode if the file is being written so. */
export type Mode = 'r' | 'Sr';

export interface OpenHdf5 {
  readonly mounted: MountedFile;
  readonly handle: H5File;
  readonly mode: Mode;
}

export interface Located {
  readonly file: OpenHdf5;
  /** The path of the dataset in its file, without links. */
  readonly path: string;
}

export class LinkResolver {
  private readonly handles = new Set<H5File>();

  constructor(
    private readonly library: Library,
    private readonly allowed: AllowedPaths,
    readonly files: MountedFiles,
  ) {}

  /** Opens a mounted file, in the first of these modes that it allows. */
  openHdf5(mounted: MountedFile, modes: readonly Mode[]): OpenHdf5 {
    for (const mode of modes) {
      // In SWMR mode the library retries damaged pieces, which is useless unless the file is being written.
      if (mode === 'Sr' && !isSwmr(this.files.descriptor(mounted.libraryPath))) continue;
      const handle = new this.library.File(mounted.libraryPath, mode);
      if (handle.file_id < 0n) continue;
      this.handles.add(handle);
      return { mounted, handle, mode };
    }
    throw this.openingError(mounted);
  }

  close({ mounted, handle }: OpenHdf5): void {
    if (this.handles.delete(handle)) handle.close();
    this.files.closeSurplus(mounted.libraryPath);
  }

  closeAll(): void {
    for (const handle of this.handles) handle.close();
    this.handles.clear();
  }

  /**
   * Finds a dataset by its path in a file, through all links; closes the files in between. Left if something is missing on the way.
   * Throws if something makes it unreadable.
   */
  locate(begin: OpenHdf5, name: string, modes: readonly Mode[]): E.Either<BlissdataError, Located> {
    let file = begin;
    let links = 0;
    let [done, left] = ['', partsOf(name)];
    const missing = (): E.Either<BlissdataError, never> => {
      if (file !== begin) this.close(file);
      return E.left(blissdataError('FileNotReadable', { path: file.mounted.namedPath, reason: `it has no dataset "${name}"` }));
    };
    const count = (): void => {
      links += 1;
      if (links > MOST_LINKS) throw blissdataError('UnsupportedFile', { path: begin.mounted.namedPath, expected: `at most ${MOST_LINKS} links to follow to "${name}"`, received: 'more, or a cycle' });
    };
    // In C a zero would end the name.
    if (name.includes('\0')) return missing();
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      if (done !== '' && this.typeOf(file, done) !== GROUP) return missing();
      const path = `${done}/${part}`;
      const external = this.externalLink(file, path);
      const soft = external === null ? this.softLink(file, path) : null;
      if (external !== null) {
        count();
        const found = this.find(file.mounted, external.filename);
        if (E.isLeft(found)) {
          if (file !== begin) this.close(file);
          return found;
        }
        const next = this.openHdf5(found.right, modes);
        if (file !== begin) this.close(file);
        [file, done, left] = [next, '', [...partsOf(external.obj_path), ...left]];
      } else if (soft !== null) {
        count();
        [done, left] = [soft.startsWith('/') ? '' : done, [...partsOf(soft), ...left]];
        // A relative target starts from the group of the link.
      } else {
        if (this.typeOf(file, path) < 0) return missing();
        done = path;
      }
    }
    const type = done === '' ? GROUP : this.typeOf(file, done);
    if (type === DATASET) return E.right({ file, path: done });
    throw blissdataError('UnsupportedFile', { path: file.mounted.namedPath, expected: `a dataset at "${name}"`, received: type === GROUP ? 'a group' : 'something else' });
  }

  /** Finds and mounts the file that a name in another file refers to. As in HDF5, a relative name counts from that file's folder, where an absolute one is tried as well. */
  find(from: MountedFile, name: string): E.Either<BlissdataError, MountedFile> {
    const folders = [...new Set([dirname(from.namedPath), dirname(from.realPath)])];
    const paths = isAbsolute(name) ? [name, ...folders.map((folder) => `${folder}/${basename(name)}`)] : folders.map((folder) => `${folder}/${name}`);
    return this.mountFirst(paths, resolve(dirname(from.libraryPath), name));
  }

  /** The same for a raw file that holds the values of a dataset. */
  findRaw(from: MountedFile, name: string): E.Either<BlissdataError, MountedFile> {
    return this.mountFirst([isAbsolute(name) ? name : `${dirname(from.namedPath)}/${name}`], resolve('/', name));
  }

  private mountFirst(paths: readonly string[], libraryPath: string): E.Either<BlissdataError, MountedFile> {
    let first: BlissdataError | undefined;
    for (const path of paths) {
      const opened = this.allowed.tryOpen(path, path);
      if (E.isRight(opened)) return E.right(this.files.mount(libraryPath, opened.right));
      // A file that may not be read is not skipped: it may be the right one.
      if (!isFileNotReadable(opened.left)) throw opened.left;
      first ??= opened.left;
    }
    return E.left(first ?? blissdataError('FileNotReadable', { path: libraryPath, reason: 'it has no name' }));
  }

  private typeOf({ handle, mounted }: OpenHdf5, path: string): number {
    const before = this.library.fileSystem.output;
    const type = this.library.module.get_type(handle.file_id, path);
    // 0 is also the answer to a failure, which then was printed.
    const printed = this.library.fileSystem.output.slice(before.length);
    if (type === GROUP && printed !== '') throw blissdataError('FileNotReadable', { path: mounted.namedPath, reason: `"${path}" cannot be read (${reasonIn(printed)})` }, new Error(printed));
    return type;
  }

  private softLink({ handle, mounted }: OpenHdf5, path: string): string | null {
    const link = SoftLink.decode(this.library.module.get_symbolic_link(handle.file_id, path));
    if (E.isRight(link)) return link.right;
    throw blissdataError('UnsupportedFile', { path: mounted.namedPath, expected: `a link at "${path}" that can be followed`, received: 'another kind of link' });
  }

  private externalLink({ handle, mounted }: OpenHdf5, path: string): { readonly filename: string; readonly obj_path: string } | null {
    const link = ExternalLink.decode(this.library.module.get_external_link(handle.file_id, path));
    if (E.isLeft(link)) throw blissdataError('UnsupportedFile', { path: mounted.namedPath, expected: `a link at "${path}" that can be followed`, received: 'another kind of link' });
    const { filename, obj_path } = link.right;
    return filename === undefined || obj_path === undefined ? null : { filename, obj_path };
  }

  private openingError({ namedPath: path, libraryPath }: MountedFile): BlissdataError {
    const descriptor = this.files.descriptor(libraryPath);
    const { size } = this.files.file(libraryPath)?.stats ?? { size: 0n };
    if (size === 0n) return blissdataError('FileNotReadable', { path, reason: 'it is empty' });
    const superblock = E.tryCatch(() => superblockOf(descriptor), E.toError);
    if (E.isLeft(superblock)) return blissdataError('UnsupportedFile', { path, expected: 'an HDF5 file', received: 'something else' });
    const { version } = superblock.right;
    if (version > NEWEST_SUPERBLOCK) return blissdataError('UnsupportedFile', { path, expected: `an HDF5 file with a superblock of version ${NEWEST_SUPERBLOCK} at most`, received: `version ${version}` });
    const { output } = this.library.fileSystem;
    return blissdataError('FileNotReadable', { path, reason: reasonIn(output.split('HDF5-DIAG:').filter((report) => report.includes('H5Fopen'))[0] ?? output) }, new Error(output));
  }
}

/** Empty parts and dots stand for the group itself. */
const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/** The innermost message of an error report that the library printed. */
export function reasonIn(report: string): string {
  const line = report.split('\n').findLast((each) => /^ *#\d+: /.test(each)) ?? '';
  return /^.* in \w+\(\): (.*)$/.exec(line)?.[1] ?? 'the HDF5 library gives no reason';
}
