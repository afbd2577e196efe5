/** The text messages from a gateway to a client: their types, and the decoder for the client's end. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { arrayOf, exactly, members, orNull } from '../../wire/codecs.js';
import { problemsOf, received } from '../../wire/problems.js';
import { Keys } from './checked.js';
import { Limits } from './limits.js';

/** An error as `errorToJson` makes it, without stack and cause; decoded by `errorFromJson`. */
const error = t.UnknownRecord;

const Welcome = members(
  'a welcome',
  {
    /** The version of the messages that is used. */
    welcome: t.number,
    /** Names this connection in the gateway's log. */
    session: t.string,
    /** The database's name, for people. */
    database: t.string,
    /** Changes when the gateway restarts. */
    epoch: t.string,
    rights: members('rights', { write: t.boolean, delete: t.boolean }),
    limits: Limits,
    features: arrayOf('features', t.string.is),
  },
  /** When the token expires, in ms since 1970. */
  { expires: t.number },
);

/** Each kind of message by the member that only it has; the first that is there counts. */
const messages = {
  welcome: Welcome,
  error: members('an error', { id: t.number, error }),
  /** The answer of a request with one; those with blocks are answered by binary messages. */
  value: members('an answer', { id: t.number, value: t.unknown }),
  /** Something may have changed under these keys: read again. */
  wake: members('a wake', { wake: Keys }),
  /** The same for all keys; feeds have ended. */
  wakeAll: members('a wake of all', { wakeAll: exactly(1) }, { interrupted: t.boolean }),
  /** Frames with this handle continue the answer of the key's last read. */
  follow: members('a feed', { follow: t.string, handle: t.number }),
  /** How the gateway's own connection to the database fares. */
  status: members('a status', { status: members('a status', { _tag: t.string }, { error, attempt: t.number, delay: t.number }) }),
  pong: members('a pong', { pong: t.number }),
  /** The gateway goes away: come back within so many ms. */
  drain: members('a farewell', { drain: t.number }),
  /** The answer to a newer token. */
  expires: members('an expiry', { expires: orNull(t.number) }),
};

export type Welcome = t.TypeOf<typeof Welcome>;
export type ServerMessage = t.TypeOf<(typeof messages)[keyof typeof messages]>;

export const encodeServerMessage = (message: ServerMessage): string => JSON.stringify(message);

/** The left side lists what is wrong. */
export function decodeServerMessage(text: string): E.Either<readonly string[], ServerMessage> {
  const json = E.tryCatch((): unknown => JSON.parse(text), (failure) => [failure instanceof Error ? failure.message : 'not JSON']);
  if (E.isLeft(json)) return json;
  const message = json.right;
  const found = Object.entries(messages).find(([member]) => t.UnknownRecord.is(message) && member in message);
  if (found === undefined) return E.left([`${received(message)} is no message`]);
  const decoded: t.Validation<ServerMessage> = found[1].decode(message);
  return E.isLeft(decoded) ? E.left(problemsOf(decoded.left)) : decoded;
}
