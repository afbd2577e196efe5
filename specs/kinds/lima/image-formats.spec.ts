/** Replies of Lima servers, decoded as by Python blissdata, and random bytes. */
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import * as t from 'io-ts';
import fc from 'fast-check';
import { decodeDataArray } from '../../../lib/kinds/lima/data-array.js';
import type { InvalidImage, LimaImage } from '../../../lib/kinds/lima/lima-image.js';
import { decodeVideoImage } from '../../../lib/kinds/lima/video-image.js';
import { itemSize } from '../../../lib/model/dtype.js';
import { isInvalidImage } from '../../../lib/model/errors.js';
import { elementCount } from '../../../lib/model/nd-array.js';
import { bytesOf } from '../../../lib/wire/encoding/number-bytes.js';
import { pythonWith } from '../../support/python.js';

const nullOr = <C extends t.Mixed>(codec: C): t.UnionC<[t.NullC, C]> => t.union([t.null, codec]);
const Case = t.intersection([
  t.type({ payload: t.string }),
  t.partial({ error: t.string, image: nullOr(t.type({ dtype: t.string, shape: t.array(t.number), bytes: t.string })), frame: nullOr(t.number), tag: nullOr(t.string) }),
]);
const Cases = t.type({ DATA_ARRAY: t.array(Case), VIDEO_IMAGE: t.array(Case) });

type Decode = (bytes: Uint8Array) => E.Either<InvalidImage, O.Option<LimaImage>>;
const formats: { readonly [Format in keyof t.TypeOf<typeof Cases>]: Decode } = {
  DATA_ARRAY: (bytes) => E.map((image: LimaImage) => O.some(image))(decodeDataArray(bytes)),
  VIDEO_IMAGE: decodeVideoImage,
};

let cases: t.TypeOf<typeof Cases>;
beforeAll(async () => {
  const { code, stdout, stderr } = await (await pythonWith('2.4.5')).run(resolve('specs/kinds/lima/python/encode_images.py'), []);
  if (code !== 0) throw new Error(stderr);
  const decoded = Cases.decode(JSON.parse(stdout));
  if (E.isLeft(decoded)) throw new Error('what Python says cannot be understood');
  cases = decoded.right;
}, 60_000);

/** In memory of its own, at a multiple of eight plus `shift`. */
function payloadOf(text: string, shift = 0): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  const memory = new Uint8Array(bytes.length + shift);
  memory.set(bytes, shift);
  return memory.subarray(shift);
}

const seen = ({ image: { dtype, shape, data }, frame, acquisitionTag }: LimaImage): object => ({
  image: { dtype, shape, bytes: Buffer.from(bytesOf(dtype, '<', data)).toString('base64') },
  frame,
  tag: acquisitionTag === null ? null : String(acquisitionTag),
});

describe.each(['DATA_ARRAY', 'VIDEO_IMAGE'] as const)('%s', (format) => {
  it('is decoded as by Python, and refused if Python refuses it', () => {
    expect(cases[format].filter(({ error }) => error !== undefined).length).toBeGreaterThan(5);
    expect(cases[format].filter(({ error }) => error === undefined).length).toBeGreaterThan(5);
    for (const { payload, error, image, frame, tag } of cases[format]) {
      for (const shift of [0, 1, 4]) {
        const decoded = formats[format](payloadOf(payload, shift));
        if (error !== undefined) expect(E.isLeft(decoded) && isInvalidImage(decoded.left) && decoded.left.format).toBe(format);
        else if (image === null) expect(decoded).toEqual(E.right(O.none));
        else expect(E.map(O.map(seen))(decoded)).toEqual(E.right(O.some({ image, frame, tag })));
      }
    }
  });

  it('is decoded or a typed error, whatever the bytes are', () => {
    const payloads = cases[format].map(({ payload }) => payloadOf(payload));
    const damaged = fc.tuple(fc.constantFrom(...payloads), fc.array(fc.tuple(fc.nat(100), fc.nat(255)), { maxLength: 6 }), fc.nat(120)).map(([payload, changes, cut]) => {
      const copy = Uint8Array.from(payload);
      for (const [at, byte] of changes) if (at < copy.length) copy[at] = byte;
      return cut < 20 ? copy.subarray(0, cut * 4) : copy;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const decoded = formats[format](bytes);
        if (E.isLeft(decoded)) return isInvalidImage(decoded.left);
        if (O.isNone(decoded.right)) return true;
        const { image } = decoded.right.value;
        // Only memory that belongs to the reply.
        return elementCount(image.shape) * itemSize(image.dtype) === image.data.byteLength && image.data.byteLength <= bytes.length;
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('an image in a DATA_ARRAY', () => {
  it('shares the memory of the reply if it is aligned', () => {
    const bytes = payloadOf(cases.DATA_ARRAY[1]?.payload ?? '');
    const decoded = decodeDataArray(bytes);
    if (E.isLeft(decoded)) throw decoded.left;
    expect(decoded.right.image.data.buffer).toBe(bytes.buffer);
  });

  it('may be big-endian and have one to six dimensions, which Python does not decode', () => {
    const head = new DataView(new ArrayBuffer(64 + 16));
    head.setUint32(0, 0x44544159, true);
    head.setUint16(4, 1, true);
    head.setUint16(6, 64, true);
    head.setUint32(12, 1, true);
    head.setUint16(16, 1, true);
    head.setUint16(18, 3, true);
    [2, 1, 4].forEach((length, n) => head.setUint16(20 + 2 * n, length, true));
    for (let n = 0; n < 8; n++) head.setUint16(64 + 2 * n, n, false);
    expect(decodeDataArray(new Uint8Array(head.buffer))).toEqual(E.right({ image: { dtype: 'uint16', shape: [4, 1, 2], data: Uint16Array.of(0, 1, 2, 3, 4, 5, 6, 7) }, frame: null, acquisitionTag: null }));
  });
});
