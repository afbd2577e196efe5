/** Opens the files that may be read: those that lie, with all symbolic links followed, under one of the folders that the user allows. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, realpathSync, type BigIntStats } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { identity } from 'fp-ts/lib/function.js';
import { blissdataError, isFileNotReadable, type BlissdataError } from '../model/errors.js';
import { reasonOf } from './os-error.js';

const isWithin = (folder: string, path: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** No system opens a longer path, and walking up a much longer one would overflow the stack. */
const LONGEST_PATH = 4096;

/** Left is the operating system's error. */
const existing = (path: string): E.Either<unknown, string> => E.tryCatch(() => realpathSync.native(path), identity);

/** The path with all symbolic links followed, as far as it exists; the rest is appended. */
function realPathOf(path: string): string {
  const real = existing(path);
  if (E.isRight(real)) return real.right;
  const parent = dirname(path);
  return parent === path ? path : join(realPathOf(parent), basename(path));
}

/** A file that is open for reading. The caller closes the descriptor. */
export interface OpenedFile {
  readonly descriptor: number;
  /** The absolute path by which it was opened. */
  readonly namedPath: string;
  /** The path with all symbolic links followed. */
  readonly realPath: string;
  readonly stats: BigIntStats;
}

export class AllowedPaths {
  /** Absolute, with their symbolic links. */
  readonly roots: readonly string[];

  constructor(roots: readonly string[]) {
    this.roots = roots.map((root) => resolve(root));
  }

  /**
   * Opens a file if it may be read. A relative path counts from the first root that has it.
   * Throws `PathNotAllowed`, `FileNotReadable` or, for anything but a regular file, `UnsupportedFile`.
   */
  open(path: string): OpenedFile {
    if (path.length > LONGEST_PATH) throw blissdataError('FileNotReadable', { path: `${path.slice(0, 80)}...`, reason: `no path is longer than ${LONGEST_PATH} characters` });
    const failures: BlissdataError[] = [];
    for (const candidate of isAbsolute(path) ? [path] : this.roots.map((root) => `${root}/${path}`)) {
      const opened = this.tryOpen(candidate, path);
      if (E.isRight(opened)) return opened.right;
      failures.push(opened.left);
    }
    throw failures.find(isFileNotReadable) ?? this.refused(path);
  }

  /**
   * Opens the file at an absolute path, which errors call `name`. Left if there is none (`FileNotReadable`), or if it may not be read
   * (`PathNotAllowed`). The path is resolved once, so that a link that takes its place meanwhile leads nowhere else.
   */
  tryOpen(path: string, name: string): E.Either<BlissdataError, OpenedFile> {
    const nothing = (cause: unknown): E.Either<BlissdataError, never> => E.left(blissdataError('FileNotReadable', { path: name, reason: reasonOf(cause) }, cause));
    if (path.length > LONGEST_PATH) return nothing(new Error(`no path is longer than ${LONGEST_PATH} characters`));
    const real = existing(path);
    if (E.isRight(real)) return this.holds(real.right) ? E.right(this.openReal(path, real.right, name)) : E.left(this.refused(name));
    return this.holds(realPathOf(path)) ? nothing(real.left) : E.left(this.refused(name));
  }

  /** The error for a path that is not allowed. */
  refused(path: string): BlissdataError {
    return blissdataError('PathNotAllowed', { path, roots: this.roots });
  }

  /** Whether a real path lies under a root. Roots are resolved each time, as they may come into being later. */
  private holds(realPath: string): boolean {
    return this.roots.some((root) => isWithin(realPathOf(root), realPath));
  }

  private openReal(namedPath: string, realPath: string, name: string): OpenedFile {
    const unreadable = (cause: unknown): Error => blissdataError('FileNotReadable', { path: name, reason: reasonOf(cause) }, cause);
    const run = <T>(call: () => T): T => {
      const result = E.tryCatch(call, unreadable);
      if (E.isLeft(result)) throw result.left;
      return result.right;
    };
    // A pipe or a device would block the reader for ever, or act when it is opened.
    const requireFile = (stats: { isFile(): boolean; isDirectory(): boolean }): void => {
      if (!stats.isFile()) throw blissdataError('UnsupportedFile', { path: name, expected: 'a file', received: stats.isDirectory() ? 'a folder' : 'something else' });
    };
    requireFile(run(() => lstatSync(realPath)));
    const descriptor = run(() => openSync(realPath, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW));
    try {
      const stats = run(() => fstatSync(descriptor, { bigint: true }));
      requireFile(stats);
      if (!this.holds(realPathOfOpen(descriptor, realPath, stats))) throw this.refused(name);
      return { descriptor, namedPath, realPath, stats };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }
}

/** The real path of an open file, whatever its path leads to by now. */
function realPathOfOpen(descriptor: number, path: string, stats: BigIntStats): string {
  const known = E.tryCatch(() => readlinkSync(`/proc/self/fd/${descriptor}`), E.toError);
  if (E.isRight(known)) return known.right;
  // Without /proc (macOS): the path must still lead to this very file.
  const real = realPathOf(path);
  const now = lstatSync(real, { bigint: true });
  return now.dev === stats.dev && now.ino === stats.ino ? real : '';
}
