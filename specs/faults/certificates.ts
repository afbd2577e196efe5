/** A certificate authority for one test run, in plain Node: a certificate is a few DER fields and a signature. */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** The certificate of the authority, for `ca`. */
  readonly ca: string;
  /** A certificate for a host by that name, or for an IPv4 address. */
  issue(name: string, options?: { readonly expired?: boolean }): Certificate;
}

export function authority(name: string): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = { subject: name, publicKey: keys.publicKey, issuer: name, issuerKey: keys.privateKey };
  return {
    ca: pem('CERTIFICATE', certificate({ ...own, until: 1, extensions: [extension('551d13', sequence(boolean(true)))] })),
    issue(host, { expired = false } = {}) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = extension('551d11', sequence(/^[\d.]+$/.test(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host))));
      const issued = certificate({ ...own, subject: host, publicKey, until: expired ? -1 : 1, extensions: [names] });
      return { cert: pem('CERTIFICATE', issued), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

interface Contents {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  /** In days from now. */
  readonly until: number;
  readonly extensions: readonly Buffer[];
}

function certificate({ subject, publicKey, issuer, issuerKey, until, extensions }: Contents): Buffer {
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time(-2), time(until)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  return sequence(signed, ecdsaWithSha256, der(0x03, Buffer.of(0), sign('sha256', signed, issuerKey)));
}

/** Tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), body]);
}

const sequence = (...items: readonly Buffer[]): Buffer => der(0x30, ...items);
const boolean = (value: boolean): Buffer => der(0x01, Buffer.of(value ? 0xff : 0));
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
/** A common name, and nothing else. */
const nameOf = (text: string): Buffer => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), der(0x04, value));

/** So many days from now. */
function time(days: number): Buffer {
  const text = new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '').slice(2);
  return der(0x17, Buffer.from(text));
}

const pem = (label: string, bytes: Buffer): string => `-----BEGIN ${label}-----\n${(bytes.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;
