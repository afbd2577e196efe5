// Makes dist/browser: the files that the subpaths for browsers reach, with fp-ts and io-ts. The declarations are the ones in dist/esm, so that
// each class has one.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { classConstants } from './class-constants.mjs';
import { copyLibraries, copyOf, isLibrary } from './pure-libraries.mjs';
import { privateRenamer } from './short-names.mjs';

const from = 'lib';
const to = 'dist/browser';
/** What pages take from other packages as it is. */
const packages = new Set(['rxjs', 'ulid']);

/** By size: see order-pages.mjs. */
const order = readFileSync('.scripts/page-order.txt', 'utf8').split('\n');

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

/** All that a file leads to, itself not. */
function reach(file, imports, found = new Set()) {
  for (const target of imports.get(file) ?? []) {
    if (found.has(target)) continue;
    found.add(target);
    reach(target, imports, found);
  }
  return found;
}

/** The place of a file in the list, or that of the last one listed in its folder or one above. */
function place(file) {
  for (let path = file; path !== '.'; path = dirname(path)) {
    const found = order.findLastIndex((listed) => listed === path || listed.startsWith(`${path}/`));
    if (found !== -1) return found;
  }
  return order.length;
}

/**
 * Imports of all that an entry leads to, the libraries first, then as in the list: bundlers keep this order as far as they can, and gzip finds
 * what is alike in what lies close together. Nothing else depends on the order, as the files have no side effects.
 */
function inOrder(entry, imports) {
  const rank = (target) => (target === 'rxjs' ? -2 : target.startsWith('libraries/') ? -1 : place(target));
  const targets = [...reach(entry, imports)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return targets.map((target) => `import {} from '${specifierFrom(entry, target)}';`).join(' ');
}

/** What a file says to import another one: files are named by their paths in dist/browser. */
const specifierFrom = (file, target) => (packages.has(target) ? target : relative(dirname(file), target).replace(/^(?!\.)/, './'));


export function buildBrowser() {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
  const entries = new Set(targets(exports).flatMap((target) => /^\.\/dist\/browser\/(.+)$/.exec(target)?.[1] ?? []));
  const emitted = compiler([...entries]);
  const imports = new Map();
  const libraries = new Set();
  const files = new Set(entries);
  for (const file of files) {
    imports.set(file, []);
    const text = emitted.get(file).replace(/(\bfrom |\bimport |\bimport\()'([^']+)'/g, (all, keyword, specifier) => {
      if (isLibrary(specifier)) libraries.add(specifier);
      else if (specifier.startsWith('.')) files.add(join(dirname(file), specifier));
      else if (!packages.has(specifier)) throw new Error(`${file} imports ${specifier}, which is not for browsers`);
      const target = isLibrary(specifier) ? copyOf(specifier) : specifier.startsWith('.') ? join(dirname(file), specifier) : specifier;
      imports.get(file).push(target);
      return `${keyword}'${specifierFrom(file, target)}'`;
    });
    emitted.set(file, text);
  }
  copyLibraries([...libraries], to);
  for (const file of files) {
    // On the first line, as the source map counts lines.
    write(file, entries.has(file) ? `import './${relative(dirname(file), symbols)}'; ${inOrder(file, imports)} ${emitted.get(file)}` : emitted.get(file));
    write(`${file}.map`, emitted.get(`${file}.map`));
  }
  write(symbols, symbolsSource);
  write('package.json', JSON.stringify({ type: 'module', sideEffects: [`./${symbols}`] }));
}
