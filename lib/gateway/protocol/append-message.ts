/** The binary message with windows to append: a JSON head, then all payloads one after another. */
import type { AppendWindow } from '../../ports/streams.js';
import { binaryKinds } from './binary-kinds.js';

/**
 * ```
 *  0 u8   kind 4
 *  4 u32  the request's id
 *  8 u32  bytes of the head
 * 16      the head: UTF-8, then zeros up to a multiple of 8
 *    u8   the payloads
 * ```
 */
export const headerBytes = 16;

export const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

export function encodeAppendMessage(id: number, windows: readonly AppendWindow[]): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(JSON.stringify(windows.map(({ key, scan, expected, entries }) => ({ key, scan, expected, entries: entries.map((entry) => [entry.index, entry.len, entry.payload.length]) }))));
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
