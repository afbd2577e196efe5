/** Checks of what a store is asked about. */
import { blissdataError } from '../model/errors.js';
import type { IdentityModel } from '../model/identity-model.js';
import { scanPrefix } from '../wire/keys.js';
import { received } from '../wire/problems.js';
import { isStreamId, plainId } from '../wire/stream-id.js';

/** @throws InvalidArgument for what is no timetag */
export function requireTimetag(timetag: unknown): string {
  if (typeof timetag === 'string' && isStreamId(timetag)) return plainId(timetag);
  throw blissdataError('InvalidArgument', { argument: 'timetag', expected: 'an id such as 1700000000000-0, or 0-0 for the beginning', received: received(timetag) });
}

/** What an identity has to have, for a message; the others may be left out. */
export const requiredFields = ({ fields }: IdentityModel): string =>
  `an object with ${Object.entries(fields).filter(([, { required }]) => required).map(([name, { type }]) => `${name} (${type})`).join(', ')}`;

/** @throws InvalidArgument for what is no key of a scan of this model */
export function requireScanKey(model: IdentityModel, key: unknown): void {
  const expected = `a key that starts with ${scanPrefix(model.prefix)}`;
  if (typeof key !== 'string' || !key.startsWith(scanPrefix(model.prefix))) throw blissdataError('InvalidArgument', { argument: 'key', expected, received: received(key) });
}
