/** Loads the HDF5 library, compiled to WebAssembly (h5wasm), and its compression plugins. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { blissdataError } from '../../../model/errors.js';
import { isPackage, type H5Module, type H5Package } from './h5wasm.js';
import { importPackage } from './import-package.js';
import { VirtualFileSystem } from './virtual-file-system.js';

/** How to load the optional packages. */
export interface OptionalPackages {
  readonly h5wasm: () => Promise<unknown>;
  readonly plugins: () => Promise<unknown>;
}

export const optionalPackages: OptionalPackages = { h5wasm: () => importPackage('h5wasm'), plugins: () => importPackage('h5wasm-plugins') };

/** In the library's own file system, under a name that no folder of the host has. */
const pluginFolder = `/h5wasm-plugins-${randomUUID()}`;

const Plugins = t.type({ base_url: t.string });

export interface Library {
  readonly File: H5Package['File'];
  readonly module: H5Module;
  readonly fileSystem: VirtualFileSystem;
  hasPlugins(names: readonly string[]): boolean;
  /** Installs compression plugins into the library. Rejects with `MissingPackage`. */
  addPlugins(names: readonly string[]): Promise<void>;
}

const libraries = new WeakMap<OptionalPackages, Promise<Library>>();

/** The library, loaded on first use, once in a process. Rejects with `MissingPackage`. */
export function libraryOf(packages: OptionalPackages): Promise<Library> {
  const known = libraries.get(packages);
  if (known !== undefined) return known;
  const loading = load(packages);
  libraries.set(packages, loading);
  loading.catch(() => libraries.delete(packages)); // the package may be installed later
  return loading;
}

const missing = (name: string, cause?: unknown): Error => blissdataError('MissingPackage', { package: name, advice: 'npm install h5wasm@0.8 h5wasm-plugins' }, cause);

async function imported<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw missing(name, cause);
  }
}

async function load(packages: OptionalPackages): Promise<Library> {
  const h5wasm = await imported('h5wasm', packages.h5wasm);
  if (!isPackage(h5wasm)) throw missing('h5wasm');
  const module = await h5wasm.ready;
  module.FS.mkdirTree(pluginFolder);
  const fileSystem = VirtualFileSystem.of(module.FS, pluginFolder);
  module.insert_plugin_search_path(pluginFolder, 0);
  // The library searches all of these folders whenever it cannot open a file.
  while (module.get_plugin_search_paths().length > 1) module.remove_plugin_search_path(1);
  const added = new Set<string>();
  const addPlugins = async (names: readonly string[]): Promise<void> => {
    for (const name of names.filter((each) => !added.has(each))) {
      const plugins = Plugins.decode(await imported('h5wasm-plugins', packages.plugins));
      if (E.isLeft(plugins)) throw missing('h5wasm-plugins');
      const file = `libH5Z${name}.so`;
      const bytes = await imported('h5wasm-plugins', () => readFile(new URL(`plugins/${file}`, `${plugins.right.base_url}/`)));
      // Another read may have added it meanwhile.
      if (!added.has(name)) module.FS.writeFile(`${pluginFolder}/${file}`, bytes);
      added.add(name);
    }
  };
  return { File: h5wasm.File, module, fileSystem, hasPlugins: (names) => names.every((name) => added.has(name)), addPlugins };
}
