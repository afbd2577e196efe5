// `npm run docs`: API pages of every subpath in .cache/docs, with the executable marbles as pictures. A broken link, an unknown marble or
// any other warning fails.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Application, Comment, ReflectionKind } from 'typedoc';
import { brokenLinks } from './links.mjs';
import { addMarbles } from './marbles.mjs';

const out = '.cache/docs';
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

/** The source of each subpath: `./dist/esm/x.js` of `exports`, under whatever conditions, comes from `lib/x.ts`. */
const sources = new Map(
  Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    const built = /"\.\/dist\/esm\/([^"]+)\.js"/.exec(JSON.stringify(target.import ?? target));
    return built === null ? [] : [[resolve('lib', `${built[1]}.ts`), manifest.name + subpath.slice(1)]];
  }),
);

const guides = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((path) => basename(path) === 'README.md');
const documents = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...guides.map((path) => join('lib', path))];

const app = await Application.bootstrap({
  name: `${manifest.name} ${manifest.version}`,
  entryPoints: [...sources.keys()],
  tsconfig: '.scripts/tsconfig.esm.json',
  projectDocuments: documents.filter((path) => existsSync(path)),
  readme: 'README.md',
  out,
  customCss: join(import.meta.dirname, 'marbles.css'),
  excludePrivate: true,
  excludeInternal: true,
  // Which types are exported is a matter of the API report.
  validation: { invalidLink: true, rewrittenLink: true, invalidPath: true, notExported: false },
});

const project = await app.convert();
if (project === undefined) process.exit(1);

for (const module of project.children ?? []) {
  const file = module.sources?.[0]?.fullFileName;
  if (!sources.has(file)) continue;
  module.name = sources.get(file);
  const [, about] = /^\/\*\*\s*(.*?)\s*\*\//s.exec(readFileSync(file, 'utf8')) ?? [];
  if (module.comment === undefined && about !== undefined) module.comment = new Comment([{ kind: 'text', text: about.replace(/\n \*/g, '\n') }]);
}
// A document is called by its heading, not by its file.
for (const document of project.getReflectionsByKind(ReflectionKind.Document)) {
  const [, heading] = /^\s*# (.+)$/m.exec(document.content[0]?.text ?? '') ?? [];
  if (heading !== undefined) document.name = heading;
}
// A parameter that is taken apart where it is declared has no name of its own.
for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) if (parameter.name === '__namedParameters') parameter.name = 'options';
app.validate(project);
for (const problem of addMarbles(project)) app.logger.error(problem);

await app.generateOutputs(project);
for (const problem of brokenLinks(out)) app.logger.error(problem);

process.exitCode = app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0;
