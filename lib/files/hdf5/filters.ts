/** HDF5's compression filters: which plugin decodes them, and which combinations are unsafe. */
import { blissdataError } from '../../model/errors.js';
import type { Filter } from './dataset.js';

/** Built into the library: gzip, shuffle, checksums, szip, n-bit, scale-offset. */
const builtIn = new Set([1, 2, 3, 4, 5, 6]);

/** The names in h5wasm-plugins of the filters registered with the HDF Group. */
const plugins: ReadonlyMap<number, string> = new Map([
  [307, 'bz2'],
  [32000, 'lzf'],
  [32001, 'blosc'],
  [32004, 'lz4'],
  [32008, 'bshuf'],
  [32013, 'zfp'],
  [32015, 'zstd'],
  [32019, 'jpeg'],
  [32022, 'bitgroom'],
  [32023, 'bitround'],
  [32026, 'blosc2'],
]);

/** The plugins that these filters need. Throws `UnsupportedFile` if there is none for one of them. */
export function pluginsFor(path: string, filters: readonly Filter[]): readonly string[] {
  const names = filters
    .filter(({ id }) => !builtIn.has(id))
    .map(({ id, name }) => {
      const plugin = plugins.get(id);
      if (plugin === undefined) throw blissdataError('UnsupportedFile', { path, expected: 'a compression that h5wasm-plugins knows', received: `the filter ${id} (${name})` });
      return plugin;
    });
  return [...new Set(names)];
}

const [SHUFFLE, NBIT, SCALE_OFFSET] = [2, 5, 6];

/** Throws `UnsupportedFile` if a filter that packs values follows one that outputs other bytes than values: the library then reads out of bounds. */
export function requireSafeOrder(path: string, filters: readonly Filter[]): void {
  const packing = filters.findIndex(({ id }) => id === NBIT || id === SCALE_OFFSET);
  const before = filters.slice(0, Math.max(0, packing)).find(({ id }) => id !== SHUFFLE);
  if (before !== undefined) throw blissdataError('UnsupportedFile', { path, expected: 'filters that pack values before all others', received: `${filters[packing]?.name ?? ''} behind ${before.name}` });
}
