/** The folder in which fetched programs are cached. */
import { homedir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import * as O from 'fp-ts/lib/Option.js';
import { packageFolder } from './package-folder.js';

/**
 * The cache folder: `BLISSDATA_RX_CACHE` if set; `.cache` of the checkout if the working folder is inside one; else the user's
 * (`$XDG_CACHE_HOME/blissdata-rx`, `~/.cache/blissdata-rx`, on macOS `~/Library/Caches/blissdata-rx`).
 */
export function cacheFolder(): string {
  const given = process.env['BLISSDATA_RX_CACHE'];
  if (given !== undefined && given !== '') return resolve(given);

  const checkout = packageFolder(process.cwd());
  if (O.isSome(checkout) && !checkout.value.folder.split(sep).includes('node_modules')) return join(checkout.value.folder, '.cache');

  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'blissdata-rx');
  const base = process.env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'blissdata-rx');
}
