/** Decodes the replies of Redis: a reply that does not fit its codec is an `UnexpectedReply`. */
import * as E from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { blissdataError } from '../../model/errors.js';
import { problemsOf } from '../../wire/problems.js';

/** @throws UnexpectedReply */
export function decodeReply<A>(codec: t.Decoder<unknown, A>, command: string, reply: unknown): A {
  const decoded = codec.decode(reply);
  if (E.isRight(decoded)) return decoded.right;
  throw blissdataError('UnexpectedReply', { command, problems: problemsOf(decoded.left) });
}
