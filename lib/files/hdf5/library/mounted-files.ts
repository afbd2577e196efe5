/** The files that the HDF5 library sees in one read, under the paths by which it opens them. */
import { closeSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError } from '../../../model/errors.js';
import type { AllowedPaths, OpenedFile } from '../../allowed-paths.js';

/** Others are closed, and opened again when the library reads them. */
const MOST_OPEN_FILES = 256;

/** Never used twice: if the library could not close a damaged file, it must not mistake the next one for it. */
let lastInode = 0;
const nextInode = (): number => ++lastInode;

export interface MountedFile extends Omit<OpenedFile, 'descriptor'> {
  readonly libraryPath: string;
  /** The inode number: the same for every path to a file. */
  readonly number: number;
}

export class MountedFiles {
  /** Errors of the operating system while the library read files. */
  readonly failures: Error[] = [];
  private readonly files = new Map<string, MountedFile>();
  private readonly folders = new Set<string>();
  private readonly numbers = new Map<string, number>();
  private readonly open = new Map<string, number>();

  constructor(private readonly allowed: AllowedPaths) {}

  file(libraryPath: string): MountedFile | undefined {
    return this.files.get(libraryPath);
  }

  isFolder(libraryPath: string): boolean {
    return this.folders.has(libraryPath);
  }

  /** Mounts an open file at a path, and owns it from now on. Throws if another one is mounted there. */
  mount(libraryPath: string, { descriptor, ...opened }: OpenedFile): MountedFile {
    const known = this.files.get(libraryPath);
    if (known !== undefined) {
      closeSync(descriptor);
      if (!isSame(known, opened)) throw blissdataError('UnsupportedFile', { path: opened.namedPath, expected: `one file as "${libraryPath}"`, received: 'two files' });
      return known;
    }
    const identity = `${opened.stats.dev}:${opened.stats.ino}`;
    const number = this.numbers.get(identity) ?? nextInode();
    this.numbers.set(identity, number);
    const file = { ...opened, libraryPath, number };
    this.files.set(libraryPath, file);
    for (let folder = dirname(libraryPath); folder !== '/'; folder = dirname(folder)) this.folders.add(folder);
    this.keep(libraryPath, descriptor);
    return file;
  }

  /** The descriptor of the file at a path. Throws if the file was replaced meanwhile. */
  descriptor(libraryPath: string): number {
    const known = this.open.get(libraryPath);
    if (known !== undefined) return known;
    const file = this.files.get(libraryPath);
    const opened = file === undefined ? E.left(new Error(`"${libraryPath}" is not mounted`)) : this.allowed.tryOpen(file.namedPath, file.namedPath);
    if (E.isLeft(opened)) throw opened.left;
    if (file === undefined || !isSame(file, opened.right)) {
      closeSync(opened.right.descriptor);
      throw blissdataError('FileNotReadable', { path: opened.right.namedPath, reason: 'it was replaced while it was being read' });
    }
    this.keep(libraryPath, opened.right.descriptor);
    return opened.right.descriptor;
  }

  /** Whether no file was written to or replaced since it was mounted. */
  get areUnchanged(): boolean {
    return [...this.files.values()].every(({ namedPath, stats }) => {
      const now = E.tryCatch(() => statSync(namedPath, { bigint: true }), E.toError);
      return E.isRight(now) && now.right.dev === stats.dev && now.right.ino === stats.ino && now.right.size === stats.size && now.right.mtimeNs === stats.mtimeNs && now.right.ctimeNs === stats.ctimeNs;
    });
  }

  close(): void {
    for (const descriptor of this.open.values()) closeSync(descriptor);
    this.open.clear();
  }

  /** Closes a file that the library does not use at present, if too many are open. */
  closeSurplus(libraryPath: string): void {
    const descriptor = this.open.get(libraryPath);
    if (descriptor === undefined || this.open.size <= MOST_OPEN_FILES) return;
    this.open.delete(libraryPath);
    closeSync(descriptor);
  }

  private keep(libraryPath: string, descriptor: number): void {
    this.open.set(libraryPath, descriptor);
  }
}

const isSame = (a: Pick<OpenedFile, 'stats'>, b: Pick<OpenedFile, 'stats'>): boolean => a.stats.dev === b.stats.dev && a.stats.ino === b.stats.ino;
