/** What the proxy sees of WebSocket traffic: each message by its name, every byte passed on. */
import { expect, it } from '@jest/globals';
import { Messages } from './message-reader.js';

const page = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
const upgrade = Buffer.from('GET /v1/socket HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\n\r\n');

/** As a client sends it: masked. */
function frame(opcode: number, payload: Buffer): Buffer {
  const mask = Buffer.from([1, 2, 3, 250]);
  const short = payload.length < 126;
  const header = short ? Buffer.from([128 | opcode, 128 | payload.length]) : Buffer.from([128 | opcode, 128 | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  if (!short) header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, mask, Buffer.from(payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0)))]);
}

const text = (message: unknown): Buffer => frame(1, Buffer.from(JSON.stringify(message)));
const all = [page, upgrade, text({ hello: 1, token: 't' }), text({ id: 1, call: 'read', args: [] }), frame(2, Buffer.alloc(70_000, 7)), text({ ping: 1 }), frame(8, Buffer.alloc(2)), text({ id: 2, call: 'heads', args: ['x'.repeat(300)] })];
const names = ['GET', 'upgrade', 'hello', 'read', 'append', 'ping', 'opcode 8', 'heads'];

it.each([1, 2, 7, 64, 1000, 1e6])('in chunks of %p bytes', (size) => {
  const bytes = Buffer.concat(all);
  const messages = new Messages();
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => messages.push(bytes.subarray(i * size, (i + 1) * size))).flat();
  expect(Buffer.concat(pieces.map((piece) => piece.bytes)).equals(bytes)).toBe(true);
  expect(pieces.filter(({ last }) => last).map(({ command }) => command.name)).toEqual(names);
  expect([...new Set(pieces.map(({ command }) => command))].map(({ name }) => name)).toEqual(names);
});
