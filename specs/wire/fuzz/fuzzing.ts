/** Decoders given invalid input: each input gives a value or a typed error, and takes no more memory than its own size warrants. */
import { getHeapStatistics } from 'node:v8';
import { afterAll, it } from '@jest/globals';
import fc from 'fast-check';
import { isBlissdataError, type BlissdataError, type ErrorTag } from '../../../lib/model/errors.js';

/** How many inputs each decoder gets: 100,000 in all. */
export const shares = {
  numericEntries: 18_000,
  raggedEntries: 18_000,
  jsonEntries: 18_000,
  xreadReplies: 12_000,
  scanDocuments: 8_000,
  encodings: 5_000,
  fileTemplates: 5_000,
  streamIds: 4_000,
  searchCriteria: 4_000,
  limaStreams: 3_000,
  fileReferences: 2_000,
  edfHeaders: 2_000,
  liveImages: 1_000,
} as const;

/** `FUZZ_SEED` brings the same inputs back. */
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** The memory of typed arrays, which the engine has outside of its own; cheaper than `process.memoryUsage()`. */
const memoryOfArrays = (): number => getHeapStatistics().external_memory;

/** What any call may take beside what its input is worth: tables, blocks of the usual size. */
const freeBytes = 1 << 20;
/** A number may take more room than on the wire (float16), be copied to be aligned, and be viewed. */
const perByte = 16;

interface Fuzz<A> {
  readonly inputs: fc.Arbitrary<A>;
  /** How many bytes the input has. */
  readonly size: (input: A) => number;
  /** Whether all is well with what comes of it; throws what no user should see. */
  readonly check: (input: A) => boolean | Promise<boolean>;
}

/** A test of the decoder's share of inputs. */
export function fuzz<A>(decoder: keyof typeof shares, { inputs, size, check }: Fuzz<A>): void {
  const numRuns = shares[decoder];
  it(`gives a value or a typed error for ${numRuns} inputs (FUZZ_SEED=${seed})`, async () => {
    const property = fc.asyncProperty(inputs, async (input) => {
      const before = memoryOfArrays();
      const outcome = check(input);
      const isWell = typeof outcome === 'boolean' ? outcome : await outcome;
      // What was let go meanwhile only lowers it.
      const taken = memoryOfArrays() - before;
      if (taken > freeBytes + perByte * size(input)) throw new Error(`${size(input)} bytes took ${taken} bytes of memory`);
      return isWell;
    });
    await fc.assert(property, { numRuns, seed, endOnFailure: process.env['FUZZ_SHRINK'] === undefined });
  }, 300_000);
}

/** What it fails with, if it does; anything else than a typed error is thrown again. */
export function failureOf(act: () => unknown): BlissdataError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (isBlissdataError(error)) return error;
    throw error;
  }
}

export const isOneOf = (error: BlissdataError | null | undefined, ...tags: readonly ErrorTag[]): boolean => error === null || error === undefined || tags.includes(error._tag);

/** Bytes with a few of them changed, taken out, put in, or the end cut off. */
export const damaged = (bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc.tuple(bytes, fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255), how: fc.constantFrom('change', 'insert', 'remove', 'cut') }), { minLength: 1, maxLength: 4 })).map(([whole, changes]) => {
    const copy = Array.from(whole);
    for (const { at, byte, how } of changes) {
      const place = copy.length === 0 ? 0 : at % copy.length;
      if (how === 'cut') copy.length = place;
      else copy.splice(place, how === 'insert' ? 0 : 1, ...(how === 'remove' ? [] : [byte]));
    }
    return Uint8Array.from(copy);
  });

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Arrays within arrays, as JSON. */
export const nested = (depth: number, inmost = ''): string => '['.repeat(depth) + inmost + ']'.repeat(depth);

/** Any JSON, with surprising keys and values. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 60, arbitrary: fc.jsonValue({ stringUnit: 'binary', maxDepth: 2 }) },
  { weight: 40, arbitrary: fc.constantFrom<unknown>(NaN, Infinity, -Infinity, -0, -1, 0.5, 2 ** 53, -(2 ** 63), 1e308, 2n ** 64n, '', '\ud800', '__proto__', '%d', null, true, [], {}) },
  { weight: 1, arbitrary: fc.constantFrom(100, 20_000).map((depth): unknown => JSON.parse(nested(depth))) },
);

/** A JSON text; numbers that JSON has no words for as Python writes them. */
export function jsonText(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return textOfArray(value);
  if (typeof value !== 'object' || value === null) return value === undefined ? 'null' : JSON.stringify(value);
  return `{${Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`).join(',')}}`;
}

/** Deep ones must not end the test before they get to the decoder. */
function textOfArray(array: readonly unknown[]): string {
  let depth = 0;
  let inner = array;
  for (let [first] = inner; inner.length === 1 && Array.isArray(first); [first] = inner) {
    inner = first;
    depth++;
  }
  return nested(depth, `[${inner.map(jsonText).join(',')}]`);
}

afterAll(() => {
  const total = Object.values(shares).reduce<number>((sum, share) => sum + share, 0);
  if (total !== 100_000) throw new Error(`the shares make ${total}`);
});
