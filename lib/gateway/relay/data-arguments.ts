/** Decoders for the arguments of the requests that are answered by points. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { blissdataError } from '../../model/errors.js';
import { isStreamId, plainId } from '../../wire/stream-id.js';
import { problemsOf } from '../../wire/problems.js';
import { arrayOf } from '../../wire/codecs.js';
import { isCount } from '../protocol/checked.js';

const count = t.refinement(t.number, (n) => Number.isSafeInteger(n) && n >= 1, 'a number of at least 1');
const bytes = t.refinement(t.number, isCount, 'a number of bytes');
const bound = t.refinement(t.number, (n) => Number.isFinite(n) && n >= 0, 'a bound');
/** Ids with leading zeros would not compare. */
const id = t.refinement(t.string, (text) => isStreamId(text) && plainId(text) === text, 'the id of an entry');

const StreamRef = t.intersection([t.type({ key: t.string }), t.partial({ scan: t.string })]);
const ReadRequest = t.intersection([StreamRef, t.type({ after: id, maxEntries: count }), t.partial({ ahead: bytes })]);
const IndexRange = t.partial({ min: bound, max: bound, count, reverse: t.boolean, part: t.boolean, bare: t.boolean });

const decoded =
  <A>(call: string, codec: t.Decoder<unknown, A>) =>
  (args: readonly unknown[]): A => {
    const result = codec.decode(args);
    if (E.isRight(result)) return result.right;
    throw blissdataError('InvalidArgument', { argument: call, expected: 'the arguments of this call', received: problemsOf(result.left).slice(0, 3).join('; ') });
  };

/** @throws InvalidArgument */
export const readArguments = decoded('read', t.tuple([arrayOf('requests', ReadRequest.is)]));
/** @throws InvalidArgument */
export const rangeArguments = decoded('range', t.tuple([StreamRef, IndexRange]));
/** @throws InvalidArgument */
export const entriesAtArguments = decoded('entriesAt', t.tuple([StreamRef, arrayOf('indices', isCount)]));
