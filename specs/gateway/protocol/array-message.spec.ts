/** Arrays from files as binary messages. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeArrayMessage, encodeArrayMessage } from '../../../lib/gateway/protocol/array-message.js';
import { numbersPerElement, type Dtype } from '../../../lib/model/dtype.js';
import { float16Table } from '../../../lib/model/float16.js';
import { elementCount, ndArray, type NdArray } from '../../../lib/model/nd-array.js';
import { viewBytes, zeros } from '../../../lib/model/typed-array.js';
import { anyNumber, right } from './samples.js';

const dtypes = ['bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'float16', 'float32', 'float64', 'complex64', 'complex128'] as const;

/** Any bits are numbers, but those of a bool are 0 and 1, and a float16 is one of 65,536. */
function arrayOf(dtype: Dtype, shape: readonly number[], seed: number): NdArray {
  const data = zeros(dtype, elementCount(shape) * numbersPerElement(dtype));
  const bytes = viewBytes(data);
  for (let i = 0; i < bytes.length; i++) bytes[i] = dtype === 'bool' ? (seed + i) & 1 : (seed * (i + 1) * 37) & 255;
  if (dtype === 'float16') for (let i = 0; i < data.length; i++) data[i] = float16Table()[(seed * (i + 1) * 257) & 0xffff] ?? 0;
  return ndArray(dtype, shape, data);
}

it.each(dtypes)('an array of %s comes back bit by bit, its numbers at a multiple of 8', (dtype) => {
  fc.assert(
    fc.property(anyNumber, fc.array(fc.nat(4), { maxLength: 4 }), fc.nat(255), (id, shape, seed) => {
      const array = arrayOf(dtype, shape, seed);
      const message = encodeArrayMessage(id, array);
      const decoded = right(decodeArrayMessage(message));
      expect(decoded).toEqual({ id, array });
      expect(decoded.array.data.byteOffset % 8).toBe(0);
      if (dtype !== 'float16') {
        expect(viewBytes(decoded.array.data)).toEqual(viewBytes(array.data));
        expect(decoded.array.data.buffer).toBe(message.buffer);
      }
    }),
    { numRuns: 100 },
  );
});

it.each([
  ['a number too few', { dtype: 'float64', shape: [2] }, 8],
  ['a number too many', { dtype: 'float64', shape: [2] }, 24],
  ['half a number', { dtype: 'float64', shape: [1] }, 7],
  ['another dtype', { dtype: 'float128', shape: [1] }, 16],
  ['a length that there is not', { dtype: 'uint8', shape: [-1] }, 0],
  ['more numbers than any memory holds', { dtype: 'uint8', shape: [2 ** 50, 2 ** 50] }, 8],
  ['no shape', { dtype: 'uint8' }, 0],
])('%s is refused', (_, head, bytes) => {
  expect(decodeArrayMessage(arrayMessage(JSON.stringify(head), bytes))).toMatchObject({ _tag: 'Left' });
});

it('lengths that are 0 leave nothing, however large the others are', () => {
  const decoded = right(decodeArrayMessage(arrayMessage(JSON.stringify({ dtype: 'int32', shape: [0, 2 ** 50, 2 ** 50] }), 0)));
  expect(decoded.array.data.length).toBe(0);
});

/** A message as another gateway might write it. */
function arrayMessage(headText: string, bytes: number): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(headText);
  const start = Math.ceil((16 + head.length) / 8) * 8;
  const message = new Uint8Array(start + bytes);
  message[0] = 3;
  new DataView(message.buffer).setUint32(8, head.length, true);
  message.set(head, 16);
  return message;
}
