// Writes the public surface of each subpath into lib/api/<subpath>.api.md, so that a review shows every change of it. It reads the
// declarations in dist/esm (`npm run api` builds them first). With --check it writes nothing, and fails with the diff if a report is outdated.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const folder = 'lib/api';
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

/** The declarations that TypeScript finds for an import of a subpath. */
const typesOf = (target) => (typeof target === 'string' ? target.replace(/\.js$/, '.d.ts') : typesOf(target.types ?? target.import ?? target.default));

/** The root comes first. */
const entries = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([subpath, target]) => ({ name: subpath === '.' ? 'index' : subpath.slice(2), specifier: manifest.name + subpath.slice(1), file: resolve(typesOf(target)) }));

/** One compilation serves all subpaths. */
function extract(into) {
  const { compilerOptions } = JSON.parse(readFileSync('tsconfig.json', 'utf8'));
  const overrideTsconfig = { compilerOptions: { ...compilerOptions, types: ['node'], paths: {} }, files: entries.map(({ file }) => file) };
  const silent = { default: { logLevel: 'none' } };
  const configs = entries.map(({ name, file }) =>
    ExtractorConfig.prepare({
      configObject: {
        projectFolder: process.cwd(),
        mainEntryPointFilePath: file,
        newlineKind: 'lf',
        compiler: { overrideTsconfig },
        // Types that are reachable but not exported are surface as well: a parameter's type, an interface that is extended.
        apiReport: { enabled: true, reportFileName: name, reportFolder: into, reportTempFolder: join(into, 'temporary'), includeForgottenExports: true },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        messages: { compilerMessageReporting: { default: { logLevel: 'error' } }, extractorMessageReporting: silent, tsdocMessageReporting: silent },
      },
      configObjectFullPath: undefined,
      packageJsonFullPath: resolve('package.json'),
    }),
  );
  const compilerState = CompilerState.create(configs[0]);
  mkdirSync(into, { recursive: true });
  for (const config of configs) {
    // Its console messages speak of the temporary folder; errors are seen in the result.
    const { succeeded, errorCount } = Extractor.invoke(config, { compilerState, localBuild: true, messageCallback: quiet });
    if (!succeeded) throw new Error(`API Extractor: ${errorCount} errors in ${config.mainEntryPointFilePath}`);
  }
}

function quiet(message) {
  if (message.logLevel !== 'error') message.logLevel = 'none';
}

const declared = (block) => /^(?:export )?(?:declare )?(?:abstract )?(?:class|const|enum|function|interface|namespace|type|let|var) ([\w$]+)/m.exec(block)?.[1];

const internalMember = /^( +)\/\/ @internal\n\1\S(?:[^;{]*?;|.*?\{\n[\s\S]*?\n\1\}.*)\n/gm;

/** Without what only internal members mention. */
function reachable(blocks) {
  const found = new Set(blocks.filter((block) => /^export /m.test(block)));
  for (const block of found) {
    const words = new Set(block.match(/[\w$]+/g));
    for (const other of blocks) if (words.has(declared(other))) found.add(other);
  }
  return blocks.filter((block) => found.has(block));
}

/** The declarations of an API Extractor report, one a block. */
function blocksOf(report) {
  const body = /```ts\n([\s\S]*)\n```/.exec(report)[1];
  const blocks = body
    .replace(/^ *\/\/ \(undocumented\)\n/gm, '')
    .replace(/ \(undocumented\)$/gm, '')
    .replace(internalMember, '')
    .split(/\n\n(?=\/\/ |import |export )/)
    .map((block) => block.trim())
    .filter((block) => block !== '' && !block.startsWith('import ') && !block.startsWith('// @internal') && !block.startsWith('// (No @packageDocumentation'));
  return reachable(blocks);
}

const unexported = (block) => block.replace(/^export /m, '');

/** A declaration is shown once: in the first subpath that exports it, or else in the first from which it can be reached. */
function reports(extracted) {
  const surfaces = entries.map((entry) => ({ ...entry, blocks: blocksOf(readFileSync(join(extracted, `${entry.name}.api.md`), 'utf8')) }));
  const homes = new Map();
  for (const isHome of [(block) => unexported(block) !== block, () => true]) {
    for (const { specifier, blocks } of surfaces) {
      for (const block of blocks.filter(isHome)) if (!homes.has(unexported(block))) homes.set(unexported(block), specifier);
    }
  }
  return surfaces.map(({ name, specifier, blocks }) => {
    const own = blocks.filter((block) => homes.get(unexported(block)) === specifier);
    const shared = new Map();
    for (const block of blocks) {
      const home = homes.get(unexported(block));
      if (home !== specifier && unexported(block) !== block) shared.set(home, (shared.get(home) ?? new Set()).add(declared(block)));
    }
    const lines = [`# \`${specifier}\``, '', 'Generated by `npm run api`: do not edit. A declaration without `export` is reachable from an exported one.', ''];
    for (const [home, names] of shared) lines.push(`The same as in \`${home}\`:`, '', ...[...names].map((each) => `- \`${each}\``), '');
    if (own.length > 0) lines.push('```ts', own.join('\n\n'), '```', '');
    return [`${name}.api.md`, lines.join('\n')];
  });
}

function write(into, files) {
  mkdirSync(into, { recursive: true });
  for (const old of readdirSync(into)) if (old.endsWith('.api.md') && !files.some(([name]) => name === old)) rmSync(join(into, old));
  for (const [name, text] of files) writeFileSync(join(into, name), text);
}

const temporary = mkdtempSync(join(tmpdir(), `${manifest.name}-api-`));
try {
  if (entries.some(({ file }) => !existsSync(file))) throw new Error('The declarations in dist/esm are missing: run `npm run build`');
  extract(join(temporary, 'extracted'));
  const files = reports(join(temporary, 'extracted'));
  if (process.argv.includes('--check')) {
    write(join(temporary, 'now'), files);
    mkdirSync(folder, { recursive: true });
    execFileSync('git', ['diff', '--no-index', '--exit-code', folder, join(temporary, 'now')], { stdio: 'inherit' });
    console.log(`${files.length} reports of the public surface are up to date`);
  } else {
    write(folder, files);
    console.log(`${files.length} reports in ${folder}`);
  }
} catch (cause) {
  console.log(cause.status === 1 ? `\nThe public surface changed. If that is meant: \`npm run api\`, and commit ${folder}.` : String(cause.stack ?? cause));
  process.exitCode = 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
