/**
 * The only files that the HDF5 library sees: those of the host that may be read. All that it opens goes through here, also what
 * external links, virtual datasets and external storage name, so that no file can lead it out of the allowed folders.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync, type Stats } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import type { AllowedNow, AllowedPaths } from './allowed-paths.js';
import { isNoSuchFile } from './host-error.js';
import type { EmscriptenFs, FsNode, FsStream } from './h5wasm.js';

/** Error numbers of the library's own C library. */
const errors = { EACCES: 2, EINVAL: 28, EIO: 29, ENOENT: 44, EROFS: 69 };

const FOLDER = 0o040555;
const FILE = 0o100444;

/** What is not to be seen of the host, whatever is allowed, and what the library has itself. */
const hidden = new Set(['', 'dev', 'proc', 'sys']);

interface Access {
  readonly allowed: AllowedNow;
  /** What the library wanted to see and may not. */
  readonly denied: string[];
}

export interface Looked<T> {
  readonly value: E.Either<Error, T>;
  /** What the library printed about errors meanwhile. */
  readonly said: string;
  readonly denied: readonly string[];
}

export class HostFiles {
  private access: Access | undefined;
  private said: Uint8Array[] = [];
  private readonly mounted = new Set<string>();
  /** Entries that the library's file system remembers; forgotten after each access, as files come, go and grow. */
  private readonly entries: FsNode[] = [];

  private static readonly ofFs = new WeakMap<EmscriptenFs, HostFiles>();

  /** There is one for a library, however often it is loaded. */
  static of(fs: EmscriptenFs): HostFiles {
    const known = HostFiles.ofFs.get(fs) ?? new HostFiles(fs);
    HostFiles.ofFs.set(fs, known);
    return known;
  }

  private constructor(private readonly fs: EmscriptenFs) {
    this.listen(1);
    this.listen(2);
    for (const name of readdirSync('/')) this.mount(name);
  }

  /** Does something at once with the library, which meanwhile sees what is allowed, and nothing of the host at other times. */
  with<T>(allowed: AllowedPaths, work: () => T): Looked<T> {
    for (const root of allowed.roots) this.mount(root.split('/')[1] ?? '');
    const access: Access = { allowed: allowed.now(), denied: [] };
    this.access = access;
    try {
      const value = E.tryCatch(work, E.toError);
      return { value, said: Buffer.concat(this.said).toString(), denied: access.denied };
    } finally {
      this.access = undefined;
      this.said = [];
      for (const entry of this.entries.splice(0)) this.fs.destroyNode(entry);
    }
  }

  /** The library and its plugins print what went wrong; meanwhile that is kept for whoever asked. */
  private listen(descriptor: number): void {
    const stream = this.fs.getStream(descriptor);
    if (stream === null || stream === undefined) return;
    const printed = stream.stream_ops;
    const write = (to: FsStream, bytes: Uint8Array, offset: number, length: number, ...rest: unknown[]): unknown => {
      if (this.access === undefined) return 'write' in printed && typeof printed.write === 'function' ? Reflect.apply(printed.write, printed, [to, bytes, offset, length, ...rest]) : length;
      this.said.push(Uint8Array.from(bytes.subarray(offset, offset + length)));
      return length;
    };
    stream.stream_ops = { ...printed, write };
  }

  /** Lays a folder at the top of the host over the library's own file system, under the same name, so that absolute paths in files hold. */
  private mount(name: string): void {
    if (this.mounted.has(name) || hidden.has(name)) return;
    const hostPath = `/${name}`;
    if (!E.getOrElse(() => false)(E.tryCatch(() => statSync(hostPath).isDirectory(), E.toError))) return;
    this.mounted.add(name);
    this.fs.mkdirTree(hostPath);
    this.fs.mount({ mount: () => this.node(null, '/', FOLDER, hostPath) }, {}, hostPath);
  }

  private node(parent: FsNode | null, name: string, mode: number, hostPath: string): FsNode {
    const node = this.fs.createNode(parent, name, mode, 0);
    node.hostPath = hostPath;
    node.node_ops = this.nodeOperations;
    node.stream_ops = this.streamOperations;
    return node;
  }

  private readonly nodeOperations = {
    lookup: (parent: FsNode, name: string): FsNode => {
      const hostPath = `${this.hostPathOf(parent)}/${name}`;
      const isFolder = this.look(hostPath).isDirectory();
      const node = this.node(parent, name, isFolder ? FOLDER : FILE, hostPath);
      this.entries.push(node);
      return node;
    },
    getattr: (node: FsNode): object => attributes(this.look(this.hostPathOf(node))),
    setattr: (): never => this.fail(errors.EROFS),
  };

  private readonly streamOperations = {
    open: (stream: FsStream): void => {
      const hostPath = this.hostPathOf(stream.node);
      const stats = this.look(hostPath);
      if (!stats.isFile()) this.fail(errors.EACCES);
      // Without blocking: it may have become a pipe since.
      stream.hostFile = this.ask(() => openSync(hostPath, constants.O_RDONLY | constants.O_NONBLOCK));
    },
    close: (stream: FsStream): void => this.ask(() => closeSync(fileOf(stream))),
    read: (stream: FsStream, bytes: Int8Array, offset: number, length: number, position: number): number =>
      length === 0 ? 0 : this.ask(() => readSync(fileOf(stream), bytes, offset, length, position)),
    write: (): never => this.fail(errors.EROFS),
    getattr: (stream: FsStream): object => attributes(this.ask(() => fstatSync(fileOf(stream)))),
    llseek: (stream: FsStream, offset: number, whence: number): number => {
      const from = whence === 1 ? stream.position : whence === 2 ? this.ask(() => fstatSync(fileOf(stream))).size : 0;
      if (from + offset < 0) this.fail(errors.EINVAL);
      return from + offset;
    },
  };

  private hostPathOf(node: FsNode): string {
    return node.hostPath ?? this.fail(errors.ENOENT);
  }

  /** What the host knows of a path, if the present access may see it. */
  private look(hostPath: string): Stats {
    const { access } = this;
    if (access === undefined) return this.fail(errors.ENOENT);
    const inside = access.allowed.allows(hostPath);
    const stats = E.tryCatch(() => statSync(hostPath), E.toError);
    const folder = E.isRight(stats) && stats.right.isDirectory();
    if (!inside && !access.allowed.leadsTo(hostPath)) {
      access.denied.push(hostPath);
      return this.fail(errors.EACCES);
    }
    if (E.isLeft(stats) || !(inside || folder)) return this.fail(errors.ENOENT);
    return stats.right;
  }

  /** Asks the host; what goes wrong there is an error that the library understands. */
  private ask<T>(what: () => T): T {
    try {
      return what();
    } catch (cause) {
      // The library knows errors by number only.
      throw new this.fs.ErrnoError(isNoSuchFile(cause) ? errors.ENOENT : errors.EIO);
    }
  }

  private fail(errno: number): never {
    throw new this.fs.ErrnoError(errno);
  }
}

const fileOf = (stream: FsStream): number => stream.hostFile ?? -1;

const attributes = (stats: Stats): object => ({
  dev: stats.dev,
  ino: stats.ino,
  mode: stats.isDirectory() ? FOLDER : FILE,
  nlink: 1,
  uid: 0,
  gid: 0,
  rdev: 0,
  size: stats.size,
  atime: stats.atime,
  mtime: stats.mtime,
  ctime: stats.ctime,
  blksize: 4096,
  blocks: Math.ceil(stats.size / 512),
});
