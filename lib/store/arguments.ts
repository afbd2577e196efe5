/** Checks of the arguments of a store's methods. */
import * as E from 'fp-ts/lib/Either.js';
import { blissdataError } from '../model/errors.js';
import type { Identity, IdentityFields, IdentityInput, IdentityModel } from '../model/identity-model.js';
import { identityCodec } from '../wire/identity-codec.js';
import { scanPrefix } from '../wire/keys.js';
import { problemsOf, received } from '../wire/problems.js';
import { isStreamId, plainId } from '../wire/stream-id.js';

/** @throws InvalidArgument */
export function requireTimetag(timetag: unknown): string {
  if (typeof timetag === 'string' && isStreamId(timetag)) return plainId(timetag);
  throw blissdataError('InvalidArgument', { argument: 'timetag', expected: 'an id such as 1700000000000-0, or 0-0 for the beginning', received: received(timetag) });
}

/** @throws InvalidArgument if the key is not that of a scan of this model */
export function requireScanKey(model: IdentityModel, key: unknown): void {
  const expected = `a key that starts with ${scanPrefix(model.prefix)}`;
  if (typeof key !== 'string' || !key.startsWith(scanPrefix(model.prefix))) throw blissdataError('InvalidArgument', { argument: 'key', expected, received: received(key) });
}

/** @throws InvalidArgument unless it fits the model */
export function requireIdentity<F extends IdentityFields>(model: IdentityModel<F>, identity: IdentityInput<F>): Identity<F> {
  const decoded = identityCodec(model).decode(identity);
  if (E.isRight(decoded)) return decoded.right;
  const required = Object.entries(model.fields).filter(([, { required }]) => required).map(([name, { type }]) => `${name} (${type})`);
  throw blissdataError('InvalidArgument', { argument: 'identity', expected: `an object with ${required.join(', ')}`, received: problemsOf(decoded.left).join('; ') });
}
