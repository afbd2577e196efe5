/**
 * The only files that the HDF5 library sees, in place of its own file system: those that were found and opened for it before. So
 * no file can lead it out of the allowed folders, to a file that is not the one that was meant, or to one of its own.
 */
import { fstatSync, readSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import type { EmscriptenFs, FsNode, FsStream } from './h5wasm.js';
import type { ShownFiles } from './shown-files.js';
import { isWrittenForReaders } from './superblock.js';

/** Error numbers of the library's own C library. */
const errors = { EINVAL: 28, EIO: 29, ENOENT: 44, EROFS: 69 };

const FOLDER = 0o040555;
const FILE = 0o100444;

export class HostFiles {
  private shown: ShownFiles | undefined;
  private said: Uint8Array[] = [];
  private readonly own: FsNode;
  private readonly root: FsNode;
  /** Entries that the library's file system remembers; forgotten after each access, as files come, go and grow. */
  private readonly entries: FsNode[] = [];

  private static readonly ofFs = new WeakMap<EmscriptenFs, HostFiles>();

  /** There is one for a library, however often it is loaded. `visible` is the folder of the library's own that it sees always. */
  static of(fs: EmscriptenFs, visible: string): HostFiles {
    const known = HostFiles.ofFs.get(fs) ?? new HostFiles(fs, visible);
    HostFiles.ofFs.set(fs, known);
    return known;
  }

  private constructor(
    private readonly fs: EmscriptenFs,
    private readonly visible: string,
  ) {
    this.listen(1);
    this.listen(2);
    this.own = fs.root;
    this.root = this.node(null, '/', FOLDER, '');
    this.root.mount = this.own.mount;
  }

  /** Does something at once with the library, which meanwhile sees the files that are shown, and at other times none of the host. */
  with<T>(shown: ShownFiles, work: () => T): E.Either<Error, T> {
    this.shown = shown;
    this.fs.root = this.root;
    try {
      return E.tryCatch(work, E.toError);
    } finally {
      this.fs.root = this.own;
      this.shown = undefined;
      this.said = [];
      for (const entry of this.entries.splice(0)) this.fs.destroyNode(entry);
    }
  }

  /** What the library has printed so far in the present access. */
  get saying(): string {
    return Buffer.concat(this.said).toString();
  }

  /** The library and its plugins print what went wrong; meanwhile that is kept for whoever asked. */
  private listen(descriptor: number): void {
    const stream = this.fs.getStream(descriptor);
    if (stream === null || stream === undefined) return;
    const printed = stream.stream_ops;
    const write = (to: FsStream, bytes: Uint8Array, offset: number, length: number, ...rest: unknown[]): unknown => {
      if (this.shown === undefined) return 'write' in printed && typeof printed.write === 'function' ? Reflect.apply(printed.write, printed, [to, bytes, offset, length, ...rest]) : length;
      this.said.push(Uint8Array.from(bytes.subarray(offset, offset + length)));
      return length;
    };
    stream.stream_ops = { ...printed, write };
  }

  private node(parent: FsNode | null, name: string, mode: number, libraryPath: string): FsNode {
    const node = this.fs.createNode(parent, name, mode, 0);
    node.libraryPath = libraryPath;
    node.node_ops = this.nodeOperations;
    node.stream_ops = this.streamOperations;
    return node;
  }

  private readonly nodeOperations = {
    lookup: (parent: FsNode, name: string): FsNode => {
      const path = `${this.pathOf(parent)}/${name}`;
      const isFile = this.shown?.file(path) !== undefined;
      if (!isFile && this.shown?.isFolder(path) !== true) return path === this.visible ? this.fs.lookupNode(this.own, name) : this.fail(errors.ENOENT);
      const node = this.node(parent, name, isFile ? FILE : FOLDER, path);
      this.entries.push(node);
      return node;
    },
    getattr: (node: FsNode): object => this.attributes(this.pathOf(node)),
    setattr: (): never => this.fail(errors.EROFS),
  };

  private readonly streamOperations = {
    open: (stream: FsStream): void => {
      const path = this.pathOf(stream.node);
      const { shown } = this;
      if (shown?.file(path) === undefined) return this.fail(errors.ENOENT);
      const descriptor = this.ask(() => shown.descriptor(path));
      stream.hostFile = descriptor;
      if (isWrittenForReaders(descriptor)) stream.reads = new Map();
    },
    // What is shown is closed by whoever shows it.
    close: (): void => undefined,
    read: (stream: FsStream, bytes: Int8Array, offset: number, length: number, position: number): number => {
      if (length === 0) return 0;
      if (timesRead(stream, position, length) > MOST_TIMES) return this.fail(errors.EIO);
      return this.ask(() => readSync(fileOf(stream), bytes, offset, length, position));
    },
    write: (): never => this.fail(errors.EROFS),
    getattr: (stream: FsStream): object => this.attributes(this.pathOf(stream.node)),
    llseek: (stream: FsStream, offset: number, whence: number): number => {
      const from = whence === 1 ? stream.position : whence === 2 ? this.ask(() => fstatSync(fileOf(stream))).size : 0;
      if (from + offset < 0) this.fail(errors.EINVAL);
      return from + offset;
    },
  };

  private pathOf(node: FsNode): string {
    return node.libraryPath ?? this.fail(errors.ENOENT);
  }

  private attributes(path: string): object {
    const { shown } = this;
    const file = shown?.file(path);
    if (shown === undefined || file === undefined) return attributesOf(FOLDER, 0, 0, new Date(0));
    const { size, mtime } = this.ask(() => fstatSync(shown.descriptor(path)));
    return attributesOf(FILE, file.number, size, mtime);
  }

  /** Asks the host; what goes wrong there is an error that the library understands. */
  private ask<T>(what: () => T): T {
    const answer = E.tryCatch(what, E.toError);
    if (E.isRight(answer)) return answer.right;
    this.shown?.failures.push(answer.left);
    // The library knows errors by number only.
    return this.fail(errors.EIO);
  }

  private fail(errno: number): never {
    throw new this.fs.ErrnoError(errno);
  }
}

/**
 * In SWMR mode the library reads what has a wrong checksum again, a hundred times, each after twice the time of the one before (H5C.c,
 * `H5C__load_entry`): half a minute at the 35th, in which nothing else happens in the process. What is still wrong after 10 ms is an error.
 */
const MOST_TIMES = 24;

function timesRead({ reads }: FsStream, position: number, length: number): number {
  if (reads === undefined) return 1;
  const piece = `${position} ${length}`;
  const times = (reads.get(piece) ?? 0) + 1;
  reads.set(piece, times);
  return times;
}

const fileOf = (stream: FsStream): number => stream.hostFile ?? -1;

/** The library takes two files of one number for the same one. */
const attributesOf = (mode: number, number: number, size: number, time: Date): object => ({
  dev: 1,
  ino: number,
  mode,
  nlink: 1,
  uid: 0,
  gid: 0,
  rdev: 0,
  size,
  atime: time,
  mtime: time,
  ctime: time,
  blksize: 4096,
  blocks: Math.ceil(size / 512),
});
