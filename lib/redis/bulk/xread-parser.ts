/**
 * Hot path: parses the replies of XREAD, XRANGE and XREVRANGE on data streams straight from a socket's bytes into Blocks.
 *
 * A general Redis parser makes five objects per point (the entry, its id, its list of fields, name, payload), which is most of the
 * time of reading small points. Here each byte is looked at once, and only payloads are copied, once. The grammar is RESP2
 * (redis.io, "Redis serialization protocol specification"): `*2 [key, *N [*2 [id, *F [name, value, ...]]]]` per stream;
 * ranges are the inner part, `*N [*2 [id, *F [...]]]`, and that they are the request tells, not the reply.
 */
import type { Block } from '../../ports/streams.js';
import { sealId } from '../../wire/stream-id.js';
import { BlockBuilder } from './block-builder.js';
import { BlockMemory } from './block-memory.js';
import { takePlainEntries } from './plain-entries.js';
import { digitsIn, indexIn, isText } from './reply-bytes.js';
import { MalformedReply, type XreadReply } from './xread-reply.js';

/** What does not end by then is no number, and no error or status. */
const longestNumber = 20;
const longestLine = 1 << 16;
/** How much room is made for a payload before any of it has come: its length may be wrong. */
const mostAtOnce = 1 << 26;

/** More than the average, so that most blocks fit into what was expected. */
const slack = 1.02;

const CR = 13;
const DIGIT_0 = 48;
const DOLLAR = 36;
const STAR = 42;
const MINUS = 45;
const PLUS = 43;

const utf8 = new TextDecoder();
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const PAYLOAD = ascii('payload');
const LEN = ascii('len');
const ID = ascii('id');
const SEAL = ascii(sealId);

export class XreadParser {
  /** What is being parsed: the chunk at hand, or `rest`. */
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  /** What came before and is not consumed yet, in memory of its own: its first `restSize` bytes. */
  private rest = new Uint8Array(4096);
  private restSize = 0;
  /** How many unconsumed bytes there must be before parsing on makes sense. */
  private needed = 0;
  /** Where in `bytes` the token that is being read would end. */
  private wantedEnd = 0;

  /** How many streams of the present reply are still to come; 0 between replies. */
  private streamsLeft = 0;
  private entriesLeft = 0;
  private builder: BlockBuilder | undefined;
  /** Whether the present reply is that of a range. */
  private isRange = false;

  // The entry at hand.
  private index = 0;
  private isSeal = false;
  private len = 1;
  private sealed = NaN;
  /** How many names and values are still to come; 0 between entries. */
  private fieldsLeft = 0;
  /** How many bytes of its payload, and of the end of line behind it. */
  private payloadLeft = 0;
  private lineEndLeft = 0;
  /** Room is made for its bytes as they come. */
  private isVeryBig = false;

  private blocks: Block[] = [];
  /** How long the payloads of the last block were, a good guess at those of the next. */
  private usualBytes = 0;

  // The token read last: the number after `*` or `$`, or where a bulk string lies in `bytes`.
  private number = 0;
  private start = 0;
  private end = 0;

  /** @param rangeInto where the entries of a reply go that has begun, if it is that of a range */
  constructor(
    private readonly onReply: (reply: XreadReply) => void,
    private readonly memory = new BlockMemory(),
    private readonly rangeInto: (entries: number) => BlockBuilder | undefined = () => undefined,
  ) {}

  /** Takes the next bytes of the connection, and keeps nothing of their memory. Throws {@link MalformedReply}. */
  push(chunk: Uint8Array): void {
    if (this.restSize === 0) this.parse(chunk);
    else {
      this.keep(chunk);
      if (this.restSize >= this.needed) this.parse(this.rest.subarray(0, this.restSize));
    }
  }

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

  /** Consumes the head of a reply, of a stream or of an entry, one of its fields, or what there is of a payload. False when bytes are missing. */
  private step(): boolean {
    if (this.builder === undefined) return this.streamsLeft > 0 ? this.streamHead() : this.replyHead();
    if (this.payloadLeft > 0 || this.lineEndLeft > 0) return this.payload(this.builder);
    return this.fieldsLeft > 0 ? this.field(this.builder) : this.plainEntries(this.builder) || this.entryHead(this.builder);
  }

  private plainEntries(builder: BlockBuilder): boolean {
    const before = builder.entries;
    const at = takePlainEntries(this.bytes, this.at, this.entriesLeft, builder);
    if (at === this.at) return false;
    this.at = at;
    this.entriesLeft -= builder.entries - before;
    if (this.entriesLeft === 0) this.finishStream(builder);
    return true;
  }

  private replyHead(): boolean {
    const mark = this.bytes[this.at];
    if (mark === MINUS || mark === PLUS) {
      const start = this.at + 1;
      const end = this.bytes.indexOf(CR, start);
      if ((end < 0 ? this.bytes.length : end) - start > longestLine) throw new MalformedReply('expected the end of a line');
      if (end < 0 || end + 1 >= this.bytes.length) return false;
      const reply = utf8.decode(this.bytes.subarray(start, end));
      this.at = end + 2;
      this.onReply({ _tag: mark === MINUS ? 'error' : 'status', reply });
      return true;
    }
    if (!this.header(STAR)) return false;
    if (this.number < -1) throw new MalformedReply(`expected a number of streams, received ${this.number}`);
    this.builder = this.rangeInto(this.number);
    if (this.builder !== undefined) {
      this.isRange = true;
      this.entriesLeft = this.number;
      if (this.entriesLeft <= 0) this.finishStream(this.builder);
      return true;
    }
    this.streamsLeft = Math.max(this.number, 0); // -1: none of the streams has anything
    if (this.streamsLeft === 0) this.finishReply();
    return true;
  }

