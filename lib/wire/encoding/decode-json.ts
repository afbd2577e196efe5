/** Decodes entries that are one JSON document each. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { quote } from '../../model/describe.js';
import type { Json } from '../../model/json.js';
import type { Block } from '../../ports/streams.js';
import { parseJson, parserOfParts } from '../json-text/parse-json.js';
import { entryCount, entryLen, invalidEntry, payloadEnd, payloadOf, payloadStart, type Decoded } from './block-entries.js';
import type { Where } from './encoding.js';

type Parsed = E.Either<string, Json>;

// A byte order mark is not JSON, so it must not be skipped.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeJson(block: Block, where: Where): Decoded<readonly Json[]> {
  const parsed = payloadParser(block);
  const data: Json[] = [];
  for (let k = 0; k < entryCount(block); k++) {
    const value = entryLen(block, k) === 1 ? parsed(k) : E.left('it counts as more than one point');
    if (E.isLeft(value)) return { data, count: k, bad: badDocument(block, k, value.left, where) };
    data.push(value.right);
  }
  return { data, count: data.length, bad: null };
}

/**
 * The parser of payload `k`. Python writes JSON in ASCII, where characters are bytes: then the text of the whole block is decoded and
 * scanned once, and cut into pieces, which makes up for the cost of lossless reading. Parsing all payloads as one array gains
 * nothing: two broken documents could make a good one, and the marks between them that exclude it cost more than the calls.
 */
function payloadParser(block: Block): (k: number) => Parsed {
  const whole = block.bytes.subarray(0, payloadEnd(block, entryCount(block) - 1));
  const text = pipe(decodeUtf8(whole), E.getOrElse(() => ''));
  if (text.length !== whole.length) return (k) => pipe(decodeUtf8(payloadOf(block, k)), E.chain(parseJson));
  const parse = parserOfParts(text);
  return (k) => parse(payloadStart(block, k), payloadEnd(block, k));
}

const decodeUtf8 = (bytes: Uint8Array): E.Either<string, string> =>
  E.tryCatch(
    () => utf8.decode(bytes),
    (error) => (error instanceof Error ? error.message : String(error)),
  );

function badDocument(block: Block, k: number, problem: string, where: Where): Decoded['bad'] {
  const payload = payloadOf(block, k);
  const shown = pipe(decodeUtf8(payload), E.match(() => `${payload.length} bytes`, quote));
  return invalidEntry(block, k, where, 'one JSON document', `${shown} (${problem})`);
}
