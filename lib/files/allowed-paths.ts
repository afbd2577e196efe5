/** Which files may be read: those that really lie, all links followed, under one of the folders that the user allows. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, realpathSync, type BigIntStats } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { identity } from 'fp-ts/lib/function.js';
import { blissdataError, isFileNotReadable, type BlissdataError } from '../model/errors.js';
import { hostReason } from './host-error.js';

const isWithin = (folder: string, path: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** No system opens a longer path, and walking up a much longer one would take all of the stack. */
const LONGEST_PATH = 4096;

/** Left is what the host says. */
const existing = (path: string): E.Either<unknown, string> => E.tryCatch(() => realpathSync.native(path), identity);

/** The path with all symbolic links followed; what does not exist is appended to what does. */
function realPathOf(path: string): string {
  const real = existing(path);
  if (E.isRight(real)) return real.right;
  const parent = dirname(path);
  return parent === path ? path : join(realPathOf(parent), basename(path));
}

/** A file that is open for reading; whoever opened it closes the descriptor. */
export interface OpenedFile {
  readonly descriptor: number;
  /** As it was named, absolute. */
  readonly namedPath: string;
  /** Where it lies, all links followed. */
  readonly realPath: string;
  readonly stats: BigIntStats;
}

export class AllowedPaths {
  /** Absolute, as the user wrote them. */
  readonly roots: readonly string[];

  constructor(roots: readonly string[]) {
    this.roots = roots.map((root) => resolve(root));
  }

  /**
   * Opens a file that may be read, a relative path taken from the first root that has it.
   * Throws `PathNotAllowed`, `FileNotReadable` or, for what is no ordinary file, `UnsupportedFile`.
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
   * Opens what lies at an absolute path; `name` is what errors call it. Left if there is nothing (`FileNotReadable`), or it may not
   * be read (`PathNotAllowed`). The path is looked up once: a link that takes its place meanwhile leads nowhere else.
   */
  tryOpen(path: string, name: string): E.Either<BlissdataError, OpenedFile> {
    const nothing = (cause: unknown): E.Either<BlissdataError, never> => E.left(blissdataError('FileNotReadable', { path: name, reason: hostReason(cause) }, cause));
    if (path.length > LONGEST_PATH) return nothing(new Error(`no path is longer than ${LONGEST_PATH} characters`));
    const real = existing(path);
    if (E.isRight(real)) return this.holds(real.right) ? E.right(this.openReal(path, real.right, name)) : E.left(this.refused(name));
    return this.holds(realPathOf(path)) ? nothing(real.left) : E.left(this.refused(name));
  }

  /** The error that says that a path is not allowed. */
  refused(path: string): BlissdataError {
    return blissdataError('PathNotAllowed', { path, roots: this.roots });
  }

  /** Whether a real path lies under a root, as the roots are now. */
  private holds(realPath: string): boolean {
    return this.roots.some((root) => isWithin(realPathOf(root), realPath));
  }

  private openReal(namedPath: string, realPath: string, name: string): OpenedFile {
    const unreadable = (cause: unknown): Error => blissdataError('FileNotReadable', { path: name, reason: hostReason(cause) }, cause);
    const ask = <T>(what: () => T): T => {
      const answer = E.tryCatch(what, unreadable);
      if (E.isLeft(answer)) throw answer.left;
      return answer.right;
    };
    // A pipe or a device would make the reader wait for ever, or do something when it is opened.
    const checkKind = (stats: { isFile(): boolean; isDirectory(): boolean }): void => {
      if (!stats.isFile()) throw blissdataError('UnsupportedFile', { path: name, expected: 'a file', received: stats.isDirectory() ? 'a folder' : 'something else' });
    };
    checkKind(ask(() => lstatSync(realPath)));
    const descriptor = ask(() => openSync(realPath, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW));
    try {
      const stats = ask(() => fstatSync(descriptor, { bigint: true }));
      checkKind(stats);
      if (!this.holds(placeOf(descriptor, realPath, stats))) throw this.refused(name);
      return { descriptor, namedPath, realPath, stats };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }
}

/** Where an open file really lies, whatever its path leads to by now. */
function placeOf(descriptor: number, path: string, stats: BigIntStats): string {
  const known = E.tryCatch(() => readlinkSync(`/proc/self/fd/${descriptor}`), E.toError);
  if (E.isRight(known)) return known.right;
  // Where the system does not tell: the path must still lead to this very file, without a link.
  const real = realPathOf(path);
  const now = lstatSync(real, { bigint: true });
  return now.dev === stats.dev && now.ino === stats.ino ? real : '';
}
