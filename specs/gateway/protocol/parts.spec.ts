/** Large messages in parts: several at a time, each put together by itself. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodePart, PartAssembler } from '../../../lib/gateway/protocol/parts.js';
import { right } from './samples.js';

const filled = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7) & 255);

/** All parts of a message in order. */
const partsOf = (message: Uint8Array, number: number, size: number): readonly Uint8Array<ArrayBuffer>[] =>
  Array.from({ length: Math.ceil(message.length / size) }, (_, i) => encodePart(message, number, i * size, size));

const isLeft = (outcome: { readonly _tag: string }): boolean => outcome._tag === 'Left';

it('messages of any size come together from parts of any size, in any interleaving', () => {
  const message = fc.record({ length: fc.integer({ min: 1, max: 300 }), size: fc.integer({ min: 1, max: 100 }) });
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 5 }), fc.infiniteStream(fc.nat()), (messages, order) => {
      const sent = messages.map(({ length, size }, i) => ({ bytes: filled(length, i), parts: [...partsOf(filled(length, i), 2 ** 32 - 1 - i, size)] }));
      const assembler = new PartAssembler(300);
      const whole: Uint8Array[] = [];
      for (const turn of order) {
        const unfinished = sent.filter(({ parts }) => parts.length > 0);
        const chosen = unfinished[turn % Math.max(unfinished.length, 1)];
        const part = chosen?.parts.shift();
        if (chosen === undefined || part === undefined) break;
        const outcome = right(assembler.add(part));
        expect(outcome === undefined).toBe(chosen.parts.length > 0);
        if (outcome === undefined) continue;
        expect(outcome).toEqual(chosen.bytes);
        expect(outcome.byteOffset % 8).toBe(0);
        whole.push(outcome);
      }
      expect(whole.length).toBe(messages.length);
    }),
    { numRuns: 500 },
  );
});

it('a number may be used again once its message is whole', () => {
  const assembler = new PartAssembler(100);
  for (const seed of [1, 2, 3]) {
    const message = filled(20, seed);
    expect(partsOf(message, 5, 8).map((part) => right(assembler.add(part)))).toEqual([undefined, undefined, message]);
  }
});

describe('refused is', () => {
  const message = filled(30, 1);
  const [first, second, third] = partsOf(message, 5, 10);
  const after = (...parts: readonly (Uint8Array<ArrayBuffer> | undefined)[]) => {
    const assembler = new PartAssembler(30);
    return parts.map((part) => isLeft(assembler.add(part ?? new Uint8Array())));
  };

  it('a part that comes twice', () => {
    expect(after(first, first)).toEqual([false, true]);
    expect(after(first, second, second)).toEqual([false, false, true]);
  });
  it('a part out of order, or the second one of a message that has no first one', () => {
    expect(after(first, third)).toEqual([false, true]);
    expect(after(second)).toEqual([true]);
    expect(after(first, second, third, third)).toEqual([false, false, false, true]);
  });
  it('a part of a message that has another size now', () => {
    expect(after(first, encodePart(filled(29, 1), 5, 10, 10))).toEqual([false, true]);
  });
  it('a part that goes beyond its message, or has no bytes', () => {
    const beyond = Uint8Array.from(third ?? []);
    new DataView(beyond.buffer).setUint32(8, 25, true);
    expect(after(beyond)).toEqual([true]);
    expect(after(first?.subarray(0, 16))).toEqual([true]);
    expect(after(first?.subarray(0, 9))).toEqual([true]);
  });
  it('a message above the bound, however little of it has come', () => {
    expect(after(encodePart(filled(31, 1), 5, 0, 10))).toEqual([true]);
  });
});

it('an announced size takes no memory before its bytes are there', () => {
  const assembler = new PartAssembler(2 ** 32);
  const before = process.memoryUsage().arrayBuffers;
  for (let number = 0; number < 1000; number++) {
    const part = encodePart(filled(20, 1), number, 0, 4);
    new DataView(part.buffer).setUint32(8, 2 ** 30, true);
    expect(right(assembler.add(part))).toBeUndefined();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
});
