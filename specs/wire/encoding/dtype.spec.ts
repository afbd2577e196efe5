/** numpy's dtype strings. */
import { describe, expect, it } from '@jest/globals';
import * as O from 'fp-ts/lib/Option.js';
import { itemSize } from '../../../lib/model/dtype.js';
import { formatDtype, parseDtype } from '../../../lib/wire/encoding/encoding.js';

describe('parseDtype', () => {
  it.each([
    ['|b1', 'bool', '|', 1],
    ['|i1', 'int8', '|', 1],
    ['<i2', 'int16', '<', 2],
    ['>i4', 'int32', '>', 4],
    ['<i8', 'int64', '<', 8],
    ['|u1', 'uint8', '|', 1],
    ['>u2', 'uint16', '>', 2],
    ['<u4', 'uint32', '<', 4],
    ['<u8', 'uint64', '<', 8],
    ['<f2', 'float16', '<', 2],
    ['<f4', 'float32', '<', 4],
    ['>f8', 'float64', '>', 8],
    ['<c8', 'complex64', '<', 8],
    ['>c16', 'complex128', '>', 16],
  ] as const)('reads %s as numpy does, and formatDtype writes it again', (text, dtype, byteOrder, size) => {
    const parsed = parseDtype(text);
    expect(parsed).toEqual(O.some({ dtype, byteOrder }));
    expect(itemSize(dtype)).toBe(size);
    expect(O.isSome(parsed) && formatDtype(parsed.value.dtype, parsed.value.byteOrder)).toBe(text);
  });

  it('does not mind a byte order where there is only one byte', () => {
    expect(parseDtype('<i1')).toEqual(O.some({ dtype: 'int8', byteOrder: '|' }));
  });

  it.each(['<f16', '<c32', '<f12', '<c24', 'g', '|O', '<U5', '|S3', '<M8[ns]', '<f3', '<i16', '=f8', '|f8', 'f8', 'float64', '', '<f8 '])(
    'does not know %j',
    (text) => {
      expect(parseDtype(text)).toEqual(O.none);
    },
  );
});
