/** The Redis keys of scans and streams under an identity model's prefix. */
import * as O from 'fp-ts/lib/Option.js';

export const scanPrefix = (prefix: string): string => `${prefix}:scan:`;

export const scanKey = (prefix: string, pk: string): string => `${scanPrefix(prefix)}${pk}`;

/** State streams and data streams share one namespace. */
export const streamPrefix = (prefix: string): string => `${prefix}:stream:`;

export const streamKey = (prefix: string, pk: string): string => `${streamPrefix(prefix)}${pk}`;

export const indexName = (prefix: string): string => `${prefix}:scan:index`;

/** 26 characters of Crockford's base 32: the rest of a scan's key. The bookkeeping keys of the index have the same prefix. */
const ulid = /^[0-9A-HJKMNP-TV-Z]{26}$/i;

export const isUlid = (text: string): boolean => ulid.test(text);

/** The prefix in a scan's key; none if the key is not a scan's. */
export function prefixOfScanKey(key: string): O.Option<string> {
  const at = key.lastIndexOf(':scan:');
  return at > 0 && ulid.test(key.slice(at + ':scan:'.length)) ? O.some(key.slice(0, at)) : O.none;
}

/**
 * Scan keys of one prefix, oldest first by the clock of their creator: a ULID begins with its time of creation. Other keys come last,
 * in alphabetical order.
 */
export function byCreation(keys: readonly string[]): readonly string[] {
  const order = (key: string): string => {
    const pk = key.slice(key.lastIndexOf(':') + 1);
    return ulid.test(pk) ? `0${pk.toUpperCase()}` : `1${key}`;
  };
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return keys
    .map((key) => ({ key, order: order(key) }))
    .sort((a, b) => compare(a.order, b.order) || compare(a.key, b.key))
    .map(({ key }) => key);
}
