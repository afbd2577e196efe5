// Copies fp-ts and io-ts into the build for pages, with a mark on each call that they make when they are loaded: it has no side effects, so
// that bundlers drop it where nothing uses what it makes. Without the mark a page carries all of io-ts for one decoder.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** Their ES modules, which Node cannot load, by what imports of them say. */
const moduleOf = (specifier) => specifier.replace(/^fp-ts\/lib\//, 'fp-ts/es6/').replace(/^io-ts$/, 'io-ts/es6/index.js');

export const isLibrary = (specifier) => /^(?:fp-ts\/lib\/\w+\.js|io-ts)$/.test(specifier);

/** Where the copy of a library's file lies in the build. */
export const copyOf = (specifier) => join('libraries', moduleOf(specifier).replace('/es6/', '/'));

/** The values of variables that are made by calls when a file is loaded. */
const valuesMadeOnLoading = (file) => {
  const isMade = (node) => ts.isCallExpression(node) || ts.isNewExpression(node) || (!ts.isFunctionLike(node) && (ts.forEachChild(node, isMade) ?? false));
  return file.statements.filter(ts.isVariableStatement).flatMap(({ declarationList }) => declarationList.declarations.flatMap(({ initializer }) => (initializer !== undefined && isMade(initializer) ? [initializer] : [])));
};

/** The text of a library's file with the marks, and with imports of the copies; and what these are. */
function copied(copy) {
  const [, name, path] = /^libraries\/([\w-]+)\/(.+)$/.exec(copy);
  const original = join('node_modules', name, 'es6', path);
  const text = readFileSync(original, 'utf8');
  const file = ts.createSourceFile(original, text, ts.ScriptTarget.Latest, true);
  const imported = file.statements.map(({ moduleSpecifier }) => moduleSpecifier).filter((specifier) => specifier !== undefined);
  const targets = imported.map((specifier) => (specifier.text.startsWith('.') ? join(dirname(copy), specifier.text) : join('libraries', specifier.text.replace('/es6/', '/'))).replace(/(?:\.js)?$/, '.js'));
  const edits = [
    ...valuesMadeOnLoading(file).map((value) => ({ start: value.getStart(), end: value.end, by: `/* @__PURE__ */ (() => (${value.getText()}))()` })),
    ...imported.map((specifier, i) => ({ start: specifier.getStart(), end: specifier.end, by: `'${relative(dirname(copy), targets[i]).replace(/^(?!\.)/, './')}'` })),
  ];
  const edited = edits.sort((a, b) => b.start - a.start).reduce((so, { start, end, by }) => so.slice(0, start) + by + so.slice(end), text);
  return { name, text: edited, targets };
}

/** Copies the files that these imports lead to into a folder, and the licences that allow it. */
export function copyLibraries(specifiers, folder) {
  const copies = new Set(specifiers.map(copyOf));
  for (const copy of copies) {
    const { name, text, targets } = copied(copy);
    mkdirSync(join(folder, dirname(copy)), { recursive: true });
    writeFileSync(join(folder, copy), text);
    copyFileSync(join('node_modules', name, 'LICENSE'), join(folder, 'libraries', name, 'LICENSE'));
    for (const target of targets) copies.add(target);
  }
}
