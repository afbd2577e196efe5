// Builds the package: with the TypeScript compiler ESM into dist/esm and CommonJS into dist/cjs, each with its types; for browsers dist/browser.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { buildBrowser } from './build-browser.mjs';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync('dist', { recursive: true, force: true });
for (const [format, type] of [['esm', 'module'], ['cjs', 'commonjs']]) {
  execFileSync(process.execPath, [tsc, '-p', `.scripts/tsconfig.${format}.json`], { stdio: 'inherit' });
  // The nearest package.json is what bundlers look at: without `sideEffects` here they would keep all of the package.
  writeFileSync(`dist/${format}/package.json`, JSON.stringify({ type, sideEffects: false }));
}
// TypeScript turns `import()` into `require()` there, which does not find packages that are ES modules only.
writeFileSync('dist/cjs/files/hdf5/library/import-package.js', "'use strict';\nexports.importPackage = (name) => import(name);\n");
rmSync('dist/cjs/files/hdf5/library/import-package.js.map');
buildBrowser();
chmodSync('dist/esm/cli/main.js', 0o755);
