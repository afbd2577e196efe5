/** The Redis keys of scans and streams under an identity model's prefix. */
import * as O from 'fp-ts/lib/Option.js';

export const scanPrefix = (prefix: string): string => `${prefix}:scan:`;

export const scanKey = (prefix: string, pk: string): string => `${scanPrefix(prefix)}${pk}`;

/** The state stream and the data streams lie side by side. */
export const streamKey = (prefix: string, pk: string): string => `${prefix}:stream:${pk}`;

export const indexName = (prefix: string): string => `${prefix}:scan:index`;

/** Crockford's base 32, 26 characters: what follows the prefix in a scan's key. The index's bookkeeping keys lie there too. */
const ulid = /^[0-9A-HJKMNP-TV-Z]{26}$/i;

/** The prefix in a scan's key, or none when the key is not a scan's. */
export function prefixOfScanKey(key: string): O.Option<string> {
  const at = key.lastIndexOf(':scan:');
  return at > 0 && ulid.test(key.slice(at + ':scan:'.length)) ? O.some(key.slice(0, at)) : O.none;
}
