/** Decoding entries of JSON. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codecOf } from '../../../lib/wire/encoding/codec.js';
import { jsonEncoding } from '../../../lib/wire/encoding/encoding.js';
import { blockOf, documents, entries, where } from './blocks.js';

const decoded = (...texts: readonly string[]) => codecOf(jsonEncoding).decode(blockOf(documents(...texts)), where);

describe('decoding JSON', () => {
  it('reads what Python writes, with NaN, escapes and 64-bit integers', () => {
    expect(decoded('{"a": NaN, "b": [1, 9223372036854775808], "\\u00e9": "\\ud83d\\ude00"}')).toEqual({
      data: [{ a: NaN, b: [1, 9223372036854775808n], é: '😀' }],
      count: 1,
      bad: null,
    });
  });

  it('reads documents of any kind, one a point', () => {
    expect(decoded('1', ' "text" ', 'null', '[1, 2]', '{}', 'true').data).toEqual([1, 'text', null, [1, 2], {}, true]);
  });

  it('cuts between documents that are not ASCII, too', () => {
    expect(decoded('"é"', '"😀"', '[1]').data).toEqual(['é', '😀', [1]]);
  });

  it('reads an empty block as an empty list', () => {
    expect(decoded()).toEqual({ data: [], count: 0, bad: null });
  });

  it('keeps the points before a broken document, and names that document', () => {
    const { data, count, bad } = decoded('1', '{"a": ', '3');
    expect({ data, count }).toEqual({ data: [1], count: 1 });
    expect(bad).toMatchObject({ _tag: 'InvalidEntry', ...where, index: 101, expected: 'one JSON document', received: expect.stringContaining('{\\"a\\": ') });
  });

  it('does not let documents lend each other what they lack', () => {
    expect(decoded('1,2', '[3', '4]')).toMatchObject({ count: 0, bad: { index: 100 } });
    expect(decoded('1', '"a', 'b"')).toMatchObject({ count: 1, bad: { index: 101 } });
    expect(decoded('1', '')).toMatchObject({ count: 1, bad: { index: 101 } });
  });

  it.each(['{"broken"', 'NaN', '12345678901234567', '"é"', '"\u00e9"'])('reads a long block with %s anywhere in it', (text) => {
    const texts = Array.from({ length: 3000 }, (_, i) => `{"index":${i},"motor":"theta"}`);
    const [value] = decoded(text).data;
    for (const at of [0, 1, 1091, 1092, 1500, 2999]) {
      const { data, count, bad } = decoded(...texts.with(at, text));
      const all = texts.map((_, i) => (i === at ? value : { index: i, motor: 'theta' }));
      expect(data).toEqual(value === undefined ? all.slice(0, at) : all);
      expect(count).toBe(data.length);
      expect(bad?.index).toBe(value === undefined ? 100 + at : undefined);
    }
  });

  it('reads a document larger than a piece of text', () => {
    const large = JSON.stringify('x'.repeat(100_000));
    expect(decoded('1', large, large, '2').data.map((value) => (typeof value === 'string' ? value.length : 1))).toEqual([1, 100_000, 100_000, 1]);
  });

  it('refuses bytes that are not UTF-8', () => {
    const block = blockOf([...documents('1'), ...entries('22ff22'), ...documents('2')]);
    expect(codecOf(jsonEncoding).decode(block, where)).toMatchObject({ data: [1], count: 1, bad: { index: 101, received: expect.stringContaining('3 bytes') } });
  });

  it('refuses a byte order mark', () => {
    expect(codecOf(jsonEncoding).decode(blockOf(entries('efbbbf31')), where)).toMatchObject({ count: 0, bad: { index: 100 } });
  });

  it('refuses an entry that stands for several points', () => {
    const [first] = documents('1');
    const block = blockOf([...documents('0'), { len: 2, payload: first?.payload ?? new Uint8Array(0) }]);
    expect(codecOf(jsonEncoding).decode(block, where)).toMatchObject({ data: [0], count: 1, bad: { index: 101, received: expect.stringContaining('more than one point') } });
  });

  it('gives for a block what it gives for each of its documents alone', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.json(), fc.json({ stringUnit: 'grapheme' }), fc.constantFrom('NaN', '[-Infinity]', '12345678901234567'))), (texts) => {
        expect(decoded(...texts)).toEqual({ data: texts.flatMap((text) => decoded(text).data), count: texts.length, bad: null });
      }),
    );
  });
});
