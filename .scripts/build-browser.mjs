// Makes dist/browser: the files that the subpaths for browsers reach, with fp-ts and io-ts from their ES modules. Bundlers drop what a page
// does not use of those, and Node cannot load them. The declarations are the ones in dist/esm, so that each class has one.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { classConstants } from './class-constants.mjs';
import { privateRenamer } from './short-names.mjs';

const from = 'lib';
const to = 'dist/browser';
const es6 = (specifier) => specifier.replace(/^fp-ts\/lib\//, 'fp-ts/es6/').replace(/^io-ts$/, 'io-ts/es6/index.js');
const allowed = /^(?:rxjs|fp-ts\/es6\/\w+\.js|io-ts\/es6\/index\.js)$/;

const floors = ['model', 'wire', 'retry', 'reading', 'stream', 'scan', 'store', 'kinds', 'operators', 'memory', 'browser'];

/** Browsers from before `using` lack its symbols, which the classes' methods are named by when they are defined. */
const symbols = 'dispose-symbols.js';
const symbolsSource = "for (const name of ['dispose', 'asyncDispose']) Symbol[name] ??= Symbol.for(`Symbol.${name}`);\n";

/** Every target in the `exports` of a package.json. */
const targets = (target) => (typeof target === 'object' && target !== null ? Object.values(target).flatMap(targets) : [target]);

function write(file, text) {
  const path = join(to, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Answers what TypeScript makes of a file in lib, by the names of the files it becomes. */
function compiler(entries) {
  const { options } = ts.getParsedCommandLineOfConfigFile('.scripts/tsconfig.esm.json', {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: ({ messageText }) => { throw new Error(String(messageText)); } });
  const program = ts.createProgram(entries.map((file) => join(from, sourceOf(file))), { ...options, outDir: resolve(to), declaration: false, declarationMap: false });
  const sources = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(resolve(from)) || fileName.startsWith(`${from}/`));
  const renamer = privateRenamer(program, sources, entries.map((file) => program.getSourceFile(join(from, sourceOf(file)))));
  const emitted = new Map();
  for (const source of sources) program.emit(source, (path, text) => emitted.set(relative(resolve(to), path), text), undefined, false, { after: [renamer.transformer, classConstants] });
  renamer.assertComplete();
  return emitted;
}

const sourceOf = (file) => file.replace(/\.js$/, '.ts');

/** What a file imports when it runs: files of ours as paths in dist/browser, and files of libraries. */
const importsOf = (file, text) => [...text.matchAll(/\b(?:from |import |import\()'([^']+)'/g)].map(([, specifier]) => (specifier.startsWith('.') ? join(dirname(file), specifier) : specifier));

/** All that a file leads to, itself not. */
function reach(file, imports, found = new Set()) {
  for (const target of imports.get(file) ?? []) {
    if (found.has(target)) continue;
    found.add(target);
    reach(target, imports, found);
  }
  return found;
}

/**
 * Imports of all that an entry leads to, the libraries first, then floor by floor: bundlers keep this order, and gzip finds what is alike in
 * what lies close together. Nothing else depends on the order, as the files have no side effects.
 */
function inOrder(entry, imports) {
  const rank = (target) => (allowed.test(target) ? 0 : 1 + floors.indexOf(target.split('/')[0]));
  const targets = [...reach(entry, imports)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return targets.map((target) => `import '${allowed.test(target) ? target : `./${relative(dirname(entry), target)}`}';`).join(' ');
}

export function buildBrowser() {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
  const entries = new Set(targets(exports).flatMap((target) => /^\.\/dist\/browser\/(.+)$/.exec(target)?.[1] ?? []));
  const emitted = compiler([...entries]);
  const imports = new Map();
  const files = new Set(entries);
  for (const file of files) {
    const text = emitted.get(file).replace(/(\bfrom |\bimport |\bimport\()'([^']+)'/g, (all, keyword, specifier) => `${keyword}'${es6(specifier)}'`);
    emitted.set(file, text);
    imports.set(file, importsOf(file, text));
    for (const target of imports.get(file)) {
      if (emitted.has(target)) files.add(target);
      else if (!allowed.test(target)) throw new Error(`${file} imports ${target}, which is not for browsers`);
    }
  }
  for (const file of files) {
    // On the first line, as the source map counts lines.
    write(file, entries.has(file) ? `import './${relative(dirname(file), symbols)}'; ${inOrder(file, imports)} ${emitted.get(file)}` : emitted.get(file));
    write(`${file}.map`, emitted.get(`${file}.map`));
  }
  write(symbols, symbolsSource);
  write('package.json', JSON.stringify({ type: 'module', sideEffects: [`./${symbols}`] }));
}
