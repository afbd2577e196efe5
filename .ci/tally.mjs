// Adds up Jest's results over all projects and prints the closing line: `N passed, N failed`, and `, N skipped` if any were.
// What left no number counts as failed: a project without results, a suite that did not start, a spec that no project runs.
// Usage: node .ci/tally.mjs <folder with <project>.json> <project>...
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const [folder, ...projects] = process.argv.slice(2);

const resultsOf = (project) => {
  try {
    return JSON.parse(readFileSync(join(folder, `${project}.json`), 'utf8'));
  } catch (cause) {
    console.log(`No results of the test project ${project}: ${cause.message}`);
    return undefined;
  }
};

let passed = 0;
let failed = 0;
let skipped = 0;
const ran = new Set();

for (const project of projects) {
  const results = resultsOf(project);
  if (results === undefined) {
    failed += 1;
    continue;
  }
  passed += results.numPassedTests;
  failed += results.numFailedTests + results.numRuntimeErrorTestSuites;
  skipped += results.numPendingTests + results.numTodoTests;
  for (const { name } of results.testResults) ran.add(relative(process.cwd(), name));
}

if (projects.length === 0) {
  console.log('No test project was found');
  failed += 1;
}

const specs = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '*.spec.ts'], { encoding: 'utf8' });
for (const spec of specs.split('\0').filter((path) => path !== '' && !ran.has(path))) {
  console.log(`Not run: ${spec}`);
  failed += 1;
}

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
