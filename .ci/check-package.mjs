// Packs what would be published, and uses it in an empty project as a user would: imported, required, and compiled against.
// That project has the declared dependencies and nothing else.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const project = realpathSync(mkdtempSync(join(tmpdir(), `${manifest.name}-`)));
const installed = join(project, 'node_modules', manifest.name);
const problems = [];

const npm = (...args) => execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

function unpack() {
  const [{ filename, files }] = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', project));
  for (const { path } of files) {
    if (!/^(?:dist\/.+\.(?:js|d\.ts)|dist\/(?:esm|cjs)\/package\.json|README\.md|LICENSE|package\.json)$/.test(path)) problems.push(`${path} would be published`);
  }
  for (const path of ['README.md', 'LICENSE']) {
    if (!files.some((file) => file.path === path)) problems.push(`${path} would not be published`);
  }
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(project, filename), '-C', installed, '--strip-components=1']);
  console.log(`${files.length} files in ${filename}`);
}

function link(path) {
  const place = join(project, path);
  if (existsSync(place)) return;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(join(process.cwd(), path), place);
}

function linkDependencies() {
  // Nested packages are found where their parents really are; the types of Node are what a user in TypeScript has, too.
  const paths = npm('ls', '--omit=dev', '--all', '--parseable').split('\n').filter((path) => path !== '');
  const top = paths.map((path) => relative(process.cwd(), path)).filter((path) => path.split(sep).lastIndexOf('node_modules') === 0);
  const peers = Object.keys(manifest.peerDependencies ?? {});
  for (const path of [...top, ...[...peers, '@types/node', 'undici-types'].map((name) => join('node_modules', name))]) link(path);
}

const subpaths = Object.entries(manifest.exports).filter(([, target]) => typeof target === 'object');
const specifierOf = (subpath) => manifest.name + subpath.slice(1);

/** The names each subpath exports, asked of Node in the ES module or the CommonJS way. */
function namesIn(format) {
  const specifiers = JSON.stringify(subpaths.map(([subpath]) => specifierOf(subpath)));
  const load = format === 'esm' ? 'await import(each)' : 'require(each)';
  const script = join(project, format === 'esm' ? 'names.mjs' : 'names.cjs');
  writeFileSync(script, `(async () => { const all = {}; for (const each of ${specifiers}) all[each] = Object.keys(${load}).sort(); console.log(JSON.stringify(all)); })();\n`);
  try {
    return JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
  } catch (cause) {
    problems.push(`the package cannot be loaded as ${format}: ${cause.message}`);
    return {};
  }
}

function checkExports() {
  for (const [subpath, targets] of subpaths) {
    for (const target of [targets.import, targets.require]) {
      for (const path of [target, target.replace(/\.js$/, '.d.ts')]) {
        if (!existsSync(join(installed, path))) problems.push(`${specifierOf(subpath)}: ${path} is missing`);
      }
    }
  }
  const esm = namesIn('esm');
  const cjs = namesIn('cjs');
  for (const specifier of subpaths.map(([subpath]) => specifierOf(subpath))) {
    const names = esm[specifier] ?? [];
    if (names.length === 0) problems.push(`${specifier} exports nothing`);
    if (names.join() !== (cjs[specifier] ?? []).join()) problems.push(`${specifier}: imported and required, it does not export the same names`);
    console.log(`${specifier}: ${names.length} names`);
  }
  return esm;
}

/** Compiles a use of every exported name; looks at the package's own declarations too, which `skipLibCheck` would hide. */
function checkTypes(names) {
  const body = Object.keys(names).map((specifier, n) => [specifier, `m${n}`, names[specifier].map((name) => `m${n}.${name}`).join(', ')]);
  const uses = body.map(([, , used], n) => `export const u${n}: readonly unknown[] = [${used}];\n`).join('');
  const sources = {
    'user.mts': body.map(([specifier, m]) => `import * as ${m} from '${specifier}';\n`).join('') + uses,
    'user.cts': body.map(([specifier, m]) => `import ${m} = require('${specifier}');\n`).join('') + uses,
  };
  for (const [file, text] of Object.entries(sources)) writeFileSync(join(project, file), text);
  const program = ts.createProgram(
    Object.keys(sources).map((file) => join(project, file)),
    { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: true, noEmit: true, types: ['node'], typeRoots: [join(project, 'node_modules', '@types')] },
  );
  const inside = (file) => file.startsWith(project + sep) && (!file.includes('node_modules') || file.startsWith(installed + sep));
  const diagnostics = [
    ...program.getOptionsDiagnostics(),
    ...program.getSourceFiles().filter(({ fileName }) => inside(fileName)).flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ];
  for (const { file, start, messageText } of diagnostics) {
    const where = file === undefined ? 'compiler' : `${relative(project, file.fileName)}:${file.getLineAndCharacterOfPosition(start).line + 1}`;
    problems.push(`${where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  }
}

function checkCommands() {
  for (const [name, path] of Object.entries(manifest.bin ?? {})) {
    const file = join(installed, path);
    if (!existsSync(file)) problems.push(`the command ${name} is missing: ${path}`);
    else if (!readFileSync(file, 'utf8').startsWith('#!/usr/bin/env node\n')) problems.push(`${path} does not begin with #!/usr/bin/env node`);
    else execFileSync(process.execPath, [file, '--help'], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

try {
  unpack();
  linkDependencies();
  checkTypes(checkExports());
  checkCommands();
} catch (cause) {
  problems.push(String(cause));
} finally {
  rmSync(project, { recursive: true, force: true });
}
for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
