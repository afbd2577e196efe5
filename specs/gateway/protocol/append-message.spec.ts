/** Windows to append as binary messages. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeAppendMessage } from '../../../lib/gateway/protocol/append-message.js';
import { decodeAppendMessage } from '../../../lib/gateway/protocol/decode-append-message.js';
import { anyNumber, anyWindow, right } from './samples.js';

it('windows come back as they were, payloads as views of the message', () => {
  fc.assert(
    fc.property(anyNumber, fc.array(anyWindow, { maxLength: 4 }), (id, windows) => {
      const message = encodeAppendMessage(id, windows);
      const decoded = right(decodeAppendMessage(message));
      expect(decoded).toEqual({ id, windows });
      for (const { payload } of decoded.windows.flatMap(({ entries }) => entries)) expect(payload.buffer).toBe(message.buffer);
    }),
    { numRuns: 1000 },
  );
});

const scan = 'esrf:scan:01J00000000000000000000001';
const window = { key: 'esrf:stream:01J00000000000000000200001', scan, expected: '0-0', entries: [{ index: 0, len: 1, payload: new Uint8Array(24).fill(7) }] };

it('a message that has lost some of its bytes is refused, wherever it was cut', () => {
  const message = encodeAppendMessage(7, [window, { ...window, entries: [] }]);
  for (let length = 0; length < message.length; length++) expect(decodeAppendMessage(message.slice(0, length))).toMatchObject({ _tag: 'Left' });
});

it('a message with more bytes than its entries have is refused', () => {
  const message = encodeAppendMessage(7, [window]);
  for (const extra of [1, 7, 8]) {
    const longer = new Uint8Array(message.length + extra);
    longer.set(message);
    expect(decodeAppendMessage(longer)).toMatchObject({ _tag: 'Left' });
  }
});
