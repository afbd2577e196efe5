/** Parses the URL of a Redis server, or of the Sentinels that know where it is. Errors never repeat what may be a password. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { blissdataError, type BlissdataError } from '../../model/errors.js';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface RedisUrl extends Pick<UrlQuery, 'connectTimeout' | 'socketTimeout' | 'name'> {
  readonly tls: boolean;
  /** The TLS options in the URL. */
  readonly tlsOptions: UrlTls;
  /** The server, or the Sentinels; empty for a Unix socket. */
  readonly hosts: readonly HostPort[];
  /** The server's Unix socket. */
  readonly path: string | undefined;
  /** The name by which the Sentinels know the server; undefined without Sentinels. */
  readonly master: string | undefined;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The URL without its password. */
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
 * and with TLS `rediss://`, `rediss+sentinel://`; all of them with the options of Python's redis after a `?`.
 */
export function parseRedisUrl(url: unknown): E.Either<BlissdataError, RedisUrl> {
  if (typeof url !== 'string') return refused(redisForm, typeof url);
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*:)\/\/(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || rest === undefined) return refused(redisForm, 'a text that is not a URL');
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
  if (parts === undefined) return refused(`${expected}, with ? as %3F, / as %2F and @ as %40 in its password`, 'a text with an @ after a ?');
  const { userInfo, place, query } = parts;
  if (`${place}${query}`.includes('#')) return refused(expected, 'a URL with a fragment');
  const isTls = scheme.startsWith('rediss');
  const options = parseQuery(query, isTls);
  if (E.isLeft(options)) return refused(options.left.expected, options.left.received);
  const server = scheme === 'unix:' ? socketPlace(place, expected) : networkPlace(scheme, place, expected);
  if (E.isLeft(server)) return server;

  const [, user = '', given] = /^([^:]*)(?::(.*))?$/s.exec(userInfo ?? '') ?? [];
  const [username, secret] = [decoded(user), decoded(given ?? '')];
  if (username === undefined || secret === undefined) return refused(expected, 'a user or password with a stray % in it (write % as %25)');
  const { db: chosen, tls: tlsOptions = {}, username: otherUser = '', password: otherSecret = '', ...times } = options.right;
  const login = { username: username || otherUser || undefined, password: secret || otherSecret || undefined };
  if (login.username !== undefined && login.password === undefined) return refused(expected, 'a user without a password');
  const shownLogin = userInfo === undefined || userInfo === '' ? '' : `${user}${given === undefined ? '' : ':***'}@`;
  const shown = `${scheme}//${shownLogin}${place}${chosen === undefined ? '' : `?db=${chosen}`}`;
  return E.right({ ...server.right, ...login, ...times, db: chosen ?? server.right.db, tls: isTls, tlsOptions, shown });
}

/** Splits what follows `//`. Undefined where it is ambiguous which part is the password and which an option. */
function split(rest: string, isUnix: boolean): { readonly userInfo: string | undefined; readonly place: string; readonly query: string } | undefined {
  // A password may hold any of these characters, well-formed URL or not: it ends at the last @, or at the first / of a Unix socket's path.
  const start = rest.search(/\?[a-z_]\w*=/i);
  const [head, query] = start === -1 ? [rest, ''] : [rest.slice(0, start), rest.slice(start + 1)];
  if (query.includes('@') && ![...new URLSearchParams(query).keys()].every(isKnown)) return undefined;
  const [, userInfo, place = ''] = (isUnix ? /^(?:([^/]*)@)?(.*)$/s : /^(?:(.*)@)?([^@]*)$/s).exec(head) ?? [];
  const mark = place.indexOf('?');
  return mark === -1 ? { userInfo, place, query } : { userInfo, place: place.slice(0, mark), query: `${place.slice(mark + 1)}${start === -1 ? '' : `?${query}`}` };
}

type Server = Pick<RedisUrl, 'hosts' | 'path' | 'master' | 'db'>;

