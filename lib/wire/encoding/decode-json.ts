/** Decodes entries that are one JSON document each. */
import * as E from 'fp-ts/lib/Either.js';
import { quote } from '../../model/describe.js';
import type { Json } from '../../model/json.js';
import type { Block } from '../../ports/streams.js';
import { parseJson, parseOrdinaryParts } from '../json-text/parse-json.js';
import { entryCount, entryLen, invalidEntry, payloadEnd, payloadOf, payloadStart, type Decoded } from './block-entries.js';
import type { Where } from './encoding.js';

// A byte order mark is not JSON, so it must not be skipped.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Texts are decoded in pieces of about this size: they still are in the processor's caches when they are parsed. */
const pieceBytes = 32 << 10;

export function decodeJson(block: Block, where: Where): Decoded<readonly Json[]> {
  const data: Json[] = [];
  const count = entryCount(block);
  for (let k = 0, stop = 0; k < count; k = stop) {
    const start = payloadStart(block, k);
    do stop++;
    while (stop < count && payloadEnd(block, stop) - start <= pieceBytes);
    const values = ordinaryDocuments(block, k, stop);
    if (values !== undefined) {
      for (const value of values) data.push(value);
      continue;
    }
    for (let i = k; i < stop; i++) {
      const value = entryLen(block, i) === 1 ? parsed(payloadOf(block, i)) : E.left('it counts as more than one point');
      if (E.isLeft(value)) return { data, count: i, bad: badDocument(block, i, value.left, where) };
      data.push(value.right);
    }
  }
  return { data, count: data.length, bad: null };
}

/**
 * The documents of some entries, if they are ordinary. Python writes JSON in ASCII, where characters are bytes: then their text is decoded
 * and scanned at once, and cut into pieces, which makes up for the cost of lossless reading. Parsing them as one array gains nothing: two
 * broken documents could make a good one, and the marks between them that exclude it cost more than the calls.
 */
function ordinaryDocuments(block: Block, first: number, stop: number): readonly Json[] | undefined {
  const start = payloadStart(block, first);
  const bytes = block.bytes.subarray(start, payloadEnd(block, stop - 1));
  const text = decodeUtf8(bytes);
  if (E.isLeft(text) || text.right.length !== bytes.length || block.lens.subarray(first, stop).some((len) => len !== 1)) return undefined;
  return parseOrdinaryParts(text.right, block.ends.subarray(first, stop).map((end) => end - start));
}

function parsed(bytes: Uint8Array): E.Either<string, Json> {
  const text = decodeUtf8(bytes);
  return E.isLeft(text) ? text : parseJson(text.right);
}

const decodeUtf8 = (bytes: Uint8Array): E.Either<string, string> =>
  E.tryCatch(
    () => utf8.decode(bytes),
    (error) => (error instanceof Error ? error.message : String(error)),
  );

function badDocument(block: Block, k: number, problem: string, where: Where): Decoded['bad'] {
  const payload = payloadOf(block, k);
  const text = decodeUtf8(payload);
  const shown = E.isLeft(text) ? `${payload.length} bytes` : quote(text.right);
  return invalidEntry(block, k, where, 'one JSON document', `${shown} (${problem})`);
}
