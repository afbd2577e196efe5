/** The parts of h5wasm that are used here. The package is optional, so its own types cannot be imported. */

/** An entry of Emscripten's file system. */
export interface FsNode {
  readonly mode: number;
  readonly parent: FsNode;
  /** The mount point it belongs to. */
  mount?: unknown;
  /** The path by which the library knows it; set on our own entries only. */
  libraryPath?: string;
  node_ops?: unknown;
  stream_ops?: unknown;
}

export interface FsStream {
  readonly node: FsNode;
  position: number;
  descriptor?: number;
  /** How often each piece of a file in SWMR mode was read. */
  reads?: Map<string, number>;
  stream_ops: object;
}

/** Emscripten's file system. */
export interface EmscriptenFs {
  readonly ErrnoError: new (errno: number) => Error;
  /** The directory "/". */
  root: FsNode;
  readonly streams: readonly unknown[];
  createNode(parent: FsNode | null, name: string, mode: number, device: number): FsNode;
  destroyNode(node: FsNode): void;
  lookupNode(parent: FsNode, name: string): FsNode;
  mkdirTree(path: string): void;
  writeFile(path: string, bytes: Uint8Array): void;
  getStream(descriptor: number): FsStream | null | undefined;
}

export interface H5Module {
  readonly FS: EmscriptenFs;
  /** Replaced whenever the library's memory grows: read it again after every call. */
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  get_plugin_search_paths(): readonly string[];
  remove_plugin_search_path(index: number): number;
  insert_plugin_search_path(path: string, index: number): number;
  /** 0 for a group, 1 for a dataset. Follows the links of the path. */
  get_type(file: bigint, path: string): number;
  /** The target of a soft link; null for anything else. */
  get_symbolic_link(file: bigint, path: string): unknown;
  /** The target of a link to another file; an empty object for anything else. */
  get_external_link(file: bigint, path: string): unknown;
  /** The bytes of a reference to an object: its address in the file. */
  create_object_reference(file: bigint, path: string): unknown;
  get_dataset_metadata(file: bigint, path: string): unknown;
  get_dataset_filters(file: bigint, path: string): unknown;
  /** Negative if it failed. */
  get_dataset_data(file: bigint, path: string, count: readonly bigint[], offset: readonly bigint[], stride: readonly bigint[], pointer: bigint): number;
}

export interface H5File {
  /** Negative if it could not be opened. */
  readonly file_id: bigint;
  close(): number;
}

export interface H5Package {
  readonly ready: Promise<H5Module>;
  readonly File: new (path: string, mode: 'r' | 'Sr') => H5File;
}

/** Whether a module is h5wasm. Beyond that its interface is trusted, like that of any package. */
export const isPackage = (module: unknown): module is H5Package =>
  typeof module === 'object' && module !== null && 'ready' in module && 'File' in module && typeof module.File === 'function';
