/** What TLS is to trust and to show, in the terms of Node. */
import { readFileSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { blissdataError, type BlissdataError } from '../../model/errors.js';
import type { TlsOptions } from './connection-options.js';
import { textOf } from './secrets.js';
import type { UrlTls } from './url-query.js';

/** Options of `tls.connect`. */
export interface NodeTls {
  readonly ca?: (string | Buffer)[];
  readonly cert?: (string | Buffer)[];
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  readonly checkServerIdentity?: () => undefined;
}

const bytes = (pem: string | Uint8Array): string | Buffer => (typeof pem === 'string' ? pem : Buffer.from(pem));

const list = (pem: NonNullable<TlsOptions['ca']>): (string | Buffer)[] => (typeof pem === 'string' || pem instanceof Uint8Array ? [bytes(pem)] : pem.map(bytes));

export const nodeTls = ({ ca, cert, key, passphrase, servername, rejectUnauthorized }: TlsOptions): NodeTls => ({
  ...(ca === undefined ? {} : { ca: list(ca) }),
  ...(cert === undefined ? {} : { cert: list(cert) }),
  ...(key === undefined ? {} : { key: bytes(key) }),
  ...(passphrase === undefined ? {} : { passphrase }),
  ...(servername === undefined ? {} : { servername }),
  ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
});

/** Those of a URL, with the files that it names; `InvalidUrl` where one cannot be read. */
export const tlsOfUrl = ({ caFile, ca, certFile, keyFile, passphrase, rejectUnauthorized, checkHostname = true }: UrlTls): E.Either<BlissdataError, NodeTls> =>
  pipe(
    E.Do,
    E.bind('caText', () => contents('ssl_ca_certs', caFile)),
    E.bind('certText', () => contents('ssl_certfile', certFile)),
    E.bind('keyText', () => contents('ssl_keyfile', keyFile)),
    E.map(({ caText = ca, certText: cert, keyText: key }) => ({
      ...(caText === undefined ? {} : { ca: [caText] }),
      // Python takes a file that holds both as well.
      ...(cert === undefined ? {} : { cert: [cert], key: key ?? cert }),
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      ...(checkHostname ? {} : { checkServerIdentity: () => undefined }),
    })),
  );

const contents = (option: string, path: string | undefined): E.Either<BlissdataError, string | undefined> =>
  path === undefined
    ? E.right(undefined)
    : E.tryCatch(() => readFileSync(path, 'utf8'), (cause) => blissdataError('InvalidUrl', { expected: `${option} to name a file that can be read`, received: textOf(cause) }));