function socketPlace(place: string, expected: string): E.Either<BlissdataError, Server> {
  if (!place.startsWith('/') || place === '/') return refused(expected, place === '' || place === '/' ? 'a URL without a path' : 'a URL with a host');
  const path = decoded(place);
  return path === undefined ? refused(expected, 'a path with a stray % in it (write % as %25)') : E.right({ hosts: [], path, master: undefined, db: 0 });
}

function networkPlace(scheme: string, place: string, expected: string): E.Either<BlissdataError, Server> {
  const [hostList = '', ...path] = place.split('/');
  const bySentinel = scheme.includes('sentinel');
  // As in Python, a URL without a host means this machine.
  const parts = hostList.split(',').map((text) => (!bySentinel && /^(:|$)/.test(text) ? `localhost${text}` : text));
  if (parts.includes('')) return refused(expected, 'a URL without a host');
  if (!bySentinel && parts.length > 1) return refused(expected, 'a URL with several hosts');
  const hosts = parts.flatMap((text) => hostPort(text, bySentinel ? sentinelPort : redisPort));
  if (hosts.length < parts.length) return refused(expected, 'a text that is not a URL');

  const master = bySentinel ? decoded(path.shift()) : undefined;
  if (bySentinel && (master === undefined || master === '')) return refused(expected, "a URL without the master's name");
  const [db = '', ...more] = path;
  if (more.some((text) => text !== '') || !/^\d*$/.test(db)) return refused(bySentinel ? "a database number after the master's name" : 'a database number after the host', 'something else');
  return E.right({ hosts, path: undefined, master, db: Number(db) });
}

/** Empty if the text is not a host with an optional port. */
function hostPort(text: string, defaultPort: number): readonly HostPort[] {
  // URL refuses the zone of a link-local address (`[fe80::1%eth0]`), which the connection needs.
  const [, address, zone = '', rest] = /^(\[[^\]%]*)(?:%(?:25)?([\w.-]+))?(\].*)$/.exec(text) ?? [];
  const plain = `redis://${address === undefined || rest === undefined ? text : address + rest}`;
  if (!URL.canParse(plain)) return [];
  const { hostname, port, pathname } = new URL(plain);
  const host = decoded(hostname.replace(/^\[(.*)\]$/, '$1'));
  if (host === undefined || host === '' || pathname !== '' || port === '0') return [];
  return [{ host: zone === '' ? host : `${host}%${zone}`, port: port === '' ? defaultPort : Number(port) }];
}

/** Undefined where a % does not begin a percent-encoded byte. */
function decoded(text = ''): string | undefined {
  const result = E.tryCatch(() => decodeURIComponent(text), E.toError);
  return E.isRight(result) ? result.right : undefined;
}

// --- The options after the `?`, as redis-py's `from_url` names them: the same URL works in Python and here ---

interface UrlQuery {
  readonly db?: number;
  readonly username?: string;
  readonly password?: string;
  readonly connectTimeout?: number;
  readonly socketTimeout?: number;
  readonly name?: string;
  readonly tls?: UrlTls;
}

/** TLS options of a URL; files are named, not read yet. */
export interface UrlTls {
  readonly caFile?: string;
  readonly ca?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly passphrase?: string;
  readonly rejectUnauthorized?: boolean;
  readonly checkHostname?: boolean;
}

type Refusal = { readonly expected: string; readonly received: string };
/** Left: the expected form. */
type ReadOption = (value: string) => E.Either<string, UrlQuery>;

const ignored: ReadOption = () => E.right({});
/** Without effect here, yet refused where Python refuses it. */
const ignoredNumber = (form: RegExp, expected: string): ReadOption => (value) => (form.test(value) ? E.right({}) : E.left(expected));
const ignoredInteger = ignoredNumber(/^\s*[+-]?\d+\s*$/, 'a whole number');
const text = (of: (value: string) => UrlQuery): ReadOption => (value) => E.right(of(value));
const longestTime = 2 ** 31 - 1;

