/** Encodes requests to Redis for the socket: large payloads stay where they are, all else is gathered in one buffer. */

/** A smaller payload is copied: a piece of its own costs the socket more. */
const ownPiece = 8192;
const carriageReturn = 13;
const lineFeed = 10;
/** Room for an integer as an argument, its length and line ends included. */
const integerRoom = 32;

/** How much of a payload goes into the buffer. */
export const copiedBytes = ({ length }: Uint8Array): number => (length < ownPiece ? length : 0);

export class RequestBytes {
  private pieces: Buffer[] = [];
  private begun = 0;
  private at = 0;

  /** @param buffer filled first; nothing else may write to it while its bytes are on their way */
  constructor(private buffer: Buffer) {}

  /** Begins a request of this many arguments, its name included. */
  begin(args: number): void {
    this.reserve(integerRoom);
    this.number('*', args);
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.reserve(length + integerRoom);
    this.number('$', length);
    this.at += this.buffer.write(value, this.at);
    this.lineEnd();
  }

  /** @param value an integer from 0 */
  integer(value: number): void {
    this.reserve(2 * integerRoom);
    const digits = digitsOf(value);
    this.number('$', digits);
    this.digits(value, digits);
    this.lineEnd();
  }

  /** The id of an entry, `<index>-1`. */
  entryId(index: number): void {
    this.reserve(2 * integerRoom);
    const digits = digitsOf(index);
    this.number('$', digits + 2);
    this.digits(index, digits);
    this.buffer[this.at++] = 45;
    this.buffer[this.at++] = 49;
    this.lineEnd();
  }

  /** A large one is not copied: it must stay as it is until the server has it. */
  payload(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length >= ownPiece) {
      this.reserve(integerRoom);
      this.number('$', length);
      this.flush();
      this.pieces.push(Buffer.from(bytes.buffer, bytes.byteOffset, length));
    } else {
      this.reserve(length + integerRoom);
      this.number('$', length);
      // `set` takes as long for a few bytes as for a hundred.
      if (length > 24) this.buffer.set(bytes, this.at);
      else for (let i = 0; i < length; i++) this.buffer[this.at + i] = bytes[i] ?? 0;
      this.at += length;
    }
    this.lineEnd();
  }

  /** The pieces since the last call. Large payloads come without their line end, which comes first in the next piece. */
  cut(): readonly Buffer[] {
    if (this.pieces.length === 0) this.flush();
    const { pieces } = this;
    this.pieces = [];
    return pieces;
  }

  /** The rest. */
  end(): readonly Buffer[] {
    this.flush();
    return this.cut();
  }

  private flush(): void {
    if (this.at > this.begun) this.pieces.push(this.buffer.subarray(this.begun, this.at));
    this.begun = this.at;
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    this.flush();
    this.buffer = Buffer.allocUnsafeSlow(Math.max(bytes, 1 << 16));
    this.at = 0;
    this.begun = 0;
  }

  private number(mark: '*' | '$', value: number): void {
    this.buffer[this.at++] = mark === '*' ? 42 : 36;
    this.digits(value, digitsOf(value));
    this.lineEnd();
  }

  private digits(value: number, count: number): void {
    let left = value;
    for (let i = this.at + count - 1; i >= this.at; i--) {
      const rest = Math.floor(left / 10);
      this.buffer[i] = 48 + (left - rest * 10);
      left = rest;
    }
    this.at += count;
  }

  private lineEnd(): void {
    this.buffer[this.at++] = carriageReturn;
    this.buffer[this.at++] = lineFeed;
  }
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}
