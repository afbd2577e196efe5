/** Text messages of both directions: what is sent is understood, and nothing else is. */
import { describe, expect, it } from '@jest/globals';
import { decodeClientMessage, decodeHello, encodeClientMessage, type ClientMessage, type Hello } from '../../../lib/gateway/protocol/client-messages.js';
import { closeCodes, mayComeBack } from '../../../lib/gateway/protocol/close-codes.js';
import { defaultLimits } from '../../../lib/gateway/protocol/limits.js';
import { decodeServerMessage, encodeServerMessage, type ServerMessage } from '../../../lib/gateway/protocol/server-messages.js';
import { right } from './samples.js';

const clientMessages: readonly ClientMessage[] = [
  { id: 1, call: 'heads', args: [['esrf:stream:1'], { min: 0 }, null] },
  { cancel: 2 ** 32 - 1 },
  { more: 'esrf:stream:1', bytes: 1 },
  { unwatch: [] },
  { unwatch: ['a', 'é😀'] },
  { ping: 3 },
  { token: '' },
  { bye: 1 },
];

const serverMessages: readonly ServerMessage[] = [
  { welcome: 1, session: 's', database: 'id10', epoch: 'e', rights: { write: false, delete: true }, limits: defaultLimits, features: ['files'] },
  { welcome: 1, session: 's', database: 'id10', epoch: 'e', rights: { write: false, delete: true }, limits: defaultLimits, features: [], expires: 1.7e12 },
  { id: 1, value: { entries: [], lostUntil: '7-0' } },
  { id: 1, value: null },
  { id: 1, error: { name: 'ScanNotFound', message: 'no scan' } },
  { wake: ['k'] },
  { wakeAll: 1 },
  { wakeAll: 1, interrupted: true },
  { follow: 'k', handle: 3 },
  { status: { _tag: 'ready' } },
  { status: { _tag: 'retrying', error: { name: 'Disconnected', message: 'x' }, attempt: 1, delay: 100 } },
  { pong: 3 },
  { drain: 5000 },
  { expires: null },
  { expires: 1.7e12 },
];

it.each(clientMessages.map((message) => [message]))('a client says %j', (message) => {
  expect(right(decodeClientMessage(encodeClientMessage(message)))).toEqual(message);
});

it.each(serverMessages.map((message) => [message]))('a gateway says %j', (message) => {
  expect(right(decodeServerMessage(encodeServerMessage(message)))).toStrictEqual(message);
});

it.each<[Hello]>([[{ hello: 1 }], [{ hello: 2, token: 't', client: 'blissdata-rx', maxMessage: 4 << 20 }]])('the first message: %j', (hello) => {
  expect(right(decodeHello(encodeClientMessage(hello)))).toEqual(hello);
});

it('members that are not known are ignored', () => {
  expect(right(decodeHello('{"hello":1,"want":{"previews":1}}'))).toMatchObject({ hello: 1 });
  expect(right(decodeClientMessage('{"cancel":1,"why":"tired"}'))).toMatchObject({ cancel: 1 });
  expect(right(decodeServerMessage('{"wake":["k"],"why":[1]}'))).toMatchObject({ wake: ['k'] });
});

describe('refused is', () => {
  const wrong = ['', ' ', '7', 'null', '"hello"', '[]', '{}', '{"hello":1', '{"hello":"1"}', '{"nonsense":1}', '[{"cancel":1}]', '\u0000'];
  it.each(wrong.map((text) => [text]))('%j, by each end', (text) => {
    for (const decode of [decodeHello, decodeClientMessage, decodeServerMessage]) expect(decode(text)).toMatchObject({ _tag: 'Left' });
  });

  it.each([
    [{ id: 0, call: 'heads', args: [] }],
    [{ id: -1, call: 'heads', args: [] }],
    [{ id: 1.5, call: 'heads', args: [] }],
    [{ id: 2 ** 32, call: 'heads', args: [] }],
    [{ id: '1', call: 'heads', args: [] }],
    [{ id: 1, call: 'heads' }],
    [{ id: 1, call: 'heads', args: { length: 1e9 } }],
    [{ id: 1, call: ['heads'], args: [] }],
    [{ more: 'k', bytes: 0 }],
    [{ more: 'k', bytes: -5 }],
    [{ more: 'k', bytes: Infinity }],
    [{ more: 'k', bytes: 2 ** 60 }],
    [{ more: 'k' }],
    [{ unwatch: 'k' }],
    [{ unwatch: [null] }],
    [{ cancel: null }],
    [{ bye: 2 }],
    [{ token: 7 }],
    [{ wake: [7] }],
    [{ follow: 'k' }],
    [{ id: 1, error: 'text' }],
  ])('%j of a client', (message) => {
    expect(decodeClientMessage(JSON.stringify(message))).toMatchObject({ _tag: 'Left' });
  });

  it.each([[{ wake: 'k' }], [{ wakeAll: 2 }], [{ follow: 'k' }], [{ follow: 1, handle: 1 }], [{ status: 'ready' }], [{ pong: 'x' }], [{ welcome: 1 }], [{ expires: 'soon' }], [{ id: 1 }], [{ id: 1, error: 'text' }], [{ id: 'x', value: 1 }]])('%j of a gateway', (message) => {
    expect(decodeServerMessage(JSON.stringify(message))).toMatchObject({ _tag: 'Left' });
  });

  it('a message with very many mistakes, by a short answer', () => {
    for (const decode of [decodeClientMessage, decodeServerMessage]) {
      const outcome = decode(JSON.stringify({ unwatch: Array.from({ length: 30_000 }, () => 7), wake: Array.from({ length: 30_000 }, () => 7) }));
      expect(JSON.stringify(outcome).length).toBeLessThan(2000);
    }
  });
});

it('a client comes back where that may help, and nowhere else', () => {
  const comesBack = Object.entries(closeCodes).filter(([, code]) => mayComeBack(code)).map(([name]) => name);
  expect(comesBack).toEqual(['normal', 'goingAway', 'broken', 'internalError', 'restart', 'tryAgainLater', 'helloTimeout', 'noProgress', 'tooManyRequests']);
});