const seconds = (of: (ms: number) => UrlQuery): ReadOption => (value) => {
  const ms = /^\s*\d*\.?\d+(e[+-]?\d+)?\s*$|^\s*\d+\.\s*$/i.test(value) ? Math.max(1, Math.round(Number(value) * 1000)) : NaN;
  return Number(value) > 0 && ms <= longestTime ? E.right(of(ms)) : E.left('a time in seconds, more than 0');
};
/** Booleans in redis-py's spelling. */
const flag = (of: (value: boolean) => UrlQuery): ReadOption => (value) => E.right(of(!['0', 'F', 'FALSE', 'N', 'NO'].includes(value.toUpperCase())));
const oneOf = <Value extends string>(values: readonly Value[], of: (value: Value) => UrlQuery): ReadOption => (value) => {
  const chosen = values.find((each) => each === value);
  return chosen === undefined ? E.left(values.join(' or ')) : E.right(of(chosen));
};

/** The options of `rediss://` URLs, by their names without `ssl_`. */
const tlsOptions = {
  ca_certs: text((caFile) => ({ tls: { caFile } })),
  ca_data: text((ca) => ({ tls: { ca } })),
  certfile: text((certFile) => ({ tls: { certFile } })),
  keyfile: text((keyFile) => ({ tls: { keyFile } })),
  password: text((passphrase) => ({ tls: { passphrase } })),
  cert_reqs: oneOf(['none', 'optional', 'required'], (value) => ({ tls: { rejectUnauthorized: value !== 'none' } })),
  check_hostname: flag((checkHostname) => ({ tls: { checkHostname } })),
};

const urlOptions: Readonly<Record<string, ReadOption>> = {
  db: (value) => (/^\s*\d+\s*$/.test(value) ? E.right({ db: Number(value) }) : E.left('the number of a database')),
  username: text((username) => ({ username })),
  password: text((password) => ({ password })),
  socket_timeout: seconds((socketTimeout) => ({ socketTimeout })),
  socket_connect_timeout: seconds((connectTimeout) => ({ connectTimeout })),
  client_name: text((name) => ({ name })),
  ...Object.fromEntries(Object.entries(tlsOptions).map(([name, read]) => [`ssl_${name}`, read])),
  // Always the case here, or a matter of Python's implementation.
  protocol: oneOf(['2', '3'], () => ({})),
  health_check_interval: ignoredInteger,
  max_connections: ignoredInteger,
  timeout: ignoredNumber(/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i, 'a number'),
  ...Object.fromEntries(
    [
      ...['socket_keepalive', 'retry_on_timeout', 'retry_on_error'],
      ...['encoding', 'encoding_errors', 'decode_responses', 'socket_read_size', 'lib_name', 'lib_version'],
    ].map((name) => [name, ignored]),
  ),
};

const isKnown = (name: string): boolean => Object.hasOwn(urlOptions, name);

/** A refusal never holds a value, which may be a password. */
function parseQuery(query: string, isTls: boolean): E.Either<Refusal, UrlQuery> {
  const seen = new Set<string>();
  let result: UrlQuery = {};
  // Python takes the first of several, and ignores those without a value.
  for (const [name, value] of new URLSearchParams(query)) {
    const read = isKnown(name) ? urlOptions[name] : undefined;
    if (read === undefined) return E.left({ expected: `options of these names: ${Object.keys(urlOptions).join(', ')}`, received: `the option ${JSON.stringify(name)}` });
    if (seen.has(name) || value === '') continue;
    seen.add(name);
    if (name.startsWith('ssl_') && !isTls) return E.left({ expected: 'a rediss:// URL for TLS options', received: `the option ${name}` });
    const next = read(unquoted(value));
    if (E.isLeft(next)) return E.left({ expected: `${name} to be ${next.left}`, received: 'another value' });
    result = { ...result, ...next.right, ...(next.right.tls === undefined ? {} : { tls: { ...result.tls, ...next.right.tls } }) };
  }
  return E.right(result);
}

/** Python decodes values twice, and keeps a stray %. */
const unquoted = (value: string): string =>
  pipe(
    E.tryCatch(() => decodeURIComponent(value), E.toError),
    E.getOrElse(() => value),
  );
