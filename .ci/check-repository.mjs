// Checks what is in the repository: nothing visible at its top beyond the agreed, no path of one machine and no address of a package registry in any file.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const visible = new Set([
  ...['lib', 'specs', 'marbles', 'examples'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'jest.config.js', 'eslint.config.js'],
  ...['README.md', 'LICENSE', 'CHANGELOG.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'],
]);

/** Hosts that files may link to. Registries and their mirrors have too many names to list, so any other host is refused. */
const linked = new Set(['eslint.org', 'github.com', 'gitlab.esrf.fr', 'hdl.handle.net', 'keepachangelog.com', 'redis.io', 'semver.org', 'www.w3.org']);
/** Names and addresses that lead nowhere outside of this machine: `localhost`, those reserved for examples, a placeholder. */
const isLocal = (host) => !host.includes('.') || /^127\.|(?:^|\.)(?:example(?:\.(?:com|net|org))?|invalid|test|localhost)$/.test(host);

const machinePath = 'a path of one machine';
const registry = 'the address of a package registry';
const publicSuffix = 'cn|com|de|dev|edu|eu|fr|gov|io|jp|net|org|uk|us';
const refused = [
  // An absolute path, not the tail of a relative one or of a URL.
  { what: machinePath, pattern: /(?<![\w.~@-])\/(?:home|root|work|Users)\/[\w.-]/ },
  { what: machinePath, pattern: /\b[A-Z]:\\+Users\\/ },
  // Where a package was fetched from, and options that say where to fetch from and who asks, whatever they name.
  { what: registry, pattern: /"_?resolved":\s*"/ },
  { what: registry, pattern: /(?:index[-_]?url|find[-_]?links|trusted[-_]?host)["']?\s*[=:]\s*["']?[\w/.]/i },
  { what: registry, pattern: /(?:index[-_]?url|find[-_]?links|registry|trusted[-_]?host)["']?(?:\s*[=:]\s*|\s+)["']?(?:(?:[\w+]+:)?\/\/[\w.-]|[\w.-]+:\d)/i },
  { what: registry, pattern: /(?:^|:)_(?:auth|authToken|password)\s*=/ },
  // A host, with or without a scheme.
  { what: registry, pattern: new RegExp(`(?<![\\w.-])(?:[\\w-]+\\.)*[\\w-]*(?:npm|pypi|pkg|registry|artifactory|nexus|verdaccio|devpi|hosted)[\\w-]*\\.(?:[\\w-]+\\.)*(?:${publicSuffix})(?![\\w-]|\\.\\w)`, 'i') },
];
const url = /\b[a-z+]*(?:https?|ftp):(?:\\?\/){2}(?:[^\s/@"'`<>]*@)?([\w-]+(?:\.[\w-]+)*)/gi;
/** A host and a path, without a scheme. */
const schemeless = new RegExp(`(?<![\\w./@$-])((?:[\\w-]+\\.)+(?:${publicSuffix}))/[\\w-]`, 'gi');
/** Where a package asks for donations: npm copies it into the lock file. */
const funding = /^\s*"url": "/;

function* problemsIn(path, line) {
  for (const { what, pattern } of refused) {
    const found = pattern.exec(line);
    if (found !== null) yield `${what}: ${line.slice(found.index, found.index + 80).trim()}`;
  }
  if (path === 'package-lock.json' && funding.test(line)) return;
  for (const [address, host] of [url, schemeless].flatMap((pattern) => [...line.matchAll(pattern)])) {
    if (!linked.has(host.toLowerCase()) && !isLocal(host)) yield `a host that is not in \`linked\` of .ci/check-repository.mjs: ${address}`;
  }
}

// Files that git would hold: in a clean checkout, those it does.
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && existsSync(path));

const problems = [];

for (const top of new Set(files.map((path) => path.split('/')[0]))) {
  if (!top.startsWith('.') && !visible.has(top)) problems.push(`${top}: not one of the agreed visible files and folders at the top`);
}

for (const path of files) {
  const bytes = readFileSync(path);
  if (bytes.includes(0)) continue; // not a text
  for (const [index, line] of bytes.toString('utf8').split('\n').entries()) {
    for (const problem of problemsIn(path, line)) problems.push(`${path}:${index + 1}: ${problem}`);
  }
}

if (files.length === 0) problems.push('git lists no files');
for (const problem of problems) console.log(problem);
console.log(`${files.length} files, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
