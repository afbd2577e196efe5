/** The options behind the `?` of a URL, as redis-py's `from_url` names them: the same URL works for Python and here. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';

/** What the options say that is of use here. */
export interface UrlQuery {
  readonly db?: number;
  readonly username?: string;
  readonly password?: string;
  readonly connectTimeout?: number;
  readonly socketTimeout?: number;
  readonly name?: string;
  readonly tls?: UrlTls;
}

/** Files are named, and have yet to be read. */
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
type Read = (value: string) => E.Either<string, UrlQuery>;

const harmless: Read = () => E.right({});
/** Without effect here, and yet refused where Python refuses it. */
const harmlessNumber = (form: RegExp, expected: string): Read => (value) => (form.test(value) ? E.right({}) : E.left(expected));
const whole = harmlessNumber(/^\s*[+-]?\d+\s*$/, 'a whole number');
const text = (of: (value: string) => UrlQuery): Read => (value) => E.right(of(value));
const longestTime = 2 ** 31 - 1;

const seconds = (of: (ms: number) => UrlQuery): Read => (value) => {
  const ms = /^\s*\d*\.?\d+(e[+-]?\d+)?\s*$|^\s*\d+\.\s*$/i.test(value) ? Math.max(1, Math.round(Number(value) * 1000)) : NaN;
  return Number(value) > 0 && ms <= longestTime ? E.right(of(ms)) : E.left('a time in seconds, more than 0');
};
/** As redis-py takes them. */
const flag = (of: (value: boolean) => UrlQuery): Read => (value) => E.right(of(!['0', 'F', 'FALSE', 'N', 'NO'].includes(value.toUpperCase())));
const oneOf = <Value extends string>(values: readonly Value[], of: (value: Value) => UrlQuery): Read => (value) => {
  const found = values.find((each) => each === value);
  return found === undefined ? E.left(values.join(' or ')) : E.right(of(found));
};

/** Those of `rediss://`, by their names less `ssl_`. */
const tlsOptions = {
  ca_certs: text((caFile) => ({ tls: { caFile } })),
  ca_data: text((ca) => ({ tls: { ca } })),
  certfile: text((certFile) => ({ tls: { certFile } })),
  keyfile: text((keyFile) => ({ tls: { keyFile } })),
  password: text((passphrase) => ({ tls: { passphrase } })),
  cert_reqs: oneOf(['none', 'optional', 'required'], (value) => ({ tls: { rejectUnauthorized: value !== 'none' } })),
  check_hostname: flag((checkHostname) => ({ tls: { checkHostname } })),
};

const options: Readonly<Record<string, Read>> = {
  db: (value) => (/^\s*\d+\s*$/.test(value) ? E.right({ db: Number(value) }) : E.left('the number of a database')),
  username: text((username) => ({ username })),
  password: text((password) => ({ password })),
  socket_timeout: seconds((socketTimeout) => ({ socketTimeout })),
  socket_connect_timeout: seconds((connectTimeout) => ({ connectTimeout })),
  client_name: text((name) => ({ name })),
  ...Object.fromEntries(Object.entries(tlsOptions).map(([name, read]) => [`ssl_${name}`, read])),
  // What they are about is done here in any case, or is how Python goes about it.
  protocol: oneOf(['2', '3'], () => ({})),
  health_check_interval: whole,
  max_connections: whole,
  timeout: harmlessNumber(/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i, 'a number'),
  ...Object.fromEntries(
    [
      ...['socket_keepalive', 'retry_on_timeout', 'retry_on_error'],
      ...['encoding', 'encoding_errors', 'decode_responses', 'socket_read_size', 'lib_name', 'lib_version'],
    ].map((name) => [name, harmless]),
  ),
};

/** What is taken, for messages. */
const known = Object.keys(options).join(', ');

export const isUrlOption = (name: string): boolean => Object.hasOwn(options, name);

/** Never answers a value, for it may be a password. */
export function parseUrlQuery(query: string, isTls: boolean): E.Either<Refusal, UrlQuery> {
  const seen = new Set<string>();
  let result: UrlQuery = {};
  // Python takes the first of several, and those without a value for none.
  for (const [name, value] of new URLSearchParams(query)) {
    const read = isUrlOption(name) ? options[name] : undefined;
    if (read === undefined) return E.left({ expected: `options of these names: ${known}`, received: `the option ${JSON.stringify(name)}` });
    if (seen.has(name) || value === '') continue;
    seen.add(name);
    if (name.startsWith('ssl_') && !isTls) return E.left({ expected: 'a rediss:// URL for options of TLS', received: `the option ${name}` });
    const next = read(unquoted(value));
    if (E.isLeft(next)) return E.left({ expected: `${name} to be ${next.left}`, received: 'another value' });
    result = { ...result, ...next.right, ...(next.right.tls === undefined ? {} : { tls: { ...result.tls, ...next.right.tls } }) };
  }
  return E.right(result);
}

/** Python decodes values twice, and lets a stray % stand. */
const unquoted = (value: string): string =>
  pipe(
    E.tryCatch(() => decodeURIComponent(value), E.toError),
    E.getOrElse(() => value),
  );
