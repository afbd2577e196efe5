/** The files that the HDF5 library gets to see in one read, each by the path by which the library asks for it. */
import { closeSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError } from '../../model/errors.js';
import type { AllowedPaths, OpenedFile } from '../allowed-paths.js';

/** So many are kept open; more are opened again when the library asks for them. */
const MOST_OPEN = 256;

/** Never given twice: where the library could not close a damaged file, it must not take the next one for it. */
let lastNumber = 0;
const nextNumber = (): number => ++lastNumber;

export interface ShownFile extends Omit<OpenedFile, 'descriptor'> {
  readonly libraryPath: string;
  /** The same for every path to one file, another one for every other file. */
  readonly number: number;
}

export class ShownFiles {
  /** What went wrong with files while the library asked for them. */
  readonly failures: Error[] = [];
  private readonly files = new Map<string, ShownFile>();
  private readonly folders = new Set<string>();
  private readonly numbers = new Map<string, number>();
  private readonly open = new Map<string, number>();

  constructor(private readonly allowed: AllowedPaths) {}

  file(libraryPath: string): ShownFile | undefined {
    return this.files.get(libraryPath);
  }

  isFolder(libraryPath: string): boolean {
    return this.folders.has(libraryPath);
  }

  /** Shows an open file under a path, and closes it in the end. Throws if another one is shown there already. */
  show(libraryPath: string, { descriptor, ...opened }: OpenedFile): ShownFile {
    const known = this.files.get(libraryPath);
    if (known !== undefined) {
      closeSync(descriptor);
      if (!isSame(known, opened)) throw blissdataError('UnsupportedFile', { path: opened.namedPath, expected: `the file that "${libraryPath}" was before`, received: 'another one of that name' });
      return known;
    }
    const identity = `${opened.stats.dev}:${opened.stats.ino}`;
    const number = this.numbers.get(identity) ?? nextNumber();
    this.numbers.set(identity, number);
    const file = { ...opened, libraryPath, number };
    this.files.set(libraryPath, file);
    for (let folder = dirname(libraryPath); folder !== '/'; folder = dirname(folder)) this.folders.add(folder);
    this.keep(libraryPath, descriptor);
    return file;
  }

  /** Of the file that is shown under a path. Throws if there is another one in its place by now. */
  descriptor(libraryPath: string): number {
    const known = this.open.get(libraryPath);
    if (known !== undefined) return known;
    const file = this.files.get(libraryPath);
    const opened = file === undefined ? E.left(new Error(`"${libraryPath}" is not shown`)) : this.allowed.tryOpen(file.namedPath, file.namedPath);
    if (E.isLeft(opened)) throw opened.left;
    if (file === undefined || !isSame(file, opened.right)) {
      closeSync(opened.right.descriptor);
      throw blissdataError('FileNotReadable', { path: opened.right.namedPath, reason: 'it was replaced while it was being read' });
    }
    this.keep(libraryPath, opened.right.descriptor);
    return opened.right.descriptor;
  }

  /** Whether no file has been written to, or replaced, since it was shown. */
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

  /** To be called when the library has let go of a file for now. */
  rest(libraryPath: string): void {
    const descriptor = this.open.get(libraryPath);
    if (descriptor === undefined || this.open.size <= MOST_OPEN) return;
    this.open.delete(libraryPath);
    closeSync(descriptor);
  }

  private keep(libraryPath: string, descriptor: number): void {
    this.open.set(libraryPath, descriptor);
  }
}

const isSame = (a: Pick<OpenedFile, 'stats'>, b: Pick<OpenedFile, 'stats'>): boolean => a.stats.dev === b.stats.dev && a.stats.ino === b.stats.ino;
