/** Hot path: reads the tokens of RESP2 (redis.io, "Redis serialization protocol specification") straight from a socket's bytes. */

/** The bytes are not what the commands answer. Nothing after them can be trusted, so the connection has to go. */
export class MalformedReply extends Error {}

/** A longer number or line is malformed. */
const longestNumber = 20;
const longestLine = 1 << 16;

const CR = 13;
const DIGIT_0 = 48;
const DOLLAR = 36;
const STAR = 42;
const MINUS = 45;

const utf8 = new TextDecoder();

/**
 * Feeds a parser's steps with bytes. A step that lacks bytes returns false and runs again from its start once they have come, so it must
 * change nothing before it has read its last token.
 *
 * A base class rather than a member of the parser: its fields are read for every byte.
 */
export abstract class TokenReader {
  /** The bytes being parsed: the latest chunk, or `rest`. */
  protected bytes: Uint8Array = new Uint8Array(0);
  protected at = 0;

  // The last token: the number after `*` or `$`, or the place of a bulk string in `bytes`.
  protected number = 0;
  protected start = 0;
  protected end = 0;

  /** A copy of earlier bytes that are not consumed yet: the first `restSize` ones. */
  private rest = new Uint8Array(4096);
  private restSize = 0;
  /** How many unconsumed bytes the next attempt needs. */
  private needed = 0;
  /** Where in `bytes` the incomplete token would end. */
  private wantedEnd = 0;

  /** Parses the next bytes of the connection, without holding on to their memory. Throws {@link MalformedReply}. */
  push(chunk: Uint8Array): void {
    if (this.restSize === 0) this.parse(chunk);
    else {
      this.keep(chunk);
      if (this.restSize >= this.needed) this.parse(this.rest.subarray(0, this.restSize));
    }
  }

  /** Consumes one or more tokens; false if bytes are missing. */
  protected abstract step(): boolean;

  private parse(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.at = 0;
    this.restSize = 0;
    while (this.at < bytes.length) {
      const resume = this.at;
      this.wantedEnd = bytes.length + 1;
      if (!this.step()) {
        this.needed = this.wantedEnd - resume;
        this.keep(bytes.subarray(resume));
        return;
      }
    }
  }

  private keep(bytes: Uint8Array): void {
    const size = this.restSize + bytes.length;
    if (size > this.rest.length) {
      const grown = new Uint8Array(size * 2);
      grown.set(this.rest.subarray(0, this.restSize));
      this.rest = grown;
    }
    this.rest.set(bytes, this.restSize);
    this.restSize = size;
  }

  /** Reads `<mark><number>\r\n` into `number`. */
  protected header(mark: number): boolean {
    const { bytes } = this;
    let at = this.at;
    if (at >= bytes.length) return false;
    if (bytes[at] !== mark) throw new MalformedReply(`expected "${String.fromCharCode(mark)}", received byte ${bytes[at]}`);
    at++;
    const negative = bytes[at] === MINUS;
    const first = negative ? ++at : at;
    let value = 0;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === CR) {
        if (at === first || value > Number.MAX_SAFE_INTEGER) throw new MalformedReply('expected a number');
        if (at + 1 >= bytes.length) return false;
        this.number = negative ? -value : value;
        this.at = at + 2;
        return true;
      }
      if (byte < DIGIT_0 || byte > DIGIT_0 + 9) throw new MalformedReply(`expected a number, received byte ${byte}`);
      if (at - first >= longestNumber) throw new MalformedReply('expected the end of a number');
      value = value * 10 + byte - DIGIT_0;
    }
    return false;
  }

  /** Reads the header of an array of two. */
  protected pair(): boolean {
    if (!this.header(STAR)) return false;
    if (this.number !== 2) throw new MalformedReply(`expected an array of 2, received one of ${this.number}`);
    return true;
  }

  /** Reads a bulk string, and leaves its place in `start` and `end`. */
  protected bulk(): boolean {
    if (!this.header(DOLLAR)) return false;
    if (this.number < 0) throw new MalformedReply('expected a bulk string, received nil');
    const end = this.at + this.number;
    if (end + 2 > this.bytes.length) {
      // Known exactly here, so that the chunks of a large string are not joined again and again.
      this.wantedEnd = end + 2;
      return false;
    }
    this.start = this.at;
    this.end = end;
    this.at = end + 2;
    return true;
  }

  /** Reads a status or error, without its first byte; undefined if bytes are missing. */
  protected line(): string | undefined {
    const start = this.at + 1;
    const end = this.bytes.indexOf(CR, start);
    if ((end < 0 ? this.bytes.length : end) - start > longestLine) throw new MalformedReply('expected the end of a line');
    if (end < 0 || end + 1 >= this.bytes.length) return undefined;
    this.at = end + 2;
    return this.text(start, end);
  }

  protected text(start = this.start, end = this.end): string {
    return utf8.decode(this.bytes.subarray(start, end));
  }
}

/** NaN for what is not a number: publishers write these, so the reader of this one stream has to report it. */
export function digitsIn(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < DIGIT_0 || byte > DIGIT_0 + 9) return NaN;
    // The digit first: beyond 2^53, the sum with its character would be rounded.
    value = value * 10 + (byte - DIGIT_0);
  }
  return end > start ? value : NaN;
}

/** The part of an id before the dash. */
export function indexIn(bytes: Uint8Array, start: number, end: number): number {
  const dash = bytes.indexOf(MINUS, start);
  return digitsIn(bytes, start, dash > 0 && dash < end ? dash : end);
}

export function isText(text: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
