// Packs what would be published, and uses it in an empty project as a user would: imported, required, bundled, and compiled against, and has
// publint and Are The Types Wrong look at it.
// That project has the declared dependencies and nothing else.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { checkBundleSizes } from './check-bundle-sizes.mjs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const project = realpathSync(mkdtempSync(join(tmpdir(), `${manifest.name}-`)));
const installed = join(project, 'node_modules', manifest.name);
const problems = [];

/** What the build puts in place of TypeScript's output. */
const writtenByHand = /(?:import-package|dispose-symbols)\.js$|^browser\/libraries\//;

const npm = (...args) => execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

function unpack() {
  const [{ filename, files }] = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', project));
  for (const { path } of files) {
    if (!/^(?:dist\/.+\.(?:js|d\.ts)(?:\.map)?|lib\/.+\.ts|(?:lib\/.+\/)?README\.md|examples\/(?:pages\/)?[\w-]+\.(?:tsx?|html)|dist\/(?:esm|cjs|browser)\/package\.json|dist\/browser\/libraries\/[\w-]+\/LICENSE|(?:ARCHITECTURE|CHANGELOG|CONTRIBUTING)\.md|LICENSE|package\.json)$/.test(path)) problems.push(`${path} would be published`);
  }
  for (const path of ['README.md', 'LICENSE']) {
    if (!files.some((file) => file.path === path)) problems.push(`${path} would not be published`);
  }
  checkLinks(files.map(({ path }) => path));
  mkdirSync(installed, { recursive: true });
  const tarball = join(project, filename);
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  console.log(`${files.length} files in ${filename}`);
  return tarball;
}

/** What the documents link to is published with them, but for tests and the marbles they run. */
function checkLinks(published) {
  for (const path of published.filter((file) => file.endsWith('.md'))) {
    for (const [, link] of readFileSync(path, 'utf8').matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)) {
      const target = join(dirname(path), link);
      if (!/^(?:specs|marbles)\//.test(target) && !published.includes(target)) problems.push(`${path} links to ${link}, which would not be published`);
    }
  }
}

