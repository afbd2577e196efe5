/** Writes JSON that both RedisJSON and Python read back as it was, or says why it cannot. */
import * as E from 'fp-ts/lib/Either.js';
import { isTypedArray } from '../../model/typed-array.js';

/** How many objects and arrays may stand inside each other. RedisJSON 2.8 takes 127 and refuses 128. */
const MAX_JSON_DEPTH = 127;

/** What becomes of NaN and the infinities: `null`, the literals that Python writes and reads, or a refusal. */
export type NonFinite = 'null' | 'literal' | 'refuse';

/**
 * The JSON text of a value, without any white space, or what cannot be written and where, such as `motors[2].offset is a function`.
 *
 * - bigint become integers, of at most 64 bits (as RedisJSON keeps them). Numbers that are integers are written as integers up to
 *   2^53, beyond that with an exponent, so that a reader takes them for floats again. -0 is `-0.0`.
 * - Typed arrays become arrays. `toJSON` is honoured. Members of objects that are undefined are left out.
 * - Refused: undefined elsewhere, functions, symbols, lone surrogates, integers beyond 64 bits, values that contain themselves, more
 *   than {@link MAX_JSON_DEPTH} levels, and objects that JSON would make empty (Map, Set, RegExp, ArrayBuffer...).
 *
 * @param insideOf how many objects the text will stand inside of, which the limit on levels counts too
 * @example
 * writeJson({ t: 1700000000000000000n, gain: NaN }, 'null'); // E.right('{"t":1700000000000000000,"gain":null}')
 */
export function writeJson(value: unknown, nonFinite: NonFinite, insideOf = 0): E.Either<string, string> {
  const writer = new JsonWriter(nonFinite, MAX_JSON_DEPTH - insideOf);
  try {
    return E.right(writer.write(value, ''));
  } catch (error) {
    // A getter or a toJSON of the user's may throw as well, and that is a reason like any other.
    return E.left(writer.explain(error instanceof Refusal ? error.message : `cannot be read (${String(error)})`));
  }
}

/** What is wrong with the value at hand, to be read after its path. */
class Refusal extends Error {}

const LONGEST_PATH = 10;

/** ASCII without anything to escape: most keys and names. */
const plainText = /^[ !#-[\]-~]*$/;

class JsonWriter {
  /** The keys that lead to the value at hand, and the objects they were found in. */
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
    if (!text.isWellFormed()) throw new Refusal('holds a lone surrogate, which is no text');
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

/** Objects whose content is their own properties: literals, instances of classes. Not Map, Set, Error, boxed numbers and the like. */
const isRecord = (object: object): boolean => Object.prototype.toString.call(object) === '[object Object]';
