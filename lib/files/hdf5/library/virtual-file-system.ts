/**
 * A read-only file system for the HDF5 library, in place of its own: it contains only the files that were mounted before. So no link in a file can
 * lead the library out of the allowed folders, or to another file than the one that was checked.
 */
import { fstatSync, readSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import type { EmscriptenFs, FsNode, FsStream } from './h5wasm.js';
import type { MountedFiles } from './mounted-files.js';
import { isSwmr } from '../format/superblock.js';

/** Error numbers of Emscripten's C library. */
const errors = { EINVAL: 28, EIO: 29, ENOENT: 44, EROFS: 69 };

const FOLDER = 0o040555;
const FILE = 0o100444;

export class VirtualFileSystem {
  private mounted: MountedFiles | undefined;
  private printed: Uint8Array[] = [];
  private readonly ownRoot: FsNode;
  private readonly root: FsNode;
  /** The nodes of the present run; removed afterwards, as files come, go and grow. */
  private readonly nodes: FsNode[] = [];

  private static readonly ofLibrary = new WeakMap<EmscriptenFs, VirtualFileSystem>();

  /** One for each library, however often it is loaded. `visible` is the folder of the library's own file system that stays visible. */
  static of(fs: EmscriptenFs, visible: string): VirtualFileSystem {
    const known = VirtualFileSystem.ofLibrary.get(fs) ?? new VirtualFileSystem(fs, visible);
    VirtualFileSystem.ofLibrary.set(fs, known);
    return known;
  }

  private constructor(
    private readonly fs: EmscriptenFs,
    private readonly visible: string,
  ) {
    this.capture(1);
    this.capture(2);
    this.ownRoot = fs.root;
    this.root = this.node(null, '/', FOLDER, '');
    this.root.mount = this.ownRoot.mount;
  }

  /** Runs synchronous work with the library, which sees the mounted files meanwhile. At other times it sees no file of the host. */
  run<T>(mounted: MountedFiles, work: () => T): E.Either<Error, T> {
    this.mounted = mounted;
    this.fs.root = this.root;
    try {
      return E.tryCatch(work, E.toError);
    } finally {
      this.fs.root = this.ownRoot;
      this.mounted = undefined;
      this.printed = [];
      for (const node of this.nodes.splice(0)) this.fs.destroyNode(node);
    }
  }

  /** What the library has printed so far in the present run. */
  get output(): string {
    return Buffer.concat(this.printed).toString();
  }

  /** Keeps what the library and its plugins print during a run: their error messages. */
  private capture(descriptor: number): void {
    const stream = this.fs.getStream(descriptor);
    if (stream === null || stream === undefined) return;
    const operations = stream.stream_ops;
    const write = (to: FsStream, bytes: Uint8Array, offset: number, length: number, ...rest: unknown[]): unknown => {
      if (this.mounted === undefined) return 'write' in operations && typeof operations.write === 'function' ? Reflect.apply(operations.write, operations, [to, bytes, offset, length, ...rest]) : length;
      this.printed.push(Uint8Array.from(bytes.subarray(offset, offset + length)));
      return length;
    };
    stream.stream_ops = { ...operations, write };
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
      const isFile = this.mounted?.file(path) !== undefined;
      if (!isFile && this.mounted?.isFolder(path) !== true) return path === this.visible ? this.fs.lookupNode(this.ownRoot, name) : this.fail(errors.ENOENT);
      const node = this.node(parent, name, isFile ? FILE : FOLDER, path);
      this.nodes.push(node);
      return node;
    },
    getattr: (node: FsNode): object => this.attributes(this.pathOf(node)),
    setattr: (): never => this.fail(errors.EROFS),
  };

  private readonly streamOperations = {
    open: (stream: FsStream): void => {
      const path = this.pathOf(stream.node);
      const { mounted } = this;
      if (mounted?.file(path) === undefined) return this.fail(errors.ENOENT);
      const descriptor = this.callSystem(() => mounted.descriptor(path));
      stream.descriptor = descriptor;
      if (isSwmr(descriptor)) stream.reads = new Map();
    },
    // MountedFiles owns the descriptors.
    close: (): void => undefined,
    read: (stream: FsStream, bytes: Int8Array, offset: number, length: number, position: number): number => {
      if (length === 0) return 0;
      if (timesRead(stream, position, length) > MOST_READS) return this.fail(errors.EIO);
      return this.callSystem(() => readSync(descriptorOf(stream), bytes, offset, length, position));
    },
    write: (): never => this.fail(errors.EROFS),
    getattr: (stream: FsStream): object => this.attributes(this.pathOf(stream.node)),
    llseek: (stream: FsStream, offset: number, whence: number): number => {
      const from = whence === 1 ? stream.position : whence === 2 ? this.callSystem(() => fstatSync(descriptorOf(stream))).size : 0;
      if (from + offset < 0) this.fail(errors.EINVAL);
      return from + offset;
    },
  };

  private pathOf(node: FsNode): string {
    return node.libraryPath ?? this.fail(errors.ENOENT);
  }

  private attributes(path: string): object {
    const { mounted } = this;
    const file = mounted?.file(path);
    if (mounted === undefined || file === undefined) return attributesOf(FOLDER, 0, 0, new Date(0));
    const { size, mtime } = this.callSystem(() => fstatSync(mounted.descriptor(path)));
    return attributesOf(FILE, file.number, size, mtime);
  }

  /** Calls the operating system. The library knows errors by number only, so the error itself is kept in `failures`. */
  private callSystem<T>(call: () => T): T {
    const result = E.tryCatch(call, E.toError);
    if (E.isRight(result)) return result.right;
    this.mounted?.failures.push(result.left);
    return this.fail(errors.EIO);
  }

  private fail(errno: number): never {
    throw new this.fs.ErrnoError(errno);
  }
}

/**
 * In SWMR mode the library retries a piece with a wrong checksum up to a hundred times, each after twice the pause before (H5C.c,
 * `H5C__load_entry`): half a minute at the 35th, during which the process is blocked. A checksum that is still wrong after 10 ms is an error.
 */
const MOST_READS = 24;

function timesRead({ reads }: FsStream, position: number, length: number): number {
  if (reads === undefined) return 1;
  const piece = `${position} ${length}`;
  const times = (reads.get(piece) ?? 0) + 1;
  reads.set(piece, times);
  return times;
}

const descriptorOf = (stream: FsStream): number => stream.descriptor ?? -1;

/** To the library, two files with the same number are the same file. */
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
