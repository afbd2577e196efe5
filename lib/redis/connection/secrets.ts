/** Keeps passwords out of errors, and so out of messages, logs and causes. */
import { isBlissdataError } from '../../model/errors.js';

/** Removes passwords from texts, both as they are and URL-encoded. */
export function scrubber(passwords: readonly (string | undefined)[]): (text: string) => string {
  // Servers repeat the arguments of an unknown command, AUTH's included, truncated at an arbitrary place.
  const repeated = /,? with args beginning with: .*$/s;
  const forms = passwords.flatMap((password) => (password === undefined || password === '' ? [] : [password, encodeURIComponent(password)]));
  return (text) => forms.reduce((left, form) => left.replaceAll(form, '***'), text.replace(repeated, ''));
}

/** The further fields of Node's errors that are worth keeping. */
const kept = ['code', 'errno', 'syscall', 'address', 'port', 'hostname'] as const;

/** An error's message. Where all addresses of a host (IPv4 and IPv6) failed, the error itself has none. */
export function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('errors' in error && Array.isArray(error.errors) && !('message' in error && error.message !== '')) return error.errors.map(textOf).join('; ');
  return 'message' in error ? String(error.message) : 'an unknown failure';
}

/** A copy for `cause`: ioredis attaches commands with all their arguments to its errors, and those may refer to whole connections. */
export function plainError(error: unknown, scrubbed: (text: string) => string = (text) => text): Error {
  if (isBlissdataError(error)) return error;
  if (typeof error !== 'object' || error === null) return new Error(scrubbed(String(error)));
  const plain = new Error(scrubbed(textOf(error)));
  if ('name' in error) plain.name = String(error.name);
  if ('stack' in error) plain.stack = scrubbed(String(error.stack));
  const details = Object.entries(error).filter(([name, value]) => kept.some((known) => known === name) && ['string', 'number'].includes(typeof value));
  return Object.assign(plain, Object.fromEntries(details));
}
