/**
 * Hot path: parses replies of XREAD, XRANGE and XREVRANGE on data streams into Blocks.
 *
 * A general Redis parser makes five objects per point (the entry, its id, its list of fields, name, payload), which takes most of the time
 * of reading small points. This one reads each byte once, and copies only payloads, once.
 *
 * XREAD answers `*2 [key, *N [*2 [id, *F [name, value, ...]]]]` for each stream. Ranges answer the inner part,
 * `*N [*2 [id, *F [...]]]`: only the request distinguishes the two.
 */
import type { Block } from '../../ports/streams.js';
import { sealId } from '../../wire/stream-id.js';
import { BlockBuilder, BlockMemory } from './block-builder.js';
import { digitsIn, indexIn, isText, MalformedReply, TokenReader } from './token-reader.js';

export type BulkReply =
  | { readonly _tag: 'blocks'; readonly blocks: readonly Block[] }
  /** All entries of a range are in the builder that was given for them. */
  | { readonly _tag: 'entries' }
  /** A status such as OK answers commands about the connection itself. */
  | { readonly _tag: 'status' | 'error'; readonly reply: string };

/** How much room is reserved for a payload before any of it has come: its length may be wrong. */
const mostReserved = 1 << 26;

/** Expected sizes are slightly above the average, so that most blocks fit. */
const slack = 1.02;

// Not imported: the engine inlines a module's own constants only.
const CR = 13;
const DIGIT_0 = 48;
const DOLLAR = 36;
const STAR = 42;
const MINUS = 45;
const PLUS = 43;

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const PAYLOAD = ascii('payload');
const LEN = ascii('len');
const ID = ascii('id');
const SEAL = ascii(sealId);

export class ReplyParser extends TokenReader {
  /** How many streams of the current reply are left; 0 between replies. */
  private streamsLeft = 0;
  private entriesLeft = 0;
  /** Undefined between streams. */
  private builder: BlockBuilder | undefined;
  private isRange = false;

  // The current entry.
  private index = 0;
  private isSeal = false;
  private len = 1;
  private sealed = NaN;
  /** How many names and values are left; 0 between entries. */
  private fieldsLeft = 0;
  /** How many bytes of its payload are left, and of the line end after it. */
  private payloadLeft = 0;
  private lineEndLeft = 0;
  /** Room is reserved as the bytes come. */
  private isHuge = false;

  private blocks: Block[] = [];
  /** The average payload of the last block: a good guess for the next. */
  private usualBytes = 0;

  /** @param rangeInto the builder for the entries of the reply that begins, if it answers a range */
  constructor(
    private readonly onReply: (reply: BulkReply) => void,
    private readonly memory = new BlockMemory(),
    private readonly rangeInto: (entries: number) => BlockBuilder | undefined = () => undefined,
  ) {
    super();
  }

  /** Consumes the head of a reply, stream or entry, a field, or whatever has come of a payload. */
  protected step(): boolean {
    if (this.builder === undefined) return this.streamsLeft > 0 ? this.streamHead() : this.replyHead();
    if (this.payloadLeft > 0 || this.lineEndLeft > 0) return this.payload(this.builder);
    return this.fieldsLeft > 0 ? this.field(this.builder) : this.plainEntries(this.builder) || this.entryHead(this.builder);
  }

