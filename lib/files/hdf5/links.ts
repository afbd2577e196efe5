/**
 * Where a dataset really lies: follows soft links and links to other files itself, for the library would take another file of
 * the same name where the one that is meant is missing. Each file is opened once, and shown to the library under the path by which it asks.
 */
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { blissdataError, isFileNotReadable, type BlissdataError } from '../../model/errors.js';
import type { AllowedPaths } from '../allowed-paths.js';
import type { H5File } from './h5wasm.js';
import type { Library } from './library.js';
import type { ShownFile, ShownFiles } from './shown-files.js';
import { isWrittenForReaders, NEWEST_SUPERBLOCK, superblockOf } from './superblock.js';

/** As many links as HDF5 follows from one name. */
const MOST_LINKS = 16;

const [GROUP, DATASET] = [0, 1];

const SoftLink = t.union([t.null, t.string]);
const ExternalLink = t.partial({ filename: t.string, obj_path: t.string });

/** An HDF5 file is either opened in the ordinary mode, or, where its writer writes for readers, in SWMR mode. */
export type Mode = 'r' | 'Sr';

export interface OpenHdf5 {
  readonly shown: ShownFile;
  readonly handle: H5File;
  readonly mode: Mode;
}

export interface Located {
  readonly file: OpenHdf5;
  /** Of the dataset in its file, without links. */
  readonly path: string;
}

export class Links {
  private readonly handles = new Set<H5File>();

  constructor(
    private readonly library: Library,
    private readonly allowed: AllowedPaths,
    readonly files: ShownFiles,
  ) {}

  /** Opens a file that is shown, in the first of these modes that it allows. */
  openHdf5(shown: ShownFile, modes: readonly Mode[]): OpenHdf5 {
    for (const mode of modes) {
      // What nobody writes does not get better by being read again, which the library does in this mode.
      if (mode === 'Sr' && !isWrittenForReaders(this.files.descriptor(shown.libraryPath))) continue;
      const handle = new this.library.File(shown.libraryPath, mode);
      if (handle.file_id < 0n) continue;
      this.handles.add(handle);
      return { shown, handle, mode };
    }
    throw this.whyNotOpened(shown);
  }

  close({ shown, handle }: OpenHdf5): void {
    if (this.handles.delete(handle)) handle.close();
    this.files.rest(shown.libraryPath);
  }

  closeAll(): void {
    for (const handle of this.handles) handle.close();
    this.handles.clear();
  }

