/** Searches for names that look like syntax: the results are those of an exact comparison of the identities. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import type { Criterion } from '../../lib/ports/search.js';
import type { Use } from './opened.js';
import { createScan } from './samples.js';

type Kind = Extract<Criterion, { _tag: 'text' }>['kind'];

interface Identity {
  readonly name: string;
  readonly session: string;
  readonly number: number;
}

interface Question {
  readonly name: { readonly kind: Kind; readonly text: string };
  readonly session?: string;
  readonly range?: readonly [number, number];
}

/** What RediSearch takes for syntax somewhere, white space, letters whose case matters, and letters beyond ASCII. */
const characters = Array.from(' \t\n\r\v\f|\\*,.<>{}[]"\':;!@#$%^&()-+=~?/`_aAbBzZ019éÉßıİ漢字😀\u00a0\u2003\u0085\u2028\ufffd\x01\x1b\x7f\0');
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...characters) },
  { weight: 1, arbitrary: fc.constantFrom('ab', 'AB', '@id_name:{', '$v0', "w'*'", '=>[KNN', '-(', '%%a%%', 'OR', '~', '"}', '}|{', ' | ', '\\|') },
);
const hostile = fc.string({ unit: piece, minLength: 1, maxLength: 8 });
const identity = fc.record<Identity>({ name: hostile, session: fc.constantFrom('red', 'RED|green', 'blue', ' green '), number: fc.integer({ min: -20, max: 20 }) });

/** TAG's rules: `|` separates, white space around a value is not of it, the case of ASCII letters does not count, and NUL ends everything. */
const values = (stored: string): readonly string[] =>
  (stored.split('\0')[0] ?? '')
    .split('|')
    .map((value) => lower(value.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')))
    .filter((value) => value !== '');
const lower = (value: string): string => value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const fits: Readonly<Record<Kind, (value: string, text: string) => boolean>> = {
  equals: (value, text) => value === text,
  startsWith: (value, text) => value.startsWith(text),
  endsWith: (value, text) => value.endsWith(text),
  contains: (value, text) => value.includes(text),
};

const meets = ({ name, session, number }: Identity, question: Question): boolean =>
  values(name).some((value) => fits[question.name.kind](value, lower(question.name.text))) &&
  (question.session === undefined || values(session).includes(question.session)) &&
  (question.range === undefined || (number >= question.range[0] && number <= question.range[1]));

/** Questions about some of the identities, and about names that may not be there at all. */
const questionsAbout = (identities: readonly Identity[]): fc.Arbitrary<readonly Question[]> => {
  const known = fc.constantFrom(...identities.map(({ name }) => name));
  const part = fc.tuple(known, fc.nat(), fc.nat()).map(([name, from, length]) => {
    const letters = Array.from(name);
    return letters.slice(from % letters.length).slice(0, 1 + (length % 8)).join('');
  });
  const text = fc.oneof({ weight: 2, arbitrary: known }, { weight: 2, arbitrary: part }, hostile).filter((one) => !one.includes('\0') && one !== '');
  // What is shorter than two bytes beside a wildcard never gets as far as a database.
  const wild = text.filter((one) => Buffer.byteLength(one) >= 2);
  const name = fc.oneof(
    text.map((one) => ({ kind: 'equals' as const, text: one })),
    fc.record({ kind: fc.constantFrom<Kind>('startsWith', 'endsWith', 'contains'), text: wild }),
  );
  const range = fc.tuple(fc.integer({ min: -25, max: 25 }), fc.integer({ min: -25, max: 25 }));
  const question = fc.oneof(
    { weight: 3, arbitrary: fc.record({ name }) },
    { weight: 1, arbitrary: fc.record({ name, session: fc.constantFrom('red', 'green'), range }, { requiredKeys: ['name'] }) },
  );
  return fc.array(question, { minLength: 400, maxLength: 400 });
};

const criteriaOf = ({ name, session, range }: Question): readonly Criterion[] => [
  { _tag: 'text', field: 'name', ...name },
  ...(session === undefined ? [] : [{ _tag: 'text', field: 'session', kind: 'equals', text: session } as const]),
  ...(range === undefined ? [] : [{ _tag: 'number', field: 'number', min: range[0], max: range[1] } as const]),
];

/** Another one every time, unless it is given. */
const seed = Number(process.env['SEARCH_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

export function hostileSearchContract(use: Use): void {
  describe('search for hostile names', () => {
    it(`finds what an exact comparison of the identities finds (SEARCH_SEED=${seed})`, async () => {
      const { database, other } = use();
      const [identities = []] = fc.sample(fc.array(identity, { minLength: 300, maxLength: 300 }), { seed, numRuns: 1 });
      const [questions = []] = fc.sample(questionsAbout(identities), { seed, numRuns: 1 });
      await Promise.all(identities.map((one, n) => createScan(other, n, one)));

      const answers = await Promise.all(questions.map(async (question) => (await firstValueFrom(database.search({ prefix: 'esrf', criteria: criteriaOf(question) }))).keys));
      const wrong = questions.flatMap((question, i) => {
        const found = (answers[i] ?? []).map((key) => Number(key.slice(-10))).sort((a, b) => a - b);
        const expected = identities.flatMap((one, n) => (meets(one, question) ? [n] : []));
        return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ question, found, expected: expected.map((n) => [n, identities[n]]) }];
      });
      expect(wrong).toEqual([]);
      const some = answers.filter((keys) => keys.length > 0).length;
      expect(some).toBeGreaterThan(40);
    }, 60_000);
  });
}
