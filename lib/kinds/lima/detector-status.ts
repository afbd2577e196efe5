/** The JSON documents in which a detector reports its progress. */
import * as E from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { map, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Json } from '../../model/json.js';
import type { Point } from '../../model/stream-type.js';
import { consumeChunks, emitLastPoint } from '../../stream/consume.js';
import type { DeclaredStream } from '../../stream/stream-kind.js';
import { problemsOf, received } from '../../wire/problems.js';

/** Decodes a document; `expected` names it in errors. Throws `InvalidEntry`. */
export function decodeStatus<A>({ name, key }: DeclaredStream, codec: t.Decoder<unknown, A>, expected: string, document: Json): A {
  const status = codec.decode(document);
  if (E.isRight(status)) return status.right;
  throw blissdataError('InvalidEntry', { key, stream: name, index: 0, expected: `${expected} (${problemsOf(status.left).join('; ')})`, received: received(document) });
}

/** The present status and then each newer one, as far as the subscriber keeps up. Completes at the seal. */
export const followStatus = <A>(declared: DeclaredStream, statusOf: (document: Json) => A): Observable<A> =>
  consumeChunks<'json', Point<'json'>>(declared.readable.core, declared.entries('json'), emitLastPoint, { policy: 'newest' }).pipe(map(({ value }) => statusOf(value)));
