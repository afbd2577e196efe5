/** Which files may be read: those that really lie, all links followed, under one of the folders that the user allows. */
import { realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError } from '../model/errors.js';
import { hostReason } from './host-error.js';

const isWithin = (folder: string, path: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** No system opens a longer path, and walking up a much longer one would take all of the stack. */
const LONGEST_PATH = 4096;

/** The path with all symbolic links followed; what does not exist is appended to what does. */
function realPathOf(path: string): string {
  const real = E.tryCatch(() => realpathSync.native(path), E.toError);
  if (E.isRight(real)) return real.right;
  const parent = dirname(path);
  return parent === path ? path : join(realPathOf(parent), basename(path));
}

export interface AllowedFile {
  readonly path: string;
  readonly stats: Stats;
}

export interface AllowedNow {
  /** Whether a path, absolute, really lies under a root. */
  allows(path: string): boolean;
  /** Whether a root lies under a path: on the way to what may be read. */
  leadsTo(path: string): boolean;
}

export class AllowedPaths {
  /** Absolute, as the user wrote them. */
  readonly roots: readonly string[];

  constructor(roots: readonly string[]) {
    this.roots = roots.map((root) => resolve(root));
  }

  /** The roots with all links followed, as they are now. */
  private realRoots(): readonly string[] {
    return this.roots.map(realPathOf);
  }

  /** What is allowed now, each path looked at once only: for short use. */
  now(): AllowedNow {
    const roots = this.realRoots();
    const known = new Map<string, boolean>();
    const lies = (path: string): boolean => path.length <= LONGEST_PATH && roots.some((root) => isWithin(root, realPathOf(path)));
    return {
      allows: (path) => {
        const allowed = known.get(path) ?? lies(path);
        known.set(path, allowed);
        return allowed;
      },
      leadsTo: (path) => [...this.roots, ...roots].some((root) => isWithin(path, root)),
    };
  }

  /**
   * The real path of a file that may be read, relative ones taken from the first root that has it, and what is known about it.
   * Throws `PathNotAllowed`, `FileNotReadable` or, for what is no ordinary file, `UnsupportedFile`.
   */
  file(path: string): AllowedFile {
    if (path.length > LONGEST_PATH) throw blissdataError('FileNotReadable', { path: `${path.slice(0, 80)}...`, reason: `no path is longer than ${LONGEST_PATH} characters` });
    const candidates = isAbsolute(path) ? [resolve(path)] : this.roots.map((root) => resolve(root, path));
    const now = this.now();
    const allowed = candidates.filter((candidate) => now.allows(candidate));
    const found = allowed.find((candidate) => E.isRight(E.tryCatch(() => statSync(candidate), E.toError))) ?? allowed[0];
    if (found === undefined) throw blissdataError('PathNotAllowed', { path, roots: this.roots });
    const stats = E.tryCatch(() => statSync(found), (cause) => blissdataError('FileNotReadable', { path, reason: hostReason(cause) }, cause));
    if (E.isLeft(stats)) throw stats.left;
    // A pipe or a device would make the reader wait for ever.
    if (!stats.right.isFile()) throw blissdataError('UnsupportedFile', { path, expected: 'a file', received: stats.right.isDirectory() ? 'a folder' : 'something else' });
    return { path: realPathOf(found), stats: stats.right };
  }
}
