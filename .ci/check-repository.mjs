// Looks at what is in the repository: nothing visible at its top beyond the agreed, and no address of one machine in any file.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const visible = new Set([
  ...['lib', 'specs', 'marbles', 'examples'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'jest.config.js', 'eslint.config.js'],
  ...['README.md', 'LICENSE', 'CHANGELOG.md'],
]);

const refused = [
  // An absolute path, not the tail of a relative one or of a URL.
  { what: 'a path of one machine', pattern: /(?<![\w.~@-])\/(?:home|root|work|Users)\/[\w.-]/ },
  { what: 'a path of one machine', pattern: /\b[A-Z]:\\+Users\\/ },
  { what: 'the address of a package registry', pattern: /\bregistry\.(?:npmjs|yarnpkg)\.|\bnpm\.pkg\.github\b|\bpypi\.org\/simple\b|\bfiles\.pythonhosted\b/ },
  { what: 'the address of a package registry', pattern: /https?:\/\/[^\s/"']*(?:registry|artifactory|nexus|verdaccio|devpi)[^\s"']*/i },
  { what: 'the address of a package registry', pattern: /"resolved": "https?:|--(?:extra-)?index-url[= ]\S*https?:/ },
];

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
    for (const { what, pattern } of refused) {
      const found = pattern.exec(line);
      if (found !== null) problems.push(`${path}:${index + 1}: ${what}: ${line.slice(found.index, found.index + 80).trim()}`);
    }
  }
}

if (files.length === 0) problems.push('git lists no files');
for (const problem of problems) console.log(problem);
console.log(`${files.length} files, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
