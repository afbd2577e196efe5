/** Errors as plain data, and back: `structuredClone`, and so `postMessage`, keeps only name, message and stack of an Error. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { blissdataError, isBlissdataError, type BlissdataErrorOf, type ErrorTag } from '../model/errors.js';
import { errorFields } from './error-field-decoders.js';
import { arrayOf, members } from './codecs.js';
import { guarded } from './guarded.js';
import { problemsOf } from './problems.js';

/** A JSON value, or a stand-in for what JSON lacks: a bigint, NaN, an infinity. */
export type PlainValue = null | boolean | number | string | { readonly bigint: string } | { readonly number: 'NaN' | 'Infinity' | '-Infinity' } | readonly PlainValue[];

/** An error as {@link errorToJson} returns it: it can be cloned, sent to another thread and written as JSON. */
export interface ErrorJson {
  /** Of a `BlissdataError`, with the fields of that tag. */
  readonly _tag?: string;
  readonly name: string;
  readonly message: string;
  readonly retriable?: boolean;
  readonly stack?: string;
  readonly fields?: { readonly [name: string]: PlainValue };
  /** Of an `AggregateError`. */
  readonly errors?: readonly (ErrorJson | PlainValue)[];
  readonly cause?: ErrorJson | PlainValue;
}

function isPlainValue(value: unknown): value is PlainValue {
  if (typeof value !== 'object') return ['boolean', 'number', 'string'].includes(typeof value);
  if (value === null) return true;
  if (Array.isArray(value)) return value.every(isPlainValue);
  if ('bigint' in value) return typeof value.bigint === 'string' && /^-?\d+$/.test(value.bigint);
  return 'number' in value && (value.number === 'NaN' || value.number === 'Infinity' || value.number === '-Infinity');
}

const PlainValue = guarded('a plain value', isPlainValue);
const PlainValues = guarded('plain values', (u): u is Readonly<Record<string, PlainValue>> => t.UnknownRecord.is(u) && Object.values(u).every(isPlainValue));

const seemsError = (value: unknown): value is object => typeof value === 'object' && value !== null && 'message' in value;

/** An error's cause, which may be anything that was thrown. */
const Thrown: t.Type<ErrorJson | PlainValue> = new t.Type(
  'an error',
  (u): u is ErrorJson | PlainValue => (seemsError(u) ? ErrorJson : PlainValue).is(u),
  (u, context) => (seemsError(u) ? ErrorJson : PlainValue).validate(u, context),
  t.identity,
);

const ErrorJson: t.Type<ErrorJson> = members(
  'an error',
  { name: t.string, message: t.string },
  { _tag: t.string, retriable: t.boolean, stack: t.string, fields: PlainValues, errors: arrayOf('errors', Thrown.is), cause: Thrown },
);

/** How many causes of causes are kept. */
const deepest = 32;

/**
 * An error as plain data, with its causes: for `postMessage` to a worker, for `structuredClone`, for JSON. Takes anything that can be
 * thrown; of errors from elsewhere it keeps name, message, stack, causes and simple fields such as Node's `code`.
 * {@link errorFromJson} restores the error.
 *
 * @example
 * parentPort.postMessage({ failed: errorToJson(error) });
 */
export const errorToJson = (error: unknown): ErrorJson => (isError(error) ? plain(error, []) : { name: 'Error', message: `${describe(error)} was thrown, which is not an Error`, ...causeOf(error, []) });

/**
 * The error that {@link errorToJson} was given: a `BlissdataError` where that was one, which all guards know again. Throws
 * `InvalidArgument` for anything else.
 *
 * @example
 * worker.on('message', ({ failed }) => {
 *   const error = errorFromJson(failed);
 *   if (isBlissdataError(error, 'ScanNotFound')) console.log(`no scan ${error.key}`);
 * });
 */
export function errorFromJson(json: unknown): Error {
  try {
    return errorOf(orRefuse(ErrorJson.decode(json)));
  } catch (error) {
    // JSON nested too deeply overflows the stack: it is not an error of ours.
    throw error instanceof RangeError ? refused([error.message]) : error;
  }
}

const refused = (problems: readonly string[]): BlissdataErrorOf<'InvalidArgument'> =>
  blissdataError('InvalidArgument', { argument: 'json', expected: 'an error as errorToJson returns it', received: problems.join('; ') });

