/** The address of a gateway's socket, from the URL that users write. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, type BlissdataError } from '../../model/errors.js';
import { socketPath } from '../protocol/version.js';

const form = 'the URL of a gateway, such as wss://host:8765 (a browser cannot connect to Redis), and its token as an option';

/** Whether a URL is meant for a gateway, rather than for Redis. */
export const isGatewayUrl = (url: unknown): url is string => typeof url === 'string' && /^(?:ws|http)s?:\/\//i.test(url);

/** Takes `ws://`, `wss://`, `http://`, `https://`, with or without a path. Passwords and queries are refused, and shown nowhere: a token would end up in logs. */
export function gatewayUrl(url: unknown): E.Either<BlissdataError, string> {
  const refused = (received: string): E.Either<BlissdataError, never> => E.left(blissdataError('InvalidUrl', { expected: form, received }));
  if (typeof url !== 'string') return refused(typeof url);
  const [, scheme] = /^([a-z][a-z\d+.-]*):\/\//i.exec(url) ?? [];
  if (scheme === undefined) return refused('a text that is not a URL');
  const parsed = isGatewayUrl(url) ? E.tryCatch(() => new URL(url), E.toError) : E.left(undefined);
  if (E.isLeft(parsed)) return refused(`${scheme}://...`);
  const { protocol, host, pathname, username, password, search } = parsed.right;
  if (`${username}${password}${search}` !== '') return refused(`${scheme}://... with a password or a query`);
  const path = pathname.replace(/\/$/, '');
  return E.right(`${protocol.replace('http', 'ws')}//${host}${path.endsWith(socketPath) ? path : path + socketPath}`);
}
