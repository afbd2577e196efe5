/** The address of a gateway's socket, from the URL that users write. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, type BlissdataError } from '../../model/errors.js';
import { socketPath } from '../protocol/version.js';

const form = 'the URL of a gateway, such as wss://host:8765 (browsers cannot connect to Redis), and the token as an option';

/** Whether a URL is meant for a gateway, rather than for Redis. */
export const isGatewayUrl = (url: unknown): url is string => typeof url === 'string' && /^(?:ws|http)s?:\/\//i.test(url);

/** Takes `ws://`, `wss://`, `http://`, `https://`, with or without a path. Passwords and queries are refused, and shown nowhere: a token would end up in logs. */
export function gatewayUrl(url: unknown): E.Either<BlissdataError, string> {
  const parsed = isGatewayUrl(url) ? E.tryCatch(() => new URL(url), E.toError) : E.left(undefined);
  if (E.isLeft(parsed)) return E.left(invalidUrl(form, url));
  const { protocol, host, pathname, username, password, search } = parsed.right;
  if (`${username}${password}${search}` !== '') return E.left(invalidUrl(`${form}, without a password or a query`, url));
  const path = pathname.replace(/\/$/, '');
  return E.right(`${protocol.replace('http', 'ws')}//${host}${path.endsWith(socketPath) ? path : path + socketPath}`);
}

/** Shows only the scheme of the URL: the rest, or what is no URL at all, may hold a password. */
export function invalidUrl(expected: string, url: unknown): BlissdataError {
  const [, scheme] = (typeof url === 'string' && /^([a-z][a-z\d+.-]*):\/\//i.exec(url)) || [];
  const received = scheme !== undefined ? `${scheme}://...` : typeof url === 'string' ? 'a text that is not a URL' : typeof url;
  return blissdataError('InvalidUrl', { expected, received });
}
