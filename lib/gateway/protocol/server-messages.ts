/** The text messages from a gateway to a client: their types, and the decoder for the client's end. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { problemsOf } from '../../wire/problems.js';
import { arrayOf, Keys } from './checked.js';
import { Limits } from './limits.js';

/** An error as `errorToJson` makes it, without stack and cause; decoded by `errorFromJson`. */
const error = t.UnknownRecord;

const Welcome = t.intersection([
  t.type({
    /** The version of the messages that is used. */
    welcome: t.number,
    /** Names this connection in the gateway's log. */
    session: t.string,
    /** The database's name, for people. */
    database: t.string,
    /** Changes when the gateway restarts. */
    epoch: t.string,
    rights: t.type({ write: t.boolean, delete: t.boolean }),
    limits: Limits,
    features: arrayOf('features', t.string.is),
  }),
  /** When the token expires, in ms since 1970. */
  t.partial({ expires: t.number }),
]);

const Status = t.intersection([t.type({ _tag: t.string }), t.partial({ error, attempt: t.number, delay: t.number })]);

const ServerMessage = t.union([
  Welcome,
  t.type({ id: t.number, error }),
  /** The answer of a request with one; those with blocks are answered by binary messages. */
  t.type({ id: t.number, value: t.refinement(t.unknown, (value): boolean => value !== undefined, 'a value') }),
  /** Something may have changed under these keys: read again. */
  t.type({ wake: Keys }),
  /** The same for all keys; feeds have ended. */
  t.intersection([t.type({ wakeAll: t.literal(1) }), t.partial({ interrupted: t.boolean })]),
  /** Frames with this handle continue the answer of the key's last read. */
  t.type({ follow: t.string, handle: t.number }),
  /** How the gateway's own connection to the database fares. */
  t.type({ status: Status }),
  t.type({ pong: t.number }),
  /** The gateway goes away: come back within so many ms. */
  t.type({ drain: t.number }),
  /** The answer to a newer token. */
  t.type({ expires: t.union([t.number, t.null]) }),
]);

export type Welcome = t.TypeOf<typeof Welcome>;
export type ServerMessage = t.TypeOf<typeof ServerMessage>;

export const encodeServerMessage = (message: ServerMessage): string => JSON.stringify(message);

/** The left side lists what is wrong. */
export function decodeServerMessage(text: string): E.Either<readonly string[], ServerMessage> {
  const decoded = E.tryCatch(() => ServerMessage.decode(JSON.parse(text)), (failure): readonly string[] => [failure instanceof Error ? failure.message : 'not JSON']);
  if (E.isLeft(decoded)) return decoded;
  return E.isLeft(decoded.right) ? E.left(problemsOf(decoded.right.left)) : decoded.right;
}
