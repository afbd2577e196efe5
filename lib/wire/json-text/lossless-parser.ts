/** A JSON parser for texts that `JSON.parse` cannot read, or not without loss: long integers, NaN and infinities. */
import type { Json } from '../../model/json.js';

/** About the limit of Python's own parser; RedisJSON stores at most 127 levels. */
const MAX_DEPTH = 1000;

const numberToken = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const whitespace = /[ \t\n\r]*/y;

const literals: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

export class LosslessParser {
  private at = 0;

  constructor(private readonly text: string) {}

  /** @throws SyntaxError */
  parse(): Json {
    const value = this.value(0);
    this.skipWhitespace();
    if (this.at < this.text.length) this.fail();
    return value;
  }

  private value(depth: number): Json {
    if (depth > MAX_DEPTH) throw new SyntaxError(`JSON nested deeper than ${MAX_DEPTH} levels`);
    this.skipWhitespace();
    const first = this.text[this.at];
    if (first === '{') return this.object(depth);
    if (first === '[') return this.array(depth);
    if (first === '"') return this.string();
    if (first !== undefined && first >= '0' && first <= '9') return this.number();
    const literal = this.literal();
    return literal === undefined ? this.number() : literal;
  }

  private object(depth: number): Json {
    const object: Record<string, Json> = {};
    this.at += 1;
    if (this.take('}')) return object;
    do {
      this.skipWhitespace();
      if (this.text[this.at] !== '"') this.fail();
      const key = this.string();
      if (!this.take(':')) this.fail();
      const value = this.value(depth + 1);
      // Assigning to __proto__ would set the prototype.
      if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      else object[key] = value;
    } while (this.take(','));
    if (!this.take('}')) this.fail();
    return object;
  }

  private array(depth: number): Json {
    const array: Json[] = [];
    this.at += 1;
    if (this.take(']')) return array;
    do array.push(this.value(depth + 1));
    while (this.take(','));
    if (!this.take(']')) this.fail();
    return array;
  }

  /**
   * Finds the end of the string and leaves the rest to `JSON.parse`: escapes, errors in them, and a copy of the characters, since a
   * slice would keep the whole text in memory.
   */
  private string(): string {
    const start = this.at;
    let end = start;
    do {
      end = this.text.indexOf('"', end + 1);
      if (end < 0) throw new SyntaxError(`Unterminated string in JSON at position ${start}`);
    } while (this.isEscaped(end));
    this.at = end + 1;
    const value: unknown = JSON.parse(this.text.slice(start, end + 1));
    return typeof value === 'string' ? value : this.fail();
  }

  /** Whether an odd number of backslashes precedes the character at `index`. */
  private isEscaped(index: number): boolean {
    let before = index;
    while (this.text[before - 1] === '\\') before -= 1;
    return (index - before) % 2 === 1;
  }

  private literal(): Json | undefined {
    for (const [word, value] of literals) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    return undefined;
  }

  private number(): number | bigint {
    numberToken.lastIndex = this.at;
    const match = numberToken.exec(this.text);
    if (match === null) return this.fail();
    this.at = numberToken.lastIndex;
    const value = Number(match[0]);
    const isInteger = match[1] === undefined && match[2] === undefined;
    return isInteger && !Number.isSafeInteger(value) ? BigInt(match[0]) : value;
  }

  private take(character: string): boolean {
    this.skipWhitespace();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private skipWhitespace(): void {
    if (this.text.charCodeAt(this.at) > 0x20) return;
    whitespace.lastIndex = this.at;
    whitespace.test(this.text);
    this.at = whitespace.lastIndex;
  }

  private fail(): never {
    const found = this.text[this.at];
    throw new SyntaxError(found === undefined ? 'Unexpected end of JSON input' : `Unexpected token ${JSON.stringify(found)} in JSON at position ${this.at}`);
  }
}
