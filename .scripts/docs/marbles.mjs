// Puts the diagrams of executable marbles where a docstring asks for them: `@marbles operators/rate` for those of
// marbles/operators/rate.spec.ts, `@marbles streams: a title` for those of one of its tests or `describe`s.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { drawMarbles } from './draw-marbles.mjs';

const specOf = (name) => `marbles/${name}.spec.ts`;

function tagsOf(project) {
  const found = [];
  for (const reflection of Object.values(project.reflections)) {
    const tags = reflection.comment?.blockTags.filter(({ tag }) => tag === '@marbles') ?? [];
    if (tags.length === 0) continue;
    const wanted = tags.map(({ content }) => {
      const [, name, title] = /^\s*([^\s:]+)(?::\s*(.*?))?\s*$/s.exec(content.map(({ text }) => text).join('')) ?? [];
      return { name, title };
    });
    found.push({ reflection, tags, wanted });
  }
  return found;
}

/** Runs the marbles, which leave their diagrams in .cache/marbles. */
function record(specs) {
  rmSync('.cache/marbles', { recursive: true, force: true });
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  execFileSync(process.execPath, [jest, '--config', '.scripts/docs/jest.config.mjs', '--runTestsByPath', ...specs], { stdio: ['ignore', 'pipe', 'pipe'] });
}

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const figure = (picture) => `<figure class="marble-diagram"><figcaption>${escape(picture.title)}</figcaption>${drawMarbles(picture)}</figure>`;

/** The first as it stands, the others behind a summary. No blank line: Markdown would end the HTML there. */
function html(pictures, name) {
  const [first, ...others] = pictures.map(figure);
  const rest = others.length === 0 ? '' : `<details><summary>${others.length} more of ${specOf(name)}</summary>${others.join('')}</details>`;
  return `<div>${first}${rest}</div>`;
}

const fits = (title, wanted) => wanted === undefined || title === wanted || title.startsWith(`${wanted} `) || title.endsWith(` ${wanted}`);

/** Answers what is wrong. */
export function addMarbles(project) {
  const problems = [];
  const tagged = tagsOf(project);
  const names = new Set(tagged.flatMap(({ wanted }) => wanted.map(({ name }) => name)));
  if (names.size === 0) return ['no docstring names its marbles'];
  const existing = [...names].filter((name) => existsSync(specOf(name)));
  try {
    record(existing.map(specOf));
  } catch (cause) {
    problems.push(`the marbles fail: ${cause.stderr ?? cause}`);
  }
  for (const { reflection, tags, wanted } of tagged) {
    // Overloads share their docstring, and one set of pictures.
    const shown = reflection.parent.signatures?.[0] ?? reflection;
    if (shown !== reflection && tagged.some((each) => each.reflection === shown)) {
      reflection.comment.removeTags('@marbles');
      continue;
    }
    const found = wanted.flatMap(({ name, title }) => {
      const json = `.cache/marbles/${name}.json`;
      const pictures = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')).pictures.filter((picture) => fits(picture.title, title)) : [];
      if (pictures.length === 0) problems.push(`${reflection.getFullName()}: no marbles ${name}${title === undefined ? '' : `: ${title}`}`);
      return pictures.length === 0 ? [] : [html(pictures, name)];
    });
    tags[0].content = [{ kind: 'text', text: found.join('\n\n') }];
    const { comment } = reflection;
    comment.blockTags = comment.blockTags.filter((tag) => !tags.slice(1).includes(tag));
  }
  return problems;
}
