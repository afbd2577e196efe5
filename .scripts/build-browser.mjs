// Makes dist/browser out of dist/esm: the files that the subpaths for browsers reach, with fp-ts and io-ts from their ES modules. Bundlers
// drop what a page does not use of those, and Node cannot load them. The declarations are the ones in dist/esm, so that each class has one.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const from = 'dist/esm';
const to = 'dist/browser';
const es6 = (specifier) => specifier.replace(/^fp-ts\/lib\//, 'fp-ts/es6/').replace(/^io-ts$/, 'io-ts/es6/index.js');
const allowed = /^(?:rxjs|fp-ts\/es6\/\w+\.js|io-ts\/es6\/index\.js)$/;

/** Browsers from before `using` lack its symbols, which the classes' methods are named by when they are defined. */
const symbols = 'dispose-symbols.js';
const symbolsSource = "for (const name of ['dispose', 'asyncDispose']) Symbol[name] ??= Symbol.for(`Symbol.${name}`);\n";

/** Every target in the `exports` of a package.json. */
const targets = (target) => (typeof target === 'object' && target !== null ? Object.values(target).flatMap(targets) : [target]);

export function buildBrowser() {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
  const entries = new Set(targets(exports).flatMap((target) => /^\.\/dist\/browser\/(.+)$/.exec(target)?.[1] ?? []));
  const files = new Set(entries);
  for (const file of files) {
    const text = readFileSync(join(from, file), 'utf8').replace(/(\bfrom |\bimport |\bimport\()'([^']+)'/g, (all, keyword, specifier) => {
      const target = es6(specifier);
      if (target.startsWith('.')) files.add(join(dirname(file), target));
      else if (!allowed.test(target)) throw new Error(`${file} imports ${target}, which is not for browsers`);
      return `${keyword}'${target}'`;
    });
    const path = join(to, file);
    mkdirSync(dirname(path), { recursive: true });
    // On the first line, as the source map counts lines.
    writeFileSync(path, entries.has(file) ? `import './${relative(dirname(file), symbols)}'; ${text}` : text);
    const map = `${file}.map`;
    if (existsSync(join(from, map))) writeFileSync(join(to, map), readFileSync(join(from, map)));
  }
  writeFileSync(join(to, symbols), symbolsSource);
  writeFileSync(join(to, 'package.json'), JSON.stringify({ type: 'module', sideEffects: [`./${symbols}`] }));
}
