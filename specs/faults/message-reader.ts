/** Splits what a client of a gateway sends into its messages, without changing or keeping them. */
import type { Command, Piece } from './request-reader.js';

const headEnd = '\r\n\r\n';
/** How much of a message is looked at to tell what it is. */
const headBytes = 200;

/** Requests for pages, the upgrade, then WebSocket frames: each is a command, named after the call (`read`, `append`, ...) or the first member of the message. */
export class Messages {
  private held: Buffer = Buffer.alloc(0);
  private upgraded = false;
  private command: Command | undefined;
  /** Bytes of the present frame that are still to come, once it is known what it is. */
  private rest = 0;

  push(chunk: Buffer): readonly Piece[] {
    this.held = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    const pieces: Piece[] = [];
    for (;;) {
      const piece = this.command === undefined ? this.begin() : this.take(this.command, this.rest);
      if (piece === undefined) return pieces;
      pieces.push(piece);
    }
  }

  private begin(): Piece | undefined {
    if (this.upgraded) {
      const frame = frameOf(this.held);
      return frame && this.take(frame.command, frame.bytes);
    }
    const end = this.held.indexOf(headEnd);
    if (end < 0) return undefined;
    // The connection may have been used for pages before.
    this.upgraded = /^upgrade: *websocket/im.test(this.held.toString('latin1', 0, end));
    return this.take({ name: this.upgraded ? 'upgrade' : 'GET', args: [] }, end + headEnd.length);
  }

  /** What there is of a command of so many bytes. */
  private take(command: Command, length: number): Piece | undefined {
    if (this.held.length === 0) return undefined;
    const bytes = this.held.subarray(0, length);
    this.held = this.held.subarray(bytes.length);
    this.rest = length - bytes.length;
    this.command = this.rest === 0 ? undefined : command;
    return { command, bytes, last: this.rest === 0 };
  }
}

/** The command at the beginning of these bytes and the length of its frame (RFC 6455, 5.2), once they are enough to tell. */
function frameOf(bytes: Buffer): { readonly command: Command; readonly bytes: number } | undefined {
  if (bytes.length < 2) return undefined;
  const opcode = bytes.readUInt8(0) & 15;
  const short = bytes.readUInt8(1) & 127;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const header = 2 + lengthBytes + 4;
  if (bytes.length < header) return undefined;
  const length = lengthBytes === 2 ? bytes.readUInt16BE(2) : lengthBytes === 8 ? Number(bytes.readBigUInt64BE(2)) : short;
  const known = Math.min(length, headBytes);
  if (bytes.length < header + known) return undefined;
  const mask = bytes.subarray(header - 4, header);
  const text = Buffer.from(bytes.subarray(header, header + known).map((byte, i) => byte ^ (mask[i % 4] ?? 0))).toString();
  return { command: { name: nameOf(opcode, text), args: [text] }, bytes: header + length };
}

function nameOf(opcode: number, text: string): string {
  if (opcode === 1) return /"call":"(\w+)"/.exec(text)?.[1] ?? /^\{"(\w+)"/.exec(text)?.[1] ?? 'text';
  // The only binary message of a client has windows to append.
  return opcode === 2 ? 'append' : `opcode ${opcode}`;
}
