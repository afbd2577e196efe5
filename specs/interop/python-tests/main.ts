/**
 * Fails unless every test of the Python package is in the table, and every test named there has passed.
 * Usage: node --import tsx specs/interop/python-tests/main.ts <folder with <project>.json> <project>...
 */
import { join } from 'node:path';
import { pythonTestIds } from './python-test-ids.js';
import { readResults, withoutSuccess } from './results.js';
import { compareIds, namedTests, readTable } from './table.js';

const [folder = '.', ...projects] = process.argv.slice(2);
const table = readTable();
const tests = namedTests(table);
const results = projects.flatMap((project) => readResults(join(folder, `${project}.json`)));
const problems = [...compareIds(table, await pythonTestIds()), ...withoutSuccess(tests, results)];

for (const problem of problems) console.log(problem);
const missing = [...table.values()].filter((row) => 'notApplicable' in row).length;
const named = new Set(tests.map(({ spec, name }) => `${spec}: ${name}`));
console.log(`${table.size} Python tests: ${table.size - missing} have their like among ${named.size} tests here, ${missing} do not apply; ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