function orRefuse<A>(decoded: t.Validation<A>): A {
  if (E.isRight(decoded)) return decoded.right;
  throw refused(problemsOf(decoded.left));
}

/** By its shape: an error may come from another realm. */
const isError = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string' && 'name' in value && typeof value.name === 'string';

const own = new Set(['name', 'message', 'stack', 'cause', 'errors', '_tag', 'retriable']);

function plain(error: Error, above: readonly unknown[]): ErrorJson {
  const path = [...above, error];
  const fields = Object.entries(error).flatMap(([name, value]): [string, PlainValue][] => {
    const simple = own.has(name) ? undefined : plainValue(value);
    return simple === undefined ? [] : [[name, simple]];
  });
  return {
    ...(isBlissdataError(error) ? { _tag: error._tag, retriable: error.retriable } : {}),
    name: error.name,
    message: error.message,
    ...(typeof error.stack === 'string' ? { stack: error.stack } : {}),
    ...(fields.length === 0 ? {} : { fields: Object.fromEntries(fields) }),
    ...('errors' in error && Array.isArray(error.errors) ? { errors: error.errors.map((each: unknown) => whatever(each, path)) } : {}),
    ...('cause' in error && error.cause !== undefined ? causeOf(error.cause, path) : {}),
  };
}

const causeOf = (cause: unknown, path: readonly unknown[]): Pick<ErrorJson, 'cause'> => ({ cause: whatever(cause, path) });

function whatever(value: unknown, path: readonly unknown[]): ErrorJson | PlainValue {
  if (!isError(value)) return plainValue(value) ?? describe(value);
  return path.includes(value) || path.length >= deepest ? `${value.name}: ${value.message}` : plain(value, path);
}

const describe = (value: unknown): string => (typeof value === 'object' || typeof value === 'function' ? Object.prototype.toString.call(value) : typeof value);

/** Undefined for objects and the like. */
function plainValue(value: unknown): PlainValue | undefined {
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : { number: value > 0 ? 'Infinity' : value < 0 ? '-Infinity' : 'NaN' };
    case 'bigint':
      return { bigint: String(value) };
    default: {
      if (value === null) return value;
      if (!Array.isArray(value)) return undefined;
      const items = value.map(plainValue);
      return items.every((item) => item !== undefined) ? items : undefined;
    }
  }
}

function errorOf({ _tag, name, message, stack, fields = {}, errors, cause }: ErrorJson): Error {
  const values = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, valueOf(value)]));
  const causedBy = cause === undefined ? undefined : thrownOf(cause);
  const error = _tag === undefined ? otherError(name, message, values, errors, cause === undefined ? undefined : { cause: causedBy }) : taggedError(_tag, values, causedBy);
  return stack === undefined ? error : Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
}

function taggedError(tag: string, values: unknown, cause: unknown): Error {
  if (!isErrorTag(tag)) throw refused([`_tag: expected a tag of BlissdataError, received ${JSON.stringify(tag)}`]);
  return ofTag(tag, values, cause);
}

const isErrorTag = (tag: string): tag is ErrorTag => Object.hasOwn(errorFields, tag);

const ofTag = <Tag extends ErrorTag>(tag: Tag, values: unknown, cause: unknown): BlissdataErrorOf<Tag> => blissdataError(tag, orRefuse(errorFields[tag].decode(values)), cause);

function otherError(name: string, message: string, values: Readonly<Record<string, unknown>>, errors: ErrorJson['errors'], options: { cause: unknown } | undefined): Error {
  const error = errors === undefined ? new Error(message, options) : new AggregateError(errors.map(thrownOf), message, options);
  Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true });
  for (const [field, value] of Object.entries(values)) if (!own.has(field)) Object.defineProperty(error, field, { value, enumerable: true, writable: true, configurable: true });
  return error;
}

const thrownOf = (value: ErrorJson | PlainValue): unknown => (isErrorJson(value) ? errorOf(value) : valueOf(value));

const isErrorJson = (value: ErrorJson | PlainValue): value is ErrorJson => typeof value === 'object' && value !== null && 'message' in value;

function valueOf(value: PlainValue): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('bigint' in value) return BigInt(value.bigint);
  if ('number' in value) return Number(value.number);
  return value.map(valueOf);
}
