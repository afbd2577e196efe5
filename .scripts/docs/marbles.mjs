// Puts the diagrams of executable marbles on the pages of what they draw. A spec says so at its top: `@draws Stream.points$`; where it
// names several, each gets the diagrams of the `describe`s that begin with its name.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Comment, CommentTag, ReflectionKind } from 'typedoc';
import { drawMarbles } from './draw-marbles.mjs';

/** `[{ name: 'points', draws: ['Stream.points$'] }]`, of the specs that draw something public. */
function readSpecs() {
  return readdirSync('marbles', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.spec.ts'))
    .map((path) => path.replaceAll('\\', '/').replace(/\.spec\.ts$/, ''))
    .sort()
    .flatMap((name) => {
      const [, draws] = /^ \* @draws (.+)$/m.exec(readFileSync(join('marbles', `${name}.spec.ts`), 'utf8')) ?? [];
      return draws === undefined ? [] : [{ name, draws: draws.split(/, */) }];
    });
}

/** Runs the specs, which leave their diagrams in .cache/marbles. */
function record(specs) {
  rmSync('.cache/marbles', { recursive: true, force: true });
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  const paths = specs.map(({ name }) => `marbles/${name}.spec.ts`);
  try {
    execFileSync(process.execPath, [jest, '--config', '.scripts/docs/jest.config.mjs', '--runTestsByPath', ...paths], { stdio: ['ignore', 'pipe', 'pipe'] });
    return [];
  } catch (cause) {
    return [`the marbles fail: ${cause.stderr ?? cause}`];
  }
}

function picturesOf({ name, draws }, path) {
  const file = `.cache/marbles/${name}.json`;
  if (!existsSync(file)) return [];
  const { pictures } = JSON.parse(readFileSync(file, 'utf8'));
  const member = path.split('.').at(-1);
  return draws.length === 1 ? pictures : pictures.filter(({ title }) => title.startsWith(member) && !/^[\w$]/.test(title.slice(member.length)));
}

/** What a path such as `Stream.points$` names, in whichever modules. */
function membersAt(project, path) {
  let found = project.children ?? [];
  for (const name of path.split('.')) found = found.flatMap(({ children = [] }) => children.filter((child) => child.name === name && child.kind !== ReflectionKind.Reference));
  // Functions and getters have their comments on a signature; overloads share one set of pictures.
  return found.map((member) => member.signatures?.[0] ?? member.getSignature ?? member);
}

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const figure = (picture) => `<figure class="marble-diagram"><figcaption>${escape(picture.title)}</figcaption>${drawMarbles(picture)}</figure>`;

/** The first as it stands, the others behind a summary. No blank line: Markdown would end the HTML there. */
function html(pictures, { name }) {
  const [first, ...others] = pictures.map(figure);
  const rest = others.length === 0 ? '' : `<details><summary>${others.length} more of marbles/${name}.spec.ts</summary>${others.join('')}</details>`;
  return `<div>${first}${rest}</div>`;
}

function put(member, text) {
  member.comment ??= new Comment();
  const tag = member.comment.getTag('@marbles');
  if (tag === undefined) member.comment.blockTags.unshift(new CommentTag('@marbles', [{ kind: 'text', text }]));
  else tag.content.push({ kind: 'text', text: `\n\n${text}` });
}

/** Answers what is wrong. */
export function addMarbles(project) {
  const specs = readSpecs();
  const problems = record(specs);
  for (const spec of specs) {
    for (const path of spec.draws) {
      const members = membersAt(project, path);
      const pictures = picturesOf(spec, path);
      if (members.length === 0) problems.push(`marbles/${spec.name}.spec.ts draws ${path}, which no subpath exports`);
      if (pictures.length === 0) problems.push(`marbles/${spec.name}.spec.ts has no diagram of ${path}`);
      else for (const member of members) put(member, html(pictures, spec));
    }
  }
  const operators = project.children?.find(({ name }) => name.endsWith('/operators'))?.children ?? [];
  for (const { kind, name, signatures } of operators) {
    if (kind === ReflectionKind.Function && signatures?.[0]?.comment?.getTag('@marbles') === undefined) problems.push(`no marbles draw ${name}`);
  }
  return problems;
}