  /**
   * Finds a dataset by its path in a file, through all links; files on the way are closed again. Left if something on the way is
   * not there. Throws what makes it unreadable.
   */
  locate(begin: OpenHdf5, name: string, modes: readonly Mode[]): E.Either<BlissdataError, Located> {
    let file = begin;
    let links = 0;
    let [done, left] = ['', partsOf(name)];
    const missing = (): E.Either<BlissdataError, never> => {
      if (file !== begin) this.close(file);
      return E.left(blissdataError('FileNotReadable', { path: file.shown.namedPath, reason: `it has no dataset "${name}"` }));
    };
    const count = (): void => {
      links += 1;
      if (links > MOST_LINKS) throw blissdataError('UnsupportedFile', { path: begin.shown.namedPath, expected: `at most ${MOST_LINKS} links to follow to "${name}"`, received: 'more, or a circle of them' });
    };
    // C texts end where a zero is.
    if (name.includes('\0')) return missing();
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      if (done !== '' && this.typeOf(file, done) !== GROUP) return missing();
      const path = `${done}/${part}`;
      const external = this.externalLink(file, path);
      const soft = external === null ? this.softLink(file, path) : null;
      if (external !== null) {
        count();
        const found = this.find(file.shown, external.filename);
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
        // A relative target goes on from the group of the link.
      } else {
        if (this.typeOf(file, path) < 0) return missing();
        done = path;
      }
    }
    const type = done === '' ? GROUP : this.typeOf(file, done);
    if (type === DATASET) return E.right({ file, path: done });
    throw blissdataError('UnsupportedFile', { path: file.shown.namedPath, expected: `a dataset at "${name}"`, received: type === GROUP ? 'a group' : 'something else' });
  }

  /** Finds and shows the file that a name in another file means: as HDF5 does, beside it; where the absolute path has nothing, too. */
  find(from: ShownFile, name: string): E.Either<BlissdataError, ShownFile> {
    const folders = [...new Set([dirname(from.namedPath), dirname(from.realPath)])];
    const paths = isAbsolute(name) ? [name, ...folders.map((folder) => `${folder}/${basename(name)}`)] : folders.map((folder) => `${folder}/${name}`);
    return this.showFirst(paths, resolve(dirname(from.libraryPath), name));
  }

  /** The same for a file without structure, in which a dataset's values lie. */
  findRaw(from: ShownFile, name: string): E.Either<BlissdataError, ShownFile> {
    return this.showFirst([isAbsolute(name) ? name : `${dirname(from.namedPath)}/${name}`], resolve('/', name));
  }

  private showFirst(paths: readonly string[], libraryPath: string): E.Either<BlissdataError, ShownFile> {
    let first: BlissdataError | undefined;
    for (const path of paths) {
      const opened = this.allowed.tryOpen(path, path);
      if (E.isRight(opened)) return E.right(this.files.show(libraryPath, opened.right));
      // What may not be read is not passed over: it may be the one that is meant.
      if (!isFileNotReadable(opened.left)) throw opened.left;
      first ??= opened.left;
    }
    return E.left(first ?? blissdataError('FileNotReadable', { path: libraryPath, reason: 'it has no name' }));
  }

  private typeOf({ handle, shown }: OpenHdf5, path: string): number {
    const before = this.library.files.saying;
    const type = this.library.module.get_type(handle.file_id, path);
    // It answers so as well where it cannot tell.
    const said = this.library.files.saying.slice(before.length);
    if (type === GROUP && said !== '') throw blissdataError('FileNotReadable', { path: shown.namedPath, reason: `"${path}" cannot be read (${reasonIn(said)})` }, new Error(said));
    return type;
  }

  private softLink({ handle, shown }: OpenHdf5, path: string): string | null {
    const link = SoftLink.decode(this.library.module.get_symbolic_link(handle.file_id, path));
    if (E.isRight(link)) return link.right;
    throw blissdataError('UnsupportedFile', { path: shown.namedPath, expected: `a link at "${path}" that can be followed`, received: 'another one' });
  }

  private externalLink({ handle, shown }: OpenHdf5, path: string): { readonly filename: string; readonly obj_path: string } | null {
    const link = ExternalLink.decode(this.library.module.get_external_link(handle.file_id, path));
    if (E.isLeft(link)) throw blissdataError('UnsupportedFile', { path: shown.namedPath, expected: `a link at "${path}" that can be followed`, received: 'another one' });
    const { filename, obj_path } = link.right;
    return filename === undefined || obj_path === undefined ? null : { filename, obj_path };
  }

  private whyNotOpened({ namedPath: path, libraryPath }: ShownFile): BlissdataError {
    const descriptor = this.files.descriptor(libraryPath);
    const { size } = this.files.file(libraryPath)?.stats ?? { size: 0n };
    if (size === 0n) return blissdataError('FileNotReadable', { path, reason: 'it is empty' });
    const superblock = E.tryCatch(() => superblockOf(descriptor), E.toError);
    if (E.isLeft(superblock)) return blissdataError('UnsupportedFile', { path, expected: 'an HDF5 file', received: 'something else' });
    const { version } = superblock.right;
    if (version > NEWEST_SUPERBLOCK) return blissdataError('UnsupportedFile', { path, expected: `an HDF5 file with a superblock of version ${NEWEST_SUPERBLOCK} at most`, received: `version ${version}` });
    const { saying } = this.library.files;
    return blissdataError('FileNotReadable', { path, reason: reasonIn(saying.split('HDF5-DIAG:').filter((report) => report.includes('H5Fopen'))[0] ?? saying) }, new Error(saying));
  }
}

/** A dot and nothing stand for the group itself. */
const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/** The innermost line of a report that the library printed. */
export function reasonIn(report: string): string {
  const line = report.split('\n').findLast((each) => /^ *#\d+: /.test(each)) ?? '';
  return /^.* in \w+\(\): (.*)$/.exec(line)?.[1] ?? 'the HDF5 library does not say why';
}
