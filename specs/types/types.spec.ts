/** Runs the type tests: one Jest test for each `typeTest` in the `*.types.ts` files beside this one. */
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkTypes } from './check-types.js';

const tsconfig = resolve(__dirname, '../../tsconfig.json');
const typeFiles = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.types.ts'))
    .sort()
    .map((file) => join(folder, file));

const fixture = join(__dirname, 'fixtures', 'failing.types.ts');
const checked = checkTypes([...typeFiles(__dirname), fixture], tsconfig);

for (const { file, cases, outside } of checked.filter((result) => result.file !== fixture)) {
  describe(basename(file, '.types.ts'), () => {
    for (const { name, problems } of cases) {
      it(name, () => {
        expect(problems).toEqual([]);
      });
    }

    it('compiles outside its cases too, and has some', () => {
      expect(outside).toEqual([]);
      expect(cases).not.toEqual([]);
    });
  });
}

describe('a type test', () => {
  const failing = checked.find(({ file }) => file === fixture);
  const problemsOf = (name: string): readonly string[] | undefined => failing?.cases.find((each) => each.name === name)?.problems;

  it('passes beside others that fail', () => {
    expect(problemsOf('right')).toEqual([]);
  });

  it('fails when two types differ', () => {
    expect(problemsOf('types that differ')).toEqual([expect.stringMatching(/^\d+: Type 'false' does not satisfy the constraint 'true'/)]);
  });

  it('fails when any stands where a type is expected', () => {
    expect(problemsOf('any is not a number')).toHaveLength(1);
  });

  it('fails when an error that is expected does not come', () => {
    expect(problemsOf('an error that does not come')).toEqual([expect.stringContaining("Unused '@ts-expect-error' directive")]);
  });

  it('fails when a call does not compile', () => {
    expect(problemsOf('a call that does not compile')).toHaveLength(1);
  });

  it('is not blamed for an error elsewhere in its file, which shows by itself', () => {
    expect(failing?.outside).toEqual([expect.stringContaining("Module '\"../support.js\"' has no exported member 'missing'")]);
  });
});
