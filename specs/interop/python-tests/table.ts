/** For each test of the Python package: our tests of the same behaviour, or why there is none. One file a Python module in `table/`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { PathReporter } from 'io-ts/lib/PathReporter.js';

const Row = t.union([
  t.exact(
    t.intersection([
      /** By spec file, the full names of tests: with `%s` and the like where they have parameters, all of which have to pass. */
      t.type({ tests: t.record(t.string, t.array(t.string)) }),
      /** Where the two differ on purpose. */
      t.partial({ differs: t.string }),
    ]),
  ),
  t.exact(t.type({ notApplicable: t.string })),
]);
type Row = t.TypeOf<typeof Row>;

/** By Python test id. */
export type Table = ReadonlyMap<string, Row>;

export interface NamedTest {
  /** The Python test. */
  readonly id: string;
  readonly spec: string;
  readonly name: string;
}

const folder = fileURLToPath(new URL('table', import.meta.url));

export function readTable(): Table {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  return new Map(files.sort().flatMap(rowsIn));
}

function rowsIn(file: string): readonly (readonly [string, Row])[] {
  const rows = t.record(t.string, Row).decode(JSON.parse(readFileSync(join(folder, file), 'utf8')));
  if (E.isLeft(rows)) throw new Error(`${file}: ${PathReporter.report(rows).join('\n')}`);
  return Object.entries(rows.right).map(([test, row]) => [`${file.replaceAll('\\', '/').replace(/json$/, 'py')}::${test}`, row]);
}

export const namedTests = (table: Table): readonly NamedTest[] =>
  [...table].flatMap(([id, row]) => ('tests' in row ? Object.entries(row.tests).flatMap(([spec, names]) => names.map((name) => ({ id, spec, name }))) : []));

/** What is missing in the table, what is in it without need, and rows that say nothing. */
export function compareIds(table: Table, ids: readonly string[]): readonly string[] {
  return [
    ...ids.filter((id) => !table.has(id)).map((id) => `${id}: not in the table`),
    ...[...table.keys()].filter((id) => !ids.includes(id)).map((id) => `${id}: there is no such Python test`),
    ...[...table].filter(([, row]) => isEmpty(row)).map(([id]) => `${id}: neither a test nor a reason`),
  ];
}

function isEmpty(row: Row): boolean {
  if ('notApplicable' in row) return row.notApplicable === '';
  const names = Object.values(row.tests);
  return names.length === 0 || names.some((all) => all.length === 0);
}

/** What the parameters of `it.each` become in a name. */
const parameter = /%[a-zA-Z]|\$[\w.]+/g;

/** Matches the full names that a test with parameters has when it runs. */
export function patternOf(name: string): RegExp {
  const literal = name.split(parameter).map((text) => text.replaceAll('%%', '%').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^]*')}$`);
}
