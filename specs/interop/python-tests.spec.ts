/** The table that leads from each test of the Python package to ours; that those pass is looked at where all have run (`.ci/run`). */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import { pythonTestIds } from './python-tests/python-test-ids.js';
import { withoutSuccess } from './python-tests/results.js';
import { compareIds, namedTests, patternOf, readTable, type Table } from './python-tests/table.js';
import { titlesIn } from './python-tests/titles.js';

// Python may have to be installed first.
jest.setTimeout(300_000);

describe('the table of Python tests', () => {
  it('has each of them, and no other', async () => {
    expect(compareIds(readTable(), await pythonTestIds())).toEqual([]);
  });

  it('names tests that are there', () => {
    const titles = new Map<string, readonly string[]>();
    const titlesOf = (spec: string): readonly string[] => {
      const known = titles.get(spec) ?? (existsSync(spec) ? titlesIn(spec, readFileSync(spec, 'utf8')) : []);
      titles.set(spec, known);
      return known;
    };
    const missing = namedTests(readTable()).filter(({ spec, name }) => !titlesOf(spec).some((title) => title === name || patternOf(title).test(name)));
    expect(missing).toEqual([]);
  });
});

describe('the check of the table', () => {
  const table: Table = new Map([
    ['a.py::test_one', { tests: { 'a.spec.ts': ['a thing works', 'a thing does %s for $name'] } }],
    ['a.py::test_two', { notApplicable: 'no such thing' }],
  ]);
  const tests = namedTests(table);
  const result = (name: string, status = 'passed', spec = 'a.spec.ts') => ({ spec, name, status });

  it('finds what is missing in the table, and what should not be there', () => {
    expect(compareIds(table, ['a.py::test_one', 'a.py::test_two'])).toEqual([]);
    expect(compareIds(table, ['a.py::test_two', 'b.py::test_one'])).toEqual(['b.py::test_one: not in the table', 'a.py::test_one: there is no such Python test']);
    const empty: Table = new Map([['a', { tests: {} }], ['b', { tests: { 'a.spec.ts': [] } }], ['c', { notApplicable: '' }]]);
    expect(compareIds(empty, ['a', 'b', 'c'])).toEqual(['a', 'b', 'c'].map((id) => `${id}: neither a test nor a reason`));
  });

  it('finds tests that did not run, and that did not pass, whatever their parameters', () => {
    const good = [result('a thing works'), result('a thing does 1 for two'), result('a thing does (x) for all')];
    expect(withoutSuccess(tests, good)).toEqual([]);
    expect(withoutSuccess(tests, [...good, result('a thing does 2 for none', 'failed'), result('another', 'failed')])).toEqual(['a.py::test_one: failed: a.spec.ts: a thing does 2 for none']);
    expect(withoutSuccess(tests, [result('a thing works', 'pending'), result('a thing does 1 for two', 'passed', 'b.spec.ts')])).toEqual([
      'a.py::test_one: pending: a.spec.ts: a thing works',
      'a.py::test_one: did not run: a.spec.ts: a thing does %s for $name',
    ]);
  });

  it('knows the tests of a file by their full names', () => {
    const source = `
      describe('a', () => {
        it('b', () => { it('no test of its own'); });
        describe.each([1])('of %s', (n) => { for (const name of names) it(name, () => {}); });
      });
      it.each([1, 2])(\`has \${size} at %d\`, (n) => {});
      it.each([1, 2]);`;
    expect(titlesIn('a.spec.ts', source)).toEqual(['a b', 'a of %s %s', 'has %s at %d']);
  });
});
