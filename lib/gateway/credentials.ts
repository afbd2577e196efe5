/** What the gateway reads from files of its own: tokens, and the certificate with its key. */
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { blissdataError } from '../model/errors.js';
import type { IdentityModel } from '../model/identity-model.js';
import type { GatewayOptions } from './gateway-options.js';
import { grantOf, readTokenFile, type Grant } from './token-file.js';
import type { Certificate } from './web-server.js';

export interface Credentials {
  /** None where no tokens are asked for. */
  readonly grants: readonly Grant[] | undefined;
  readonly certificate: Certificate | undefined;
  /** What is wrong with them, and no reason not to start. */
  readonly warnings: readonly string[];
}

/** Rejects with `InvalidArgument`, `UnsupportedQuery`, `FileNotReadable`. */
export async function readCredentials({ tokens, tokenFile, cert, key }: GatewayOptions, model: IdentityModel): Promise<Credentials> {
  const ofProgram = tokens?.map((token) => grantOf(model, token));
  const ofFile = tokenFile === undefined ? undefined : await readTokenFile(model, tokenFile);
  const warnings = [
    ...(tokenFile !== undefined && (await isOpenToOthers(tokenFile)) ? ['Other users of this machine may read the token file'] : []),
    ...(key !== undefined && (await isOpenToOthers(key)) ? ['Other users of this machine may read the key of the certificate'] : []),
  ];
  return {
    grants: ofProgram === undefined && ofFile === undefined ? undefined : [...(ofProgram ?? []), ...(ofFile ?? [])],
    certificate: cert === undefined || key === undefined ? undefined : await readCertificate(cert, key),
    warnings,
  };
}

async function readCertificate(certPath: string, keyPath: string): Promise<Certificate> {
  const certificate = { cert: await readPem(certPath), key: await readPem(keyPath) };
  try {
    createSecureContext(certificate);
  } catch (error) {
    // OpenSSL's texts name what is wrong, and never the content.
    throw blissdataError('InvalidArgument', { argument: 'cert and key', expected: 'a certificate in PEM, and the key that belongs to it', received: error instanceof Error && 'code' in error ? String(error.code) : 'something else' });
  }
  return certificate;
}

const readPem = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    throw blissdataError('FileNotReadable', { path, reason: error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read' });
  });

const isOpenToOthers = async (path: string): Promise<boolean> => process.platform !== 'win32' && ((await stat(path)).mode & 0o004) !== 0;
