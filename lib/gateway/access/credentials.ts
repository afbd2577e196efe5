/** What the gateway reads from files of its own: tokens, and the certificate with its key. */
import { stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { reasonOf } from '../../files/os-error.js';
import { blissdataError } from '../../model/errors.js';
import type { IdentityModel } from '../../model/identity-model.js';
import type { GatewayOptions } from '../gateway-options.js';
import { readText } from './read-file.js';
import { grantOf, readTokenFile, type Grant } from './token-file.js';
import type { Certificate } from '../http/web-server.js';

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
  const certificate = cert === undefined || key === undefined ? undefined : await readCertificate(cert, key);
  const warnings = [
    ...(tokenFile !== undefined && (await isOpenToOthers(tokenFile)) ? ['Other users of this machine may read the token file'] : []),
    ...(key !== undefined && (await isOpenToOthers(key)) ? ['Other users of this machine may read the key of the certificate'] : []),
  ];
  return {
    grants: ofProgram === undefined && ofFile === undefined ? undefined : [...(ofProgram ?? []), ...(ofFile ?? [])],
    certificate,
    warnings,
  };
}

async function readCertificate(certPath: string, keyPath: string): Promise<Certificate> {
  const certificate = { cert: await readText(certPath), key: await readText(keyPath) };
  try {
    createSecureContext(certificate);
  } catch (error) {
    throw blissdataError('InvalidArgument', { argument: 'cert and key', expected: 'a certificate in PEM, and the key that belongs to it', received: reasonOf(error) });
  }
  return certificate;
}

const isOpenToOthers = async (path: string): Promise<boolean> => process.platform !== 'win32' && ((await stat(path)).mode & 0o004) !== 0;
