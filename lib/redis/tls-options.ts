/** What TLS is to trust and to show, in the terms of Node. */
import type { TlsOptions } from './connection-options.js';

/** Options of `tls.connect`. */
export interface NodeTls {
  readonly ca?: (string | Buffer)[];
  readonly cert?: (string | Buffer)[];
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
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
