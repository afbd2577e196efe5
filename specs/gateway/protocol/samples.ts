/** Blocks, arrays and windows of every form for the tests of the gateway's messages. */
import fc from 'fast-check';
import type { AppendWindow, Block } from '../../../lib/ports/streams.js';

export type Entries = Omit<Block, 'key'>;

/** A block of entries that are given one by one: index of the first point, points, payload. */
export function blockOfEntries(entries: readonly (readonly [number, number, Uint8Array])[], rest: Pick<Entries, 'seal' | 'more'> = {}): Entries {
  const bytes = new Uint8Array(entries.reduce((sum, [, , payload]) => sum + payload.length, 0));
  const ends = new Float64Array(entries.length);
  let end = 0;
  entries.forEach(([, , payload], i) => {
    bytes.set(payload, end);
    end += payload.length;
    ends[i] = end;
  });
  return { firsts: Float64Array.from(entries, ([first]) => first), lens: Float64Array.from(entries, ([, len]) => len), ends, bytes, ...rest };
}

const amount = fc.oneof({ weight: 8, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: fc.constantFrom(2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 63) });
const payload = fc.uint8Array({ maxLength: 20 });
const rest = fc.record({ seal: fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 53)), more: fc.constant(true as const) }, { requiredKeys: [], noNullPrototype: true });

const irregular = fc.array(fc.tuple(fc.oneof(fc.nat(), amount), amount, payload), { maxLength: 12 });
/** Consecutive, all of one length and one size. */
const regular = fc
  .record({ first: amount, len: fc.nat(3), size: fc.nat(12), count: fc.nat(20), seed: fc.nat(255) })
  .map(({ first, len, size, count, seed }) => Array.from({ length: count }, (_, i): [number, number, Uint8Array] => [first + i * len, len, new Uint8Array(size).fill(seed + i)]));

export const anyBlock: fc.Arbitrary<Entries> = fc.tuple(fc.oneof(irregular, regular), rest).map(([entries, others]) => blockOfEntries(entries, others));

/** A number that Redis can have in an id: 64 bits without a sign. */
const half = fc.oneof(fc.nat().map(BigInt), fc.constantFrom(0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n));
export const anyId: fc.Arbitrary<string> = fc.tuple(half, half).map(([ms, seq]) => `${ms}-${seq}`);
/** Of requests, handles, messages. */
export const anyNumber = fc.oneof(fc.nat(), fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1));

export const anyKey = fc.oneof(fc.constantFrom('esrf:stream:01J00000000000000000200001', 'esrf:scan:01J00000000000000000000001'), fc.string({ unit: 'grapheme', maxLength: 12 }));

export const anyWindow: fc.Arbitrary<AppendWindow> = fc.record(
  { key: anyKey, scan: anyKey, expected: anyId, entries: fc.array(fc.record({ index: fc.oneof(fc.nat(), fc.constant(2 ** 53 - 1)), len: fc.nat(), payload }, { noNullPrototype: true }), { maxLength: 5 }) },
  { noNullPrototype: true },
);

/** The right side; throws the left one. */
export function right<E, A>(either: { readonly _tag: 'Left'; readonly left: E } | { readonly _tag: 'Right'; readonly right: A }): A {
  if (either._tag === 'Left') throw new Error(String(either.left));
  return either.right;
}
