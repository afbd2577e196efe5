/** Errors as plain data, and back: `structuredClone`, and with it `postMessage`, keeps of an Error no more than name, message and stack. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as t from 'io-ts';
import { blissdataError, isBlissdataError, type BlissdataErrorOf, type ErrorTag } from '../model/errors.js';
import { errorFields } from './error-field-decoders.js';
import { problemsOf } from './problems.js';

/** A value that JSON has, or what stands for one that it has not: a bigint, NaN, an infinity. */
export type PlainValue = null | boolean | number | string | { readonly bigint: string } | { readonly number: 'NaN' | 'Infinity' | '-Infinity' } | readonly PlainValue[];

/** An error as {@link errorToJson} gives it: all of it can be cloned, sent to another thread and written as JSON. */
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

const PlainValue: t.Type<PlainValue> = t.recursion('a plain value', () =>
  t.union([
    t.null,
    t.boolean,
    t.number,
    t.string,
    t.strict({ bigint: t.refinement(t.string, (text) => /^-?\d+$/.test(text), 'an integer') }),
    t.strict({ number: t.keyof({ NaN: null, Infinity: null, '-Infinity': null }) }),
    t.readonlyArray(PlainValue),
  ]),
);

const ErrorJson: t.Type<ErrorJson> = t.recursion('an error', () => {
  const whatever = t.union([ErrorJson, PlainValue]);
  const rest = t.partial({ _tag: t.string, retriable: t.boolean, stack: t.string, fields: t.record(t.string, PlainValue), errors: t.readonlyArray(whatever), cause: whatever });
  return t.intersection([t.type({ name: t.string, message: t.string }), rest]);
});

/** How many causes behind causes are told. */
const deepest = 32;

/**
 * An error as plain data, with its causes: for `postMessage` to a worker, for `structuredClone`, for JSON. Takes whatever may be thrown;
 * of errors that are not of this package it keeps name, message, stack, causes and simple fields such as Node's `code`.
 * {@link errorFromJson} makes the error again.
 *
 * @example
 * parentPort.postMessage({ failed: errorToJson(error) });
 */
export const errorToJson = (error: unknown): ErrorJson => (isError(error) ? plain(error, []) : { name: 'Error', message: `${describe(error)} was thrown, which is no error`, ...causeOf(error, []) });

/**
 * The error that {@link errorToJson} was given, for all guards: a `BlissdataError` where that was one. Throws `InvalidArgument` for
 * anything else than what that gives.
 *
 * @example
 * worker.on('message', ({ failed }) => {
 *   const error = errorFromJson(failed);
 *   if (isScanNotFound(error)) console.log(`gone: ${error.key}`);
 * });
 */
export function errorFromJson(json: unknown): Error {
  const error = decodeError(json);
  if (E.isRight(error)) return error.right;
  throw blissdataError('InvalidArgument', { argument: 'json', expected: 'an error as errorToJson gives it', received: error.left.join('; ') });
}

/** The same; on the left what is wrong. */
const decodeError = (json: unknown): E.Either<readonly string[], Error> =>
  pipe(
    // What is nested too deeply is no error of ours, and more than the stack takes.
    E.tryCatch(() => pipe(ErrorJson.decode(json), E.mapLeft(problemsOf), E.chain(made)), (cause) => [E.toError(cause).message]),
    E.flatten,
  );

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

/** Undefined for what is not simple. */
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

/** An error that has been decoded; on the left, what its tag asks for and it has not. */
function made({ _tag, name, message, stack, fields = {}, errors, cause }: ErrorJson): E.Either<readonly string[], Error> {
  const values = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, valueOf(value)]));
  return pipe(
    E.Do,
    E.bind('behind', () => (cause === undefined ? E.right(undefined) : thrown(cause))),
    E.bind('several', () => (errors === undefined ? E.right(undefined) : E.traverseArray(thrown)(errors))),
    E.chain(({ behind, several }) => {
      if (_tag !== undefined) return isErrorTag(_tag) ? ofTag(_tag, values, behind) : E.left([`_tag: expected one of the tags of BlissdataError, received ${JSON.stringify(_tag)}`]);
      const options = cause === undefined ? undefined : { cause: behind };
      const error = several === undefined ? new Error(message, options) : new AggregateError(several, message, options);
      Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true });
      for (const [field, value] of Object.entries(values)) if (!own.has(field)) Object.defineProperty(error, field, { value, enumerable: true, writable: true, configurable: true });
      return E.right(error);
    }),
    E.map((error) => (stack === undefined ? error : Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true }))),
  );
}

const thrown = (value: ErrorJson | PlainValue): E.Either<readonly string[], unknown> => (isErrorJson(value) ? made(value) : E.right(valueOf(value)));

const isErrorJson = (value: ErrorJson | PlainValue): value is ErrorJson => typeof value === 'object' && value !== null && 'message' in value;

const isErrorTag = (tag: string): tag is ErrorTag => Object.hasOwn(errorFields, tag);

const ofTag = <Tag extends ErrorTag>(tag: Tag, values: unknown, cause: unknown): E.Either<readonly string[], BlissdataErrorOf<Tag>> =>
  pipe(errorFields[tag].decode(values), E.mapLeft(problemsOf), E.map((fields) => blissdataError(tag, fields, cause)));

function valueOf(value: PlainValue): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('bigint' in value) return BigInt(value.bigint);
  if ('number' in value) return Number(value.number);
  return value.map(valueOf);
}
