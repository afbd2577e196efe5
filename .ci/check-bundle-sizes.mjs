// How much of the package a program carries that imports one thing of it, bundled by esbuild in a project that has it installed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

// Bytes when minified, with all that it needs but Node's own modules; somewhat above what was measured (in parentheses).
const limits = [
  { what: 'a guard', imports: "import { isScanNotFound } from 'blissdata-rx';", uses: 'isScanNotFound', limit: 2_000 }, // (1,300)
  { what: 'an encoder', imports: "import { numeric } from 'blissdata-rx';", uses: 'numeric', limit: 62_000 }, // (57,200) io-ts and fp-ts
  { what: 'an operator', imports: "import { zipByIndex } from 'blissdata-rx/operators';", uses: 'zipByIndex', limit: 170_000 }, // (158,300) RxJS, which Node gets whole
  { what: 'a store', imports: "import { DataStore } from 'blissdata-rx';", uses: 'DataStore', limit: 710_000 }, // (663,200) ioredis
];

/** Answers what is too large. */
export async function checkBundleSizes(project) {
  const problems = [];
  for (const [index, { what, imports, uses, limit }] of limits.entries()) {
    const entry = join(project, `bundle-${index}.mjs`);
    writeFileSync(entry, `${imports}\nconsole.log(${uses});\n`);
    const { outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, write: false, platform: 'node', format: 'esm', logLevel: 'error' });
    const size = outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
    console.log(`a bundle with ${what} (${uses}): ${size} bytes of at most ${limit}`);
    if (size > limit) problems.push(`a bundle with ${what} (${uses}) has ${size} bytes, more than ${limit}`);
  }
  return problems;
}
