/** What the URL of a Redis server says, or of the Sentinels that know where it is. What fails here never repeats what may be a password. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, type BlissdataError } from '../model/errors.js';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface RedisUrl {
  readonly tls: boolean;
  /** The server, or the Sentinels. */
  readonly hosts: readonly [HostPort, ...HostPort[]];
  /** By which name the Sentinels know the server; undefined where there are none. */
  readonly master: string | undefined;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Without the password. */
  readonly shown: string;
}

const redisForm = 'a URL like redis://host:6379';
const sentinelForm = 'a URL like redis+sentinel://host:26379,host2:26379/master';

const redisPort = 6379;
const sentinelPort = 26_379;

const refused = (expected: string, received: string): E.Either<BlissdataError, never> => E.left(blissdataError('InvalidUrl', { expected, received }));

/**
 * Accepts `redis://[user:password@]host[:port][/db]`, `redis+sentinel://[user:password@]host[:port][,host[:port]...]/master[/db]`, and both with
 * TLS: `rediss://`, `rediss+sentinel://`.
 */
export function parseRedisUrl(url: unknown): E.Either<BlissdataError, RedisUrl> {
  if (typeof url !== 'string') return refused(redisForm, typeof url);
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*:)\/\/(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || rest === undefined) return refused(redisForm, 'a text that is no URL');
  switch (scheme.toLowerCase()) {
    case 'redis:':
    case 'rediss:':
      return parse(scheme.toLowerCase(), rest, redisForm);
    case 'redis+sentinel:':
    case 'rediss+sentinel:':
      return parse(scheme.toLowerCase(), rest, sentinelForm);
    default:
      return refused(redisForm, `a ${scheme}// URL`);
  }
}

function parse(scheme: string, rest: string, expected: string): E.Either<BlissdataError, RedisUrl> {
  // A password may hold any of these, well-formed URLs or not: it ends at the last @.
  const [, userInfo, place] = /^(?:(.*)@)?([^@]*)$/s.exec(rest) ?? [];
  if (place === undefined) return refused(expected, 'a text that is no URL');
  if (/[?#]/.test(place)) return refused(expected, 'a URL with a query or a fragment');
  const [hostList = '', ...path] = place.split('/');
  const bySentinel = scheme.includes('sentinel');

  const parts = hostList.split(',');
  if (parts.includes('')) return refused(expected, 'a URL without a host');
  if (!bySentinel && parts.length > 1) return refused(expected, 'a URL with several hosts');
  const hosts = parts.flatMap((text) => hostPort(text, bySentinel ? sentinelPort : redisPort));
  const [first, ...others] = hosts;
  if (first === undefined || hosts.length < parts.length) return refused(expected, 'a text that is no URL');

  const master = bySentinel ? decoded(path.shift()) : undefined;
  if (bySentinel && (master === undefined || master === '')) return refused(expected, 'a URL without the name of a master');
  const [db = ''] = path;
  if (path.length > 1 || !/^\d*$/.test(db)) return refused(bySentinel ? 'a database number after the name of the master' : 'a database number after the host', 'something else');

  const [, user = '', password] = /^([^:]*)(?::(.*))?$/s.exec(userInfo ?? '') ?? [];
  const [username, secret] = [decoded(user), decoded(password ?? '')];
  if (username === undefined || secret === undefined) return refused(expected, 'a user or password with a stray % in it (a % is written %25)');
  if (username !== '' && secret === '') return refused(expected, 'a user without a password');
  const shownLogin = userInfo === undefined || userInfo === '' ? '' : `${user}${password === undefined ? '' : ':***'}@`;
  return E.right({
    tls: scheme.startsWith('rediss'),
    hosts: [first, ...others],
    master,
    db: Number(db),
    username: username === '' ? undefined : username,
    password: secret === '' ? undefined : secret,
    shown: `${scheme}//${shownLogin}${place}`,
  });
}

/** Empty for what is none. */
function hostPort(text: string, defaultPort: number): readonly HostPort[] {
  if (!URL.canParse(`redis://${text}`)) return [];
  const { hostname, port, pathname } = new URL(`redis://${text}`);
  if (hostname === '' || pathname !== '' || port === '0') return [];
  return [{ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? defaultPort : Number(port) }];
}

/** Undefined where a % is followed by what is no code. */
function decoded(text = ''): string | undefined {
  const result = E.tryCatch(() => decodeURIComponent(text), E.toError);
  return E.isRight(result) ? result.right : undefined;
}