  private replyHead(): boolean {
    const mark = this.bytes[this.at];
    if (mark === MINUS || mark === PLUS) {
      const reply = this.line();
      if (reply === undefined) return false;
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
    this.streamsLeft = Math.max(this.number, 0); // -1: no stream has anything
    if (this.streamsLeft === 0) this.finishReply();
    return true;
  }

  private streamHead(): boolean {
    if (!this.pair() || !this.bulk()) return false;
    const key = this.text();
    if (!this.header(STAR)) return false;
    if (this.number < 0) throw new MalformedReply('expected entries, received nil');
    this.entriesLeft = this.number;
    this.builder = new BlockBuilder(key, this.entriesLeft, this.usualBytes, this.memory);
    if (this.entriesLeft === 0) this.finishStream(this.builder);
    return true;
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
      this.isHuge = this.number > mostReserved;
      builder.reserve(Math.min(this.number, mostReserved));
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

  /** Copies whatever has come of a payload to its final place: the pieces of a large one are joined nowhere else. */
  private payload(builder: BlockBuilder): boolean {
    const end = Math.min(this.at + this.payloadLeft, this.bytes.length);
    if (this.isHuge) builder.reserve(end - this.at);
    builder.append(this.bytes, this.at, end);
    this.payloadLeft -= end - this.at;
    const lineEnd = Math.min(end + this.lineEndLeft, this.bytes.length);
    this.lineEndLeft -= lineEnd - end;
    this.at = lineEnd;
    if (this.payloadLeft === 0 && this.lineEndLeft === 0 && this.fieldsLeft <= 0) this.finishEntry(builder);
    return true;
  }

  /** Where the next bytes of the connection belong if they are those of a payload. */
  get place(): Uint8Array | undefined {
    return this.payloadLeft > 0 ? this.builder?.place(this.payloadLeft) : undefined;
  }

  /** Instead of pushing: this many bytes are at their {@link place} already. */
  placed(bytes: number): void {
    this.builder?.placed(bytes);
    this.payloadLeft -= bytes;
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
}

// --- The hottest path ----------------------------------------------------------------------------------------

/** Four bytes as one number: one comparison instead of four. */
const word = (text: string, at = 0): number => new DataView(ascii(text).buffer).getInt32(at);
const between = '\r\n*2\r\n$7\r\npayload\r\n$';
const [between0, between4, between8, between12, between16] = [word(between), word(between, 4), word(between, 8), word(between, 12), word(between, 16)];
const beforeId = word('*2\r\n');
/** Longer ids belong to the seal, or to indices that a double cannot represent. */
const longestId = 17;
/** What comes before the length of a payload is no longer than this. */
const longestHead = '*2\r\n$17\r\n'.length + longestId + between.length;

/**
 * Adds consecutive entries of the commonest form, `*2 [id, *2 [payload, bytes]]`, each complete within `bytes`, to the builder: at most
 * `most`. Returns where the first other entry begins, which is left to the parser. Without a call for each token it takes a third of the time.
 */
function takePlainEntries(bytes: Uint8Array, start: number, most: number, builder: BlockBuilder): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const last = bytes.length - longestHead;
  let next = start;
  for (let taken = 0; taken < most && next <= last; taken++) {
    let at = next;
    if (words.getInt32(at) !== beforeId || bytes[at + 4] !== DOLLAR) return next;
    at += 5;

    let idLength = 0;
    for (let digit = (bytes[at] ?? 0) - DIGIT_0; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - DIGIT_0) idLength = idLength * 10 + digit;
    // With zeros in front, the length itself may have any length.
    if (bytes[at] !== CR || idLength > longestId || at > next + '*2\r\n$17'.length) return next;
    at += 2;

    const idEnd = at + idLength;
    let index = 0;
    for (; at < idEnd && bytes[at] !== MINUS; at++) {
      const digit = (bytes[at] ?? 0) - DIGIT_0;
      if (!(digit >= 0 && digit <= 9)) return next;
      index = index * 10 + digit;
    }
    at = idEnd;

    if (words.getInt32(at) !== between0 || words.getInt32(at + 4) !== between4 || words.getInt32(at + 8) !== between8) return next;
    if (words.getInt32(at + 12) !== between12 || words.getInt32(at + 16) !== between16) return next;
    at += between.length;

    let length = 0;
    for (let digit = (bytes[at] ?? 0) - DIGIT_0; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - DIGIT_0) length = length * 10 + digit;
    if (bytes[at] !== CR) return next;
    at += 2;
    const end = at + length + 2;
    if (end > bytes.length) return next;

    builder.reserve(length);
    builder.append(bytes, at, at + length);
    builder.commit(index, 1);
    next = end;
  }
  return next;
}
