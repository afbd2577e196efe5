/** What the URL of a Redis server says, or of the Sentinels that know where it is. What fails here never repeats what may be a password. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError, type BlissdataError } from '../../model/errors.js';
import { isUrlOption, parseUrlQuery, type UrlQuery, type UrlTls } from './url-query.js';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface RedisUrl extends Pick<UrlQuery, 'connectTimeout' | 'socketTimeout' | 'name'> {
  readonly tls: boolean;
  /** What TLS is to trust and to show, as far as the URL says it. */
  readonly tlsOptions: UrlTls;
  /** The server, or the Sentinels; none for a Unix socket. */
  readonly hosts: readonly HostPort[];
  /** The Unix socket of the server. */
  readonly path: string | undefined;
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
const unixForm = 'a URL like unix:///run/redis.sock?db=0';

const redisPort = 6379;
const sentinelPort = 26_379;

const refused = (expected: string, received: string): E.Either<BlissdataError, never> => E.left(blissdataError('InvalidUrl', { expected, received }));

/**
 * Accepts `redis://[user:password@][host][:port][/db]`, `unix://[user:password@]/path`, `redis+sentinel://[user:password@]host[:port][,host[:port]...]/master[/db]`,
 * and with TLS `rediss://`, `rediss+sentinel://`; all of them with the options of Python's redis behind a `?`.
 */
export function parseRedisUrl(url: unknown): E.Either<BlissdataError, RedisUrl> {
  if (typeof url !== 'string') return refused(redisForm, typeof url);
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*:)\/\/(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || rest === undefined) return refused(redisForm, 'a text that is no URL');
  switch (scheme.toLowerCase()) {
    case 'redis:':
    case 'rediss:':
      return parse(scheme.toLowerCase(), rest, redisForm);
    case 'unix:':
      return parse('unix:', rest, unixForm);
    case 'redis+sentinel:':
    case 'rediss+sentinel:':
      return parse(scheme.toLowerCase(), rest, sentinelForm);
    default:
      return refused(redisForm, `a ${scheme}// URL`);
  }
}

function parse(scheme: string, rest: string, expected: string): E.Either<BlissdataError, RedisUrl> {
  const parts = split(rest, scheme === 'unix:');
  if (parts === undefined) return refused(`${expected}, in whose password ? is written %3F, / %2F and @ %40`, 'a text with both a ? and an @ behind it');
  const { userInfo, place, query } = parts;
  if (`${place}${query}`.includes('#')) return refused(expected, 'a URL with a fragment');
  const isTls = scheme.startsWith('rediss');
  const options = parseUrlQuery(query, isTls);
  if (E.isLeft(options)) return refused(options.left.expected, options.left.received);
  const server = scheme === 'unix:' ? socketPlace(place, expected) : networkPlace(scheme, place, expected);
  if (E.isLeft(server)) return server;

  const [, user = '', given] = /^([^:]*)(?::(.*))?$/s.exec(userInfo ?? '') ?? [];
  const [username, secret] = [decoded(user), decoded(given ?? '')];
  if (username === undefined || secret === undefined) return refused(expected, 'a user or password with a stray % in it (a % is written %25)');
  const { db: chosen, tls: tlsOptions = {}, username: otherUser = '', password: otherSecret = '', ...times } = options.right;
  const login = { username: username || otherUser || undefined, password: secret || otherSecret || undefined };
  if (login.username !== undefined && login.password === undefined) return refused(expected, 'a user without a password');
  const shownLogin = userInfo === undefined || userInfo === '' ? '' : `${user}${given === undefined ? '' : ':***'}@`;
  const shown = `${scheme}//${shownLogin}${place}${chosen === undefined ? '' : `?db=${chosen}`}`;
  return E.right({ ...server.right, ...login, ...times, db: chosen ?? server.right.db, tls: isTls, tlsOptions, shown });
}

/** The parts of what stands behind `//`. Undefined where it cannot be told which is the password, and which an option. */
function split(rest: string, isUnix: boolean): { readonly userInfo: string | undefined; readonly place: string; readonly query: string } | undefined {
  // A password may hold any of these, well-formed URLs or not: it ends at the last @, and at the first / of a Unix socket's path.
  const start = rest.search(/\?[a-z_]\w*=/i);
  const [head, query] = start === -1 ? [rest, ''] : [rest.slice(0, start), rest.slice(start + 1)];
  if (query.includes('@') && ![...new URLSearchParams(query).keys()].every(isUrlOption)) return undefined;
  const [, userInfo, place = ''] = (isUnix ? /^(?:([^/]*)@)?(.*)$/s : /^(?:(.*)@)?([^@]*)$/s).exec(head) ?? [];
  const mark = place.indexOf('?');
  return mark === -1 ? { userInfo, place, query } : { userInfo, place: place.slice(0, mark), query: `${place.slice(mark + 1)}${start === -1 ? '' : `?${query}`}` };
}

type Server = Pick<RedisUrl, 'hosts' | 'path' | 'master' | 'db'>;

function socketPlace(place: string, expected: string): E.Either<BlissdataError, Server> {
  if (!place.startsWith('/') || place === '/') return refused(expected, place === '' || place === '/' ? 'a URL without a path' : 'a URL with a host');
  const path = decoded(place);
  return path === undefined ? refused(expected, 'a path with a stray % in it (a % is written %25)') : E.right({ hosts: [], path, master: undefined, db: 0 });
}

function networkPlace(scheme: string, place: string, expected: string): E.Either<BlissdataError, Server> {
  const [hostList = '', ...path] = place.split('/');
  const bySentinel = scheme.includes('sentinel');
  // As Python has it, a server without a host is one of this machine.
  const parts = hostList.split(',').map((text) => (!bySentinel && /^(:|$)/.test(text) ? `localhost${text}` : text));
  if (parts.includes('')) return refused(expected, 'a URL without a host');
  if (!bySentinel && parts.length > 1) return refused(expected, 'a URL with several hosts');
  const hosts = parts.flatMap((text) => hostPort(text, bySentinel ? sentinelPort : redisPort));
  if (hosts.length < parts.length) return refused(expected, 'a text that is no URL');

  const master = bySentinel ? decoded(path.shift()) : undefined;
  if (bySentinel && (master === undefined || master === '')) return refused(expected, 'a URL without the name of a master');
  const [db = '', ...more] = path;
  if (more.some((text) => text !== '') || !/^\d*$/.test(db)) return refused(bySentinel ? 'a database number after the name of the master' : 'a database number after the host', 'something else');
  return E.right({ hosts, path: undefined, master, db: Number(db) });
}

/** Empty for what is none. */
function hostPort(text: string, defaultPort: number): readonly HostPort[] {
  // The zone of a link-local address (`[fe80::1%eth0]`) is none of a URL's, but is of its place.
  const [, address, zone = '', rest] = /^(\[[^\]%]*)(?:%(?:25)?([\w.-]+))?(\].*)$/.exec(text) ?? [];
  const plain = `redis://${address === undefined || rest === undefined ? text : address + rest}`;
  if (!URL.canParse(plain)) return [];
  const { hostname, port, pathname } = new URL(plain);
  const host = decoded(hostname.replace(/^\[(.*)\]$/, '$1'));
  if (host === undefined || host === '' || pathname !== '' || port === '0') return [];
  return [{ host: zone === '' ? host : `${host}%${zone}`, port: port === '' ? defaultPort : Number(port) }];
}

/** Undefined where a % is followed by what is no code. */
function decoded(text = ''): string | undefined {
  const result = E.tryCatch(() => decodeURIComponent(text), E.toError);
  return E.isRight(result) ? result.right : undefined;
}