  private streamHead(): boolean {
    if (!this.pair() || !this.bulk()) return false;
    const key = utf8.decode(this.bytes.subarray(this.start, this.end));
    if (!this.header(STAR)) return false;
    if (this.number < 0) throw new MalformedReply('expected entries, received nil');
    this.entriesLeft = this.number;
    this.builder = new BlockBuilder(key, this.entriesLeft, this.usualBytes, this.memory);
    if (this.entriesLeft === 0) this.finishStream(this.builder);
    return true;
  }

  private entryHead(builder: BlockBuilder): boolean {
    if (!this.pair() || !this.bulk()) return false;
    this.isSeal = isText(SEAL, this.bytes, this.start, this.end);
    this.index = indexIn(this.bytes, this.start, this.end);
    if (!this.header(STAR)) return false;
    if (this.number % 2 !== 0) throw new MalformedReply(`expected names and values, received ${this.number} of them`);
    this.fieldsLeft = this.number;
    this.len = 1;
    this.sealed = NaN;
    if (this.fieldsLeft <= 0) this.finishEntry(builder);
    return true;
  }

  private field(builder: BlockBuilder): boolean {
    if (!this.bulk()) return false;
    const nameStart = this.start;
    const nameEnd = this.end;
    if (isText(PAYLOAD, this.bytes, nameStart, nameEnd)) {
      if (!this.header(DOLLAR)) return false;
      if (this.number < 0) throw new MalformedReply('expected a payload, received nil');
      this.payloadLeft = this.number;
      this.lineEndLeft = 2;
      this.isVeryBig = this.number > mostAtOnce;
      builder.reserve(Math.min(this.number, mostAtOnce));
      this.fieldsLeft -= 2;
      return true;
    }
    if (!this.bulk()) return false;
    if (isText(LEN, this.bytes, nameStart, nameEnd)) this.len = digitsIn(this.bytes, this.start, this.end);
    else if (this.isSeal && isText(ID, this.bytes, nameStart, nameEnd)) this.sealed = digitsIn(this.bytes, this.start, this.end);
    this.fieldsLeft -= 2;
    if (this.fieldsLeft <= 0) this.finishEntry(builder);
    return true;
  }

  /** Copies what has arrived of a payload to its place: a big one comes in many pieces, which are not joined anywhere else. */
  private payload(builder: BlockBuilder): boolean {
    const end = Math.min(this.at + this.payloadLeft, this.bytes.length);
    if (this.isVeryBig) builder.reserve(end - this.at);
    builder.append(this.bytes, this.at, end);
    this.payloadLeft -= end - this.at;
    const lineEnd = Math.min(end + this.lineEndLeft, this.bytes.length);
    this.lineEndLeft -= lineEnd - end;
    this.at = lineEnd;
    if (this.payloadLeft === 0 && this.lineEndLeft === 0 && this.fieldsLeft <= 0) this.finishEntry(builder);
    return true;
  }

  private finishEntry(builder: BlockBuilder): void {
    if (this.isSeal) builder.seal(this.sealed);
    else builder.commit(this.index, this.len);
    this.entriesLeft--;
    if (this.entriesLeft === 0) this.finishStream(builder);
  }

  private finishStream(builder: BlockBuilder): void {
    if (this.isRange) {
      this.isRange = false;
      this.builder = undefined;
      this.onReply({ _tag: 'entries' });
      return;
    }
    const block = builder.finish();
    if (block.ends.length > 0) this.usualBytes = (block.bytes.length / block.ends.length) * slack;
    this.blocks.push(block);
    this.builder = undefined;
    this.streamsLeft--;
    if (this.streamsLeft === 0) this.finishReply();
  }

  private finishReply(): void {
    const blocks = this.blocks;
    this.blocks = [];
    this.onReply({ _tag: 'blocks', blocks });
  }

  private pair(): boolean {
    if (!this.header(STAR)) return false;
    if (this.number !== 2) throw new MalformedReply(`expected an array of 2, received one of ${this.number}`);
    return true;
  }

  /** Reads `<mark><number>\r\n` into `number`. */
  private header(mark: number): boolean {
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

  /** Reads a bulk string and leaves where it lies in `start` and `end`. */
  private bulk(): boolean {
    if (!this.header(DOLLAR)) return false;
    if (this.number < 0) throw new MalformedReply('expected a bulk string, received nil');
    const end = this.at + this.number;
    if (end + 2 > this.bytes.length) {
      // Known exactly here, so that a big payload's chunks are not joined again and again.
      this.wantedEnd = end + 2;
      return false;
    }
    this.start = this.at;
    this.end = end;
    this.at = end + 2;
    return true;
  }
}
