/** Decodes entries that are one JSON document each. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { quote } from '../../model/describe.js';
import type { Json } from '../../model/json.js';
import type { Block } from '../../ports/streams.js';
import { parseJson, parseTogether } from '../json-text/parse-json.js';
import { entryCount, entryLen, invalidEntry, payloadEnd, payloadOf, type Decoded } from './block-entries.js';
import type { Where } from './encoding.js';

// A byte order mark is not JSON, so it must not be skipped.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeJson(block: Block, where: Where): Decoded<readonly Json[]> {
  const together = parsedTogether(block);
  if (together !== undefined) return { data: together, count: together.length, bad: null };
  const data: Json[] = [];
  for (let k = 0; k < entryCount(block); k++) {
    const value = entryLen(block, k) === 1 ? pipe(decodeUtf8(payloadOf(block, k)), E.chain(parseJson)) : E.left('it counts as more than one point');
    if (E.isLeft(value)) return { data, count: k, bad: badDocument(block, k, value.left, where) };
    data.push(value.right);
  }
  return { data, count: data.length, bad: null };
}

/** All documents parsed at once, if they are good and in ASCII, as Python writes JSON: there, characters are bytes. */
function parsedTogether(block: Block): readonly Json[] | undefined {
  if (entryCount(block) < 2 || block.lens.some((len) => len !== 1)) return undefined;
  const whole = block.bytes.subarray(0, payloadEnd(block, entryCount(block) - 1));
  const text = pipe(decodeUtf8(whole), E.getOrElse(() => ''));
  return text.length === whole.length ? parseTogether(text, block.ends) : undefined;
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
