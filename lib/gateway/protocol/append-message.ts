/** The binary message with windows to append: a JSON head, then all payloads one after another. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { AppendWindow } from '../../ports/streams.js';
import { problemsOf } from '../../wire/problems.js';
import { binaryKinds } from './binary-kinds.js';
import { arrayOf, isCount } from './checked.js';

/**
 * ```
 *  0 u8   kind 4
 *  4 u32  the request's id
 *  8 u32  bytes of the head
 * 16      the head: UTF-8, then zeros up to a multiple of 8
 *    u8   the payloads
 * ```
 */
const headerBytes = 16;

/** Index, number of points, bytes of payload. */
type Entry = readonly [number, number, number];
const Entries = arrayOf('entries', (value): value is Entry => Array.isArray(value) && value.length === 3 && value.every(isCount));
const Head = arrayOf('windows', t.type({ key: t.string, scan: t.string, expected: t.string, entries: Entries }).is);

const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

export function encodeAppendMessage(id: number, windows: readonly AppendWindow[]): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(JSON.stringify(windows.map(({ entries, ...window }) => ({ ...window, entries: entries.map((entry) => [entry.index, entry.len, entry.payload.length]) }))));
  const payloads = windows.flatMap(({ entries }) => entries.map(({ payload }) => payload));
  const message = new Uint8Array(headerBytes + padded(head.length) + payloads.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(message.buffer);
  view.setUint8(0, binaryKinds.append);
  view.setUint32(4, id, true);
  view.setUint32(8, head.length, true);
  message.set(head, headerBytes);
  let at = headerBytes + padded(head.length);
  for (const payload of payloads) {
    message.set(payload, at);
    at += payload.length;
  }
  return message;
}

/** The left side says what is wrong. Payloads are views of the message. */
export function decodeAppendMessage(message: Uint8Array<ArrayBuffer>): E.Either<readonly string[], { readonly id: number; readonly windows: readonly AppendWindow[] }> {
  if (message.length < headerBytes) return E.left([`a message of ${message.length} bytes`]);
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const headEnd = headerBytes + view.getUint32(8, true);
  if (headEnd > message.length) return E.left([`a head of ${headEnd - headerBytes} bytes in a message of ${message.length}`]);
  const decoded = E.tryCatch(
    () => Head.decode(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(message.subarray(headerBytes, headEnd)))),
    (error): readonly string[] => [error instanceof Error ? error.message : 'not JSON'],
  );
  if (E.isLeft(decoded)) return decoded;
  if (E.isLeft(decoded.right)) return E.left(problemsOf(decoded.right.left));
  let at = padded(headEnd);
  const windows = decoded.right.right.map(({ entries, ...window }) => ({
    ...window,
    entries: entries.map(([first, len, bytes]) => {
      const payload = message.subarray(at, at + bytes);
      at += bytes;
      return { index: first, len, payload };
    }),
  }));
  if (at !== message.length) return E.left([`payloads of ${at - padded(headEnd)} bytes in a message of ${message.length}`]);
  return E.right({ id: view.getUint32(4, true), windows });
}
