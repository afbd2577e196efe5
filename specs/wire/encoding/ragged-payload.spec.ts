/** The msgpack of ragged payloads is, byte by byte, what a general encoder writes. */
import { describe, expect, it } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import * as E from 'fp-ts/lib/Either.js';
import fc from 'fast-check';
import { packRagged, unpackRagged } from '../../../lib/wire/encoding/ragged-payload.js';

/** Around the lengths from which msgpack takes another form. */
const edges = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER];
const lengths = fc.oneof(fc.constantFrom(...edges), fc.nat(), fc.maxSafeNat());

/** Of other numbers of dimensions than a reader takes as well. */
const shapes = fc.array(lengths, { maxLength: 100 });

describe('a ragged payload', () => {
  it('is written as by a general encoder, and read back', () => {
    fc.assert(
      fc.property(shapes, fc.uint8Array({ maxLength: 300 }), (shape, bytes) => {
        const payload = packRagged(shape, bytes);
        expect(payload).toEqual(encode([shape, bytes]));
        if (shape.length <= 64) expect(unpackRagged(payload)).toEqual(E.right([shape, bytes]));
      }),
    );
  });

  it.each([0xff, 0x100, 0xffff, 0x1_0000])('holds %d bytes', (size) => {
    const bytes = new Uint8Array(size).fill(7);
    expect(packRagged([size], bytes)).toEqual(encode([[size], bytes]));
  });
});
