/** Splits a client's bytes into commands, without changing or keeping them. */

/** A command under way. */
export interface Command {
  /** In capitals. */
  readonly name: string;
  /** The first few arguments, the name left out, each cut off after some characters. */
  readonly args: readonly string[];
}

/** Bytes of one command, not all of them if `last` is false. */
export interface Piece {
  readonly command: Command;
  readonly bytes: Buffer;
  readonly last: boolean;
}

const headArguments = 6;
const headCharacters = 64;

/** Splits requests as they come (RESP2) into pieces of commands; holds bytes back until it can tell which command it is. */
export class Requests {
  private held: Buffer[] = [];
  private line = '';
  /** How many arguments are still to come, once that is known. */
  private missing: number | undefined;
  /** How many bytes of the present argument are still to come, its line end included. */
  private rest = 0;
  private words: string[] = [];
  private command: Command | undefined;

  push(chunk: Buffer): readonly Piece[] {
    const pieces: Piece[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; ) {
      at = this.rest > 0 ? this.inArgument(chunk, at) : this.inLine(chunk, at);
      if (this.missing !== 0) continue;
      pieces.push(this.piece(chunk.subarray(start, at), true));
      start = at;
    }
    if (start < chunk.length) {
      if (this.words.length > headArguments) pieces.push(this.piece(chunk.subarray(start), false));
      else this.held.push(chunk.subarray(start));
    }
    return pieces;
  }

  private inLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf('\n', at);
    this.line += chunk.toString('latin1', at, end < 0 ? chunk.length : end);
    if (end < 0) return chunk.length;
    const count = Number(this.line.slice(1));
    if (!/^[*$]\d+\r$/.test(this.line)) throw new Error(`a request that is none: ${JSON.stringify(this.line)}`);
    if (this.line.startsWith('*')) this.missing = count;
    else {
      this.rest = count + 2;
      if (this.words.length <= headArguments) this.words.push('');
    }
    this.line = '';
    return end + 1;
  }

  private inArgument(chunk: Buffer, at: number): number {
    const end = Math.min(at + this.rest, chunk.length);
    const word = this.words.length - 1;
    const known = this.words[word] ?? '';
    if (this.command === undefined && known.length < headCharacters) this.words[word] = known + chunk.toString('latin1', at, Math.min(end, at + headCharacters));
    this.rest -= end - at;
    if (this.rest === 0) this.missing = (this.missing ?? 1) - 1;
    return end;
  }

  private piece(bytes: Buffer, last: boolean): Piece {
    const [name = '', ...args] = this.words.map((word) => word.replace(/\r\n$/, ''));
    this.command ??= { name: name.toUpperCase(), args };
    const piece = { command: this.command, bytes: Buffer.concat([...this.held, bytes]), last };
    this.held = [];
    if (last) {
      this.words = [];
      this.missing = undefined;
      this.command = undefined;
    }
    return piece;
  }
}