/** Both only read the tarball. */
function lintPackage(tarball) {
  for (const [name, ...args] of [['publint', 'run', tarball, '--strict'], ['attw', tarball, '--format', 'ascii']]) {
    try {
      execFileSync(process.execPath, [join('node_modules', name === 'attw' ? '@arethetypeswrong/cli/dist/index.js' : 'publint/src/cli.js'), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      console.log(`${name}: nothing to find fault with`);
    } catch (cause) {
      problems.push(`${name} finds fault: ${cause.stdout ?? ''}${cause.stderr ?? ''}${cause.stdout === undefined ? cause : ''}`);
    }
  }
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
/** All files that a subpath leads to, under whichever condition. */
const filesOf = (target) => (typeof target === 'string' ? [target] : Object.values(target).flatMap(filesOf));
const specifierOf = (subpath) => manifest.name + subpath.slice(1);

/** The names each subpath exports, asked of Node in the ES module or the CommonJS way. With the condition `browser`, as some test runners have it. */
function namesIn(format, ...options) {
  const specifiers = JSON.stringify(subpaths.map(([subpath]) => specifierOf(subpath)));
  const load = format === 'esm' ? 'await import(each)' : 'require(each)';
  const script = join(project, format === 'esm' ? 'names.mjs' : 'names.cjs');
  writeFileSync(script, `(async () => { const all = {}; for (const each of ${specifiers}) all[each] = Object.keys(${load}).sort(); console.log(JSON.stringify(all)); })();\n`);
  try {
    return JSON.parse(execFileSync(process.execPath, [...options, script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
  } catch (cause) {
    problems.push(`the package cannot be loaded as ${[format, ...options].join(' ')}: ${cause.message}`);
    return {};
  }
}

function checkExports() {
  for (const [subpath, targets] of subpaths) {
    for (const path of filesOf(targets)) {
      // The declarations of what is for browsers lie with the ES modules, where `types` leads: a class has one declaration.
      const declarations = path.startsWith('./dist/browser/') ? path.replace('/browser/', '/esm/') : path;
      for (const each of [path, declarations.replace(/\.js$/, '.d.ts')]) if (!existsSync(join(installed, each))) problems.push(`${specifierOf(subpath)}: ${each} is missing`);
    }
  }
  const esm = namesIn('esm');
  const cjs = namesIn('cjs');
  for (const format of ['esm', 'cjs']) namesIn(format, '--conditions=browser');
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
    'user.ts': body.map(([specifier, m]) => `import * as ${m} from '${specifier}';\n`).join('') + uses,
    'user.mts': body.map(([specifier, m]) => `import * as ${m} from '${specifier}';\n`).join('') + uses,
    'user.cts': body.map(([specifier, m]) => `import ${m} = require('${specifier}');\n`).join('') + uses,
  };
  // The root has there what `browser` has.
  const ofPages = Object.keys(names).filter((specifier) => !/\/(?:hdf5|tracker|gateway)$/.test(specifier)).map((specifier, n) => [specifier, `m${n}`, names[specifier === manifest.name ? `${specifier}/browser` : specifier]]);
  sources['page.ts'] = ofPages.map(([specifier, m, used]) => `import * as ${m} from '${specifier}';\nexport const of${m}: readonly unknown[] = [${used.map((name) => `${m}.${name}`).join(', ')}];\n`).join('');
  for (const [file, text] of Object.entries(sources)) writeFileSync(join(project, file), text);
  for (const [way, files, options] of resolutions) checkProgram(way, files.map((file) => join(project, file)), options);
}

/** The ways in which TypeScript finds packages: of Node today, of bundlers, and of Node before `exports`, which many projects still have. */
const resolutions = [
  ['node16', ['user.mts', 'user.cts'], { module: ts.ModuleKind.NodeNext }],
  ['bundler', ['user.ts'], { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }],
  ['node10', ['user.ts'], { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10, esModuleInterop: true, ignoreDeprecations: '6.0' }],
  ['a page without the types of Node', ['page.ts'], { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, customConditions: ['browser'], lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], types: [] }],
];

function checkProgram(way, files, options) {
  const program = ts.createProgram(files, { target: ts.ScriptTarget.ES2022, strict: true, exactOptionalPropertyTypes: true, noEmit: true, types: ['node'], ...options, typeRoots: [join(project, 'node_modules', '@types')] });
  const inside = (file) => file.startsWith(project + sep) && (!file.includes('node_modules') || file.startsWith(installed + sep));
  const diagnostics = [
    ...program.getOptionsDiagnostics(),
    ...program.getSourceFiles().filter(({ fileName }) => inside(fileName)).flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ];
  for (const { file, start, messageText } of diagnostics) {
    const where = file === undefined ? 'compiler' : `${relative(project, file.fileName)}:${file.getLineAndCharacterOfPosition(start).line + 1}`;
    problems.push(`${way}: ${where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  }
  console.log(`compiled against as ${way}`);
}

/** Each built file names its map, and each map the source that is published with it: stack traces and "go to definition" end in lib/. */
function checkSourceMaps() {
  const built = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' }).filter((path) => /\.(?:js|d\.ts)$/.test(path));
  let maps = 0;
  for (const path of built) {
    const file = join(installed, 'dist', path);
    const [, name] = /^\/\/# sourceMappingURL=(.+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
    if (name === undefined) {
      if (!writtenByHand.test(path)) problems.push(`${path} has no map`);
      continue;
    }
    const map = join(dirname(file), name);
    if (!existsSync(map)) {
      problems.push(`${path}: its map ${name} is missing`);
      continue;
    }
    maps += 1;
    const { sources, sourceRoot = '' } = JSON.parse(readFileSync(map, 'utf8'));
    for (const source of sources) {
      const place = relative(installed, join(dirname(map), sourceRoot, source));
      if (!place.startsWith(`lib${sep}`) || !existsSync(join(installed, place))) problems.push(`${path}: its source ${place} would not be published`);
    }
  }
  const script = "import { numeric } from 'NAME'; try { numeric('no dtype'); } catch ({ stack }) { console.log(stack); }".replace('NAME', manifest.name);
  const stack = execFileSync(process.execPath, ['--enable-source-maps', '--input-type=module', '-e', script], { cwd: project, encoding: 'utf8' });
  if (!/[\\/]lib[\\/][^:]+\.ts:\d+/.test(stack)) problems.push(`a stack trace does not lead to the sources: ${stack}`);
  console.log(`${maps} maps lead to their sources`);
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
  const tarball = unpack();
  linkDependencies();
  checkTypes(checkExports());
  checkSourceMaps();
  lintPackage(tarball);
  problems.push(...(await checkBundleSizes(project)));
  checkCommands();
} catch (cause) {
  problems.push(String(cause));
} finally {
  rmSync(project, { recursive: true, force: true });
}
for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
