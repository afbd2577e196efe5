/** Where fetched programs are cached. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cacheFolder } from '../../lib/server/cache-folder.js';

const here = process.cwd();
const before = process.env;
let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-')));
  process.env = { ...before, BLISSDATA_RX_CACHE: '', XDG_CACHE_HOME: '' };
});
afterEach(() => {
  process.chdir(here);
  process.env = before;
  rmSync(folder, { recursive: true, force: true });
});

describe('the cache folder', () => {
  it('is the one that BLISSDATA_RX_CACHE names', () => {
    process.env['BLISSDATA_RX_CACHE'] = 'somewhere';
    expect(cacheFolder()).toBe(resolve('somewhere'));
  });

  it('is .cache beside package.json anywhere in a checkout', () => {
    process.chdir('specs/server');
    expect(cacheFolder()).toBe(join(here, '.cache'));
  });

  it.each(['elsewhere', 'node_modules/blissdata-rx'])('is in the user’s cache in %s', (place) => {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'an-analysis', version: '1.0.0' }));
    if (place.endsWith('blissdata-rx')) writeFileSync(join(folder, place, 'package.json'), JSON.stringify({ name: 'blissdata-rx', version: '1.0.0' }));
    process.chdir(join(folder, place));
    process.env['XDG_CACHE_HOME'] = folder;
    expect(cacheFolder()).toBe(process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches', 'blissdata-rx') : join(folder, 'blissdata-rx'));
  });
});
