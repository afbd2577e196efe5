/** Turns the validation errors of io-ts into sentences: where, what was expected, what was received. */
import * as E from 'fp-ts/lib/Either.js';
import type { Errors } from 'io-ts';

const shown = (value: unknown): string => {
  if (typeof value === 'bigint') return `${value}n`;
  // Contrary to its type, JSON.stringify returns undefined for undefined, functions and symbols. It throws for circular values, and for
  // values nested too deeply, even if JSON.parse made them.
  const written = E.tryCatch((): unknown => JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v)), E.toError);
  const json = E.isLeft(written) ? `${typeof value} (${written.left.message})` : written.right;
  if (typeof json !== 'string') return typeof value;
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
};

/** One line per problem, such as `id.number: expected integer, received "3"`. */
export const problemsOf = (errors: Errors): readonly string[] =>
  errors.map(({ context, value, message }) => {
    const path = context
      .map((entry) => entry.key)
      .filter((key) => key !== '')
      .join('.');
    return message ?? `${path || 'document'}: expected ${context.at(-1)?.type.name ?? 'another value'}, received ${shown(value)}`;
  });

/** A short text of any value for the `received` field of an error. */
export const received = (value: unknown): string => (value === undefined ? 'nothing' : shown(value));
