// How much of the package a program carries that imports one thing of it, bundled by esbuild in a project that has it installed; and
// that a page carries nothing that is not for browsers, and nothing twice.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// Bytes when minified, for pages compressed by gzip too, with all that it needs but Node's own modules. Each limit is somewhat above what
// was measured, but for the two that are promised.
const promised = 65_000;
const subpaths = ['browser', 'operators', 'kinds', 'testing'];
const limits = [
  { what: 'a guard', imports: "import { isScanNotFound as used } from 'blissdata-rx';", limit: 300 },
  { what: 'an encoder', imports: "import { numeric as used } from 'blissdata-rx';", limit: 60_000 },
  { what: 'an operator', imports: "import { zipByIndex as used } from 'blissdata-rx/operators';", limit: 165_000 }, // RxJS, which Node gets whole
  { what: 'a store', imports: "import { DataStore as used } from 'blissdata-rx';", limit: 735_000 }, // ioredis, ws
  { what: 'all for browsers', page: true, imports: "import * as used from 'blissdata-rx/browser';", limit: promised },
  { what: 'all of the root', page: true, imports: "import * as used from 'blissdata-rx';", limit: promised },
  { what: 'a guard', page: true, imports: "import { isScanNotFound as used } from 'blissdata-rx/browser';", limit: 300 },
  { what: 'an operator', page: true, imports: "import { zipByIndex as used } from 'blissdata-rx/operators';", limit: 9_500 },
  {
    what: 'every subpath',
    page: true,
    imports: `${subpaths.map((name) => `import * as ${name} from 'blissdata-rx/${name}';`).join('\n')}\nimport * as root from 'blissdata-rx';\nconst used = { root, ${subpaths.join(', ')} };`,
    limit: 79_000,
  },
];

/** What a page has no use for: Node's builds of the package, libraries of which this package has copies, and the CommonJS of others. */
const notForPages = /\/blissdata-rx\/dist\/(?!browser\/)|\/(?:fp-ts|io-ts)\/(?:lib|es6)\/|\/rxjs\/dist\/cjs\/|\/ioredis\/|^node:/;

async function bundle(entry, page) {
  const options = { entryPoints: [entry], bundle: true, minify: true, write: false, format: 'esm', logLevel: 'error', metafile: true };
  const { outputFiles, metafile } = await build({ ...options, platform: page ? 'browser' : 'node' });
  const bytes = Buffer.concat(outputFiles.map(({ contents }) => contents));
  return { size: page ? gzipSync(bytes, { level: 9 }).length : bytes.length, inputs: Object.keys(metafile.inputs) };
}

/** Answers what is too large, or does not belong. */
export async function checkBundleSizes(project) {
  const problems = [];
  for (const [index, { what, imports, limit, page = false }] of limits.entries()) {
    const entry = join(project, `bundle-${index}.mjs`);
    writeFileSync(entry, `${imports}\nconsole.log(used);\n`);
    const { size, inputs } = await bundle(entry, page);
    const name = page ? `a page with ${what}` : `a program with ${what}`;
    const bytes = page ? 'bytes of gzip' : 'bytes';
    console.log(`${name}: ${size} ${bytes}, of at most ${limit}`);
    if (size > limit) problems.push(`${name} has ${size} ${bytes}, more than ${limit}`);
    if (page) for (const input of inputs.filter((path) => notForPages.test(path))) problems.push(`${name} has ${input}`);
  }
  return problems;
}
