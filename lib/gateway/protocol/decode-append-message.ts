/** The gateway's end of a message with windows to append. In a file of its own, since pages only encode them. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { AppendWindow } from '../../ports/streams.js';
import { arrayOf } from '../../wire/codecs.js';
import { problemsOf } from '../../wire/problems.js';
import { headerBytes, padded } from './append-message.js';
import { isCount } from './checked.js';

/** Index, number of points, bytes of payload. */
type Entry = readonly [number, number, number];
const Entries = arrayOf('entries', (value): value is Entry => Array.isArray(value) && value.length === 3 && value.every(isCount));
const Head = arrayOf('windows', t.type({ key: t.string, scan: t.string, expected: t.string, entries: Entries }).is);

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
