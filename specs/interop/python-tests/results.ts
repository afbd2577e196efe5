/** What became of the tests that the table names, by the results that Jest writes with `--json`. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { patternOf, type NamedTest } from './table.js';

const JestResults = t.type({
  testResults: t.array(t.type({ name: t.string, assertionResults: t.array(t.type({ fullName: t.string, status: t.string })) })),
});

export interface Result {
  readonly spec: string;
  readonly name: string;
  readonly status: string;
}

/** All tests of one run, their spec files as paths from the top of the checkout. */
export function readResults(file: string): readonly Result[] {
  const results = JestResults.decode(JSON.parse(readFileSync(file, 'utf8')));
  if (E.isLeft(results)) throw new Error(`${file} holds no results of Jest`);
  return results.right.testResults.flatMap(({ name: path, assertionResults }) => {
    const spec = relative(process.cwd(), path).replaceAll('\\', '/');
    return assertionResults.map(({ fullName, status }) => ({ spec, name: fullName, status }));
  });
}

/** Tests that did not run, and those that did not pass. */
export function withoutSuccess(tests: readonly NamedTest[], results: readonly Result[]): readonly string[] {
  return tests.flatMap(({ id, spec, name }) => {
    const pattern = patternOf(name);
    const runs = results.filter((result) => result.spec === spec && pattern.test(result.name));
    if (runs.length === 0) return [`${id}: did not run: ${spec}: ${name}`];
    return runs.filter(({ status }) => status !== 'passed').map((run) => `${id}: ${run.status}: ${spec}: ${run.name}`);
  });
}
