/** Writes JSON that RedisJSON and Python both read back unchanged, or says why it cannot. */
import * as E from 'fp-ts/lib/Either.js';
import { isTypedArray } from '../../model/typed-array.js';

/** How deeply objects and arrays may be nested. RedisJSON 2.8 accepts 127 levels and refuses 128. */
const MAX_JSON_DEPTH = 127;

/** How NaN and the infinities are written: as `null`, as the literals that Python writes and reads, or not at all. */
export type NonFinite = 'null' | 'literal' | 'refuse';

/**
 * The JSON text of a value, without white space; on the left, what cannot be written and where: `motors[2].offset is a function`.
 *
 * - A bigint becomes an integer of at most 64 bits (RedisJSON's limit). Integral numbers are written as integers up to 2^53, beyond
 *   that with an exponent, so that they are read as floats again. -0 is `-0.0`.
 * - Typed arrays become arrays. `toJSON` is honoured. Undefined members of objects are omitted.
 * - Refused: undefined elsewhere, functions, symbols, lone surrogates, integers beyond 64 bits, values that contain themselves, more
 *   than {@link MAX_JSON_DEPTH} levels, and objects that JSON would make empty (Map, Set, RegExp, ArrayBuffer...).
 *
 * @param insideOf how many levels the text will be nested in, which count towards the limit
 * @example
 * writeJson({ t: 1700000000000000000n, gain: NaN }, 'null'); // E.right('{"t":1700000000000000000,"gain":null}')
 */
export function writeJson(value: unknown, nonFinite: NonFinite, insideOf = 0): E.Either<string, string> {
  const writer = new JsonWriter(nonFinite, MAX_JSON_DEPTH - insideOf);
  try {
    return E.right(writer.write(value, ''));
  } catch (error) {
    // The user's getters and toJSON may throw as well.
    return E.left(writer.explain(error instanceof Refusal ? error.message : `cannot be read (${String(error)})`));
  }
}

/** What is wrong with the current value: a predicate to its path. */
class Refusal extends Error {}

const LONGEST_PATH = 10;

/** ASCII with nothing to escape: most keys and names. */
const plainText = /^[ !#-[\]-~]*$/;

class JsonWriter {
  /** The keys that lead to the current value, and the objects around it. */
  private readonly path: (string | number)[] = [];
  private readonly parents: object[] = [];

  constructor(
    private readonly nonFinite: NonFinite,
    private readonly maxDepth: number,
  ) {}

  explain(problem: string): string {
    const keys = this.path.slice(0, LONGEST_PATH).map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`));
    const where = keys.join('').replace(/^\./, '') || 'the value';
    return `${where}${this.path.length > LONGEST_PATH ? '...' : ''} ${problem}`;
  }

  write(value: unknown, key: string | number): string {
    switch (typeof value) {
      case 'string':
        return this.string(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return value ? 'true' : 'false';
      case 'bigint':
        return this.integer(value);
      case 'object':
        return value === null ? 'null' : this.object(value, key);
      case 'undefined':
        throw new Refusal('is undefined');
      default:
        throw new Refusal(`is a ${typeof value}`);
    }
  }

  private string(text: string): string {
    if (plainText.test(text)) return `"${text}"`;
    if (!text.isWellFormed()) throw new Refusal('holds a lone surrogate');
    return JSON.stringify(text);
  }

  private number(value: number): string {
    if (Number.isFinite(value)) return Number.isInteger(value) ? integerText(value) : String(value);
    if (this.nonFinite === 'refuse') throw new Refusal(`is ${value}`);
    return this.nonFinite === 'null' ? 'null' : String(value);
  }

  private integer(value: bigint): string {
    if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new Refusal('is an integer of more than 64 bits');
    return value.toString();
  }

  private object(object: object, key: string | number): string {
    if (!hasToJson(object)) return this.container(object);
    const replacement = object.toJSON(String(key));
    return typeof replacement === 'object' && replacement !== null ? this.container(replacement) : this.write(replacement, key);
  }

  private container(object: object): string {
    if (this.parents.includes(object)) throw new Refusal('contains itself');
    if (this.parents.length >= this.maxDepth) throw new Refusal(`is nested deeper than ${this.maxDepth} levels`);
    this.parents.push(object);
    const text = this.members(object);
    this.parents.pop();
    return text;
  }

  private members(object: object): string {
    if (Array.isArray(object)) return this.array(object);
    if (isTypedArray(object)) return this.array(object);
    if (!isRecord(object)) throw new Refusal(`is of type ${Object.prototype.toString.call(object).slice('[object '.length, -1)}, which JSON has no form for`);
    let text = '';
    for (const [key, value] of Object.entries(object)) {
      if (value === undefined) continue;
      this.path.push(key);
      text += `${text === '' ? '' : ','}${this.string(key)}:${this.write(value, key)}`;
      this.path.pop();
    }
    return `{${text}}`;
  }

  private array(array: ArrayLike<unknown>): string {
    let text = '';
    for (let i = 0; i < array.length; i++) {
      this.path.push(i);
      text += `${i === 0 ? '' : ','}${this.write(array[i], i)}`;
      this.path.pop();
    }
    return `[${text}]`;
  }
}

function integerText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  return Number.isSafeInteger(value) ? String(value) : value.toExponential();
}

const hasToJson = (object: object): object is { toJSON(key: string): unknown } => 'toJSON' in object && typeof object.toJSON === 'function';

/** Whether an object consists of its own properties, as literals and class instances do; not Map, Set, Error, boxed numbers and the like. */
const isRecord = (object: object): boolean => Object.prototype.toString.call(object) === '[object Object]';
