/** The HDF5 library, compiled to WebAssembly (h5wasm): loading it and its compression plugins. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { blissdataError } from '../../model/errors.js';
import { HostFiles } from './host-files.js';
import { importPackage } from './import-package.js';
import { isPackage, type H5Module, type H5Package } from './h5wasm.js';

/** How the packages are loaded that need not be installed. */
export interface OptionalPackages {
  readonly h5wasm: () => Promise<unknown>;
  readonly plugins: () => Promise<unknown>;
}

export const optionalPackages: OptionalPackages = { h5wasm: () => importPackage('h5wasm'), plugins: () => importPackage('h5wasm-plugins') };

/** In the library's own file system; a name that no folder of the host has. */
const pluginFolder = `/h5wasm-plugins-${randomUUID()}`;

const Plugins = t.type({ base_url: t.string });

export interface Library {
  readonly File: H5Package['File'];
  readonly module: H5Module;
  readonly files: HostFiles;
  hasPlugins(names: readonly string[]): boolean;
  /** Makes the library find these compression plugins. Rejects with `MissingPackage`. */
  addPlugins(names: readonly string[]): Promise<void>;
}

const libraries = new WeakMap<OptionalPackages, Promise<Library>>();

/** The library, loaded on first use: there is one in a process. Rejects with `MissingPackage`. */
export function libraryOf(packages: OptionalPackages): Promise<Library> {
  const known = libraries.get(packages);
  if (known !== undefined) return known;
  const loading = load(packages);
  libraries.set(packages, loading);
  loading.catch(() => libraries.delete(packages)); // it may be installed later
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
  const files = HostFiles.of(module.FS, pluginFolder);
  module.insert_plugin_search_path(pluginFolder, 0);
  // The library looks for plugins whenever it cannot open a file, and has no business in other folders.
  while (module.get_plugin_search_paths().length > 1) module.remove_plugin_search_path(1);
  const added = new Set<string>();
  const addPlugins = async (names: readonly string[]): Promise<void> => {
    for (const name of names.filter((each) => !added.has(each))) {
      const plugins = Plugins.decode(await imported('h5wasm-plugins', packages.plugins));
      if (E.isLeft(plugins)) throw missing('h5wasm-plugins');
      const file = `libH5Z${name}.so`;
      const bytes = await imported('h5wasm-plugins', () => readFile(new URL(`plugins/${file}`, `${plugins.right.base_url}/`)));
      // Two reads may have come as far as this.
      if (!added.has(name)) module.FS.writeFile(`${pluginFolder}/${file}`, bytes);
      added.add(name);
    }
  };
  return { File: h5wasm.File, module, files, hasPlugins: (names) => names.every((name) => added.has(name)), addPlugins };
}
