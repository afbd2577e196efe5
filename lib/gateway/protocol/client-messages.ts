/** The text messages from a client to its gateway: their types, and the decoder for the gateway's end. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { problemsOf } from '../../wire/problems.js';
import { Keys } from './checked.js';

const id = t.refinement(t.number, (n) => Number.isSafeInteger(n) && n > 0 && n < 2 ** 32, 'a request id');
const bytes = t.refinement(t.number, (n) => Number.isSafeInteger(n) && n > 0, 'a number of bytes');

/** The first message. `maxMessage`: the largest message that the client takes in one part. */
const Hello = t.intersection([t.type({ hello: t.number }), t.partial({ token: t.string, client: t.string, maxMessage: bytes })]);

const ClientMessage = t.union([
  /** A port method by its name; ids grow and are never used again. */
  t.type({ id, call: t.string, args: t.UnknownArray }),
  /** The answer is not wanted any more. */
  t.type({ cancel: id }),
  /** Grants the feed of a key that many bytes more. */
  t.type({ more: t.string, bytes }),
  /** Nothing waits for these keys any more; ends their feeds. */
  t.type({ unwatch: Keys }),
  t.type({ ping: t.number }),
  /** A newer token. */
  t.type({ token: t.string }),
  /** The client leaves. */
  t.type({ bye: t.literal(1) }),
]);

export type Hello = t.TypeOf<typeof Hello>;
export type ClientMessage = t.TypeOf<typeof ClientMessage>;

const parse = (text: string): E.Either<readonly string[], unknown> => E.tryCatch((): unknown => JSON.parse(text), (error) => [error instanceof Error ? error.message : 'not JSON']);

const decodeAs =
  <A>(codec: t.Decoder<unknown, A>) =>
  (text: string): E.Either<readonly string[], A> => {
    const json = parse(text);
    if (E.isLeft(json)) return json;
    // A message nested too deeply overflows the decoder's stack: it is none of the protocol's.
    const decoded = E.tryCatch(() => codec.decode(json.right), (error): readonly string[] => [error instanceof Error ? error.message : 'not a message']);
    return E.isLeft(decoded) ? decoded : E.isLeft(decoded.right) ? E.left(problemsOf(decoded.right.left)) : decoded.right;
  };

/** The left side lists what is wrong. */
export const decodeHello = decodeAs<Hello>(Hello);
/** The left side lists what is wrong. Unknown members are ignored, unknown messages are not. */
export const decodeClientMessage = decodeAs<ClientMessage>(ClientMessage);

export const encodeClientMessage = (message: Hello | ClientMessage): string => JSON.stringify(message);
