/** Keeps passwords out of whatever becomes an error, and with it a message, a log or a cause. */
import { isBlissdataError } from '../../model/errors.js';

/** Takes passwords out of texts, as they are and as URLs write them. */
export function scrubber(passwords: readonly (string | undefined)[]): (text: string) => string {
  // Servers repeat the arguments of a command that they do not know, AUTH included, cut off somewhere.
  const repeated = /,? with args beginning with: .*$/s;
  const forms = passwords.flatMap((password) => (password === undefined || password === '' ? [] : [password, encodeURIComponent(password)]));
  return (text) => forms.reduce((left, form) => left.replaceAll(form, '***'), text.replace(repeated, ''));
}

/** What else of Node's errors is worth keeping. */
const kept = ['code', 'errno', 'syscall', 'address', 'port', 'hostname'] as const;

/** What an error says. Of an address with several places (IPv4 and IPv6) that all failed, the error itself says nothing. */
export function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('errors' in error && Array.isArray(error.errors) && !('message' in error && error.message !== '')) return error.errors.map(textOf).join('; ');
  return 'message' in error ? String(error.message) : 'an unknown failure';
}

/** An error that says the same, for `cause`: ioredis hangs commands with all their arguments on its own, and they may refer to whole connections. */
export function plainError(error: unknown, scrubbed: (text: string) => string = (text) => text): Error {
  if (isBlissdataError(error)) return error;
  if (typeof error !== 'object' || error === null) return new Error(scrubbed(String(error)));
  const plain = new Error(scrubbed(textOf(error)));
  if ('name' in error) plain.name = String(error.name);
  if ('stack' in error) plain.stack = scrubbed(String(error.stack));
  const details = Object.entries(error).filter(([name, value]) => kept.some((known) => known === name) && ['string', 'number'].includes(typeof value));
  return Object.assign(plain, Object.fromEntries(details));
}
