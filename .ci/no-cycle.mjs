/** Lint: no file imports itself, however far around; imports of types and those that wait until run time count as well. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** The files that a text imports from this project. */
function importsOf(path, text) {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName, pos }) => ({ target: join(dirname(path), fileName).replace(/\.js$/, '.ts'), pos }));
}

const known = new Map();
function targetsOf(path) {
  if (!known.has(path)) known.set(path, existsSync(path) ? importsOf(path, readFileSync(path, 'utf8')).map(({ target }) => target) : []);
  return known.get(path);
}

/** The shortest way from one file to another, both included. */
function way(from, to) {
  const cameFrom = new Map([[from, undefined]]);
  for (const path of cameFrom.keys()) {
    if (path === to) return [...steps(path, cameFrom)].reverse();
    for (const target of targetsOf(path)) if (!cameFrom.has(target)) cameFrom.set(target, path);
  }
  return undefined;
}

function* steps(last, cameFrom) {
  for (let path = last; path !== undefined; path = cameFrom.get(path)) yield path;
}

export const noCycle = {
  meta: { type: 'problem', schema: [], messages: { cycle: 'This imports in a circle: {{ way }}.' } },
  create(context) {
    return {
      Program() {
        const { filename, sourceCode } = context;
        for (const { target, pos } of importsOf(filename, sourceCode.text)) {
          const back = way(target, filename);
          if (back === undefined) continue;
          const names = back.map((path) => relative(context.cwd, path)).join(' → ');
          context.report({ loc: sourceCode.getLocFromIndex(pos), messageId: 'cycle', data: { way: names } });
        }
      },
    };
  },
};
