/** A file read from its begin to its end, plain or gzipped. */
import { once } from 'node:events';
import { close, createReadStream, fstat, read } from 'node:fs';
import { promisify } from 'node:util';
import { constants, createGunzip } from 'node:zlib';
import { blissdataError } from '../model/errors.js';
import { hostReason } from './host-error.js';

export interface Bytes {
  /** Whether any position can be gone to at once. */
  readonly isPlain: boolean;
  readonly position: number;
  /** The next bytes, fewer only at the end, without passing over them. */
  peek(count: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The next bytes, fewer only at the end. */
  next(count: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Goes to a position; only where `isPlain`. */
  moveTo(position: number): void;
  /** Passes over bytes; whether there were that many. */
  skip(count: number): Promise<boolean>;
  /** Keeps no memory of what has been read. */
  letGo(): void;
  close(): Promise<void>;
}

const [readFrom, statOf, closeFile] = [promisify(read), promisify(fstat), promisify(close)];

/** Of an open file, which is closed with them; `name` is what errors call it. Rejects with `FileNotReadable`, the file closed. */
export async function openBytes(descriptor: number, name: string): Promise<Bytes> {
  const plain = new PlainBytes(descriptor, name);
  try {
    const [first, second] = await plain.peek(2);
    return first === 0x1f && second === 0x8b ? new GzippedBytes(descriptor, name) : plain;
  } catch (error) {
    await plain.close();
    throw error;
  }
}

const unreadable = (path: string, cause: unknown): Error => blissdataError('FileNotReadable', { path, reason: hostReason(cause) }, cause);

class PlainBytes implements Bytes {
  readonly isPlain = true;
  position = 0;

  constructor(
    private readonly descriptor: number,
    private readonly name: string,
  ) {}

  async peek(count: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const { size } = await statOf(this.descriptor);
      // No more memory than there is to fill it, whatever a header claims.
      const bytes = new Uint8Array(Math.max(0, Math.min(count, size - this.position)));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await readFrom(this.descriptor, bytes, filled, bytes.length - filled, this.position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } catch (cause) {
      throw unreadable(this.name, cause);
    }
  }

  async next(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.peek(count);
    this.position += bytes.length;
    return bytes;
  }

  moveTo(position: number): void {
    this.position = position;
  }

  async skip(count: number): Promise<boolean> {
    const { size } = await statOf(this.descriptor);
    this.position += count;
    return this.position <= size;
  }

  letGo(): void {
    // It holds none.
  }

  close(): Promise<void> {
    return closeFile(this.descriptor);
  }
}

class GzippedBytes implements Bytes {
  readonly isPlain = false;
  position = 0;
  private readonly source;
  private readonly pieces;
  private held: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(
    descriptor: number,
    private readonly name: string,
  ) {
    this.source = createReadStream('', { fd: descriptor, start: 0 });
    // A file that is still being written ends early, which is no error here.
    const unzipped = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
    this.source.on('error', (error) => unzipped.destroy(error));
    this.pieces = this.source.pipe(unzipped).iterator({ destroyOnReturn: true }) as AsyncIterableIterator<Uint8Array>;
  }

  async peek(count: number): Promise<Uint8Array<ArrayBuffer>> {
    await this.hold(count);
    return this.held.subarray(0, count);
  }

  async next(count: number): Promise<Uint8Array<ArrayBuffer>> {
    await this.hold(count);
    // A copy: the image must not keep the memory of its neighbours, and is aligned so.
    const bytes = this.held.slice(0, count);
    this.held = this.held.subarray(bytes.length);
    this.position += bytes.length;
    return bytes;
  }

  moveTo(): never {
    throw new Error('what is packed is read from its begin to its end');
  }

  async skip(count: number): Promise<boolean> {
    let left = count;
    while (left > 0) {
      if (this.held.length === 0) await this.hold(1);
      if (this.held.length === 0) return false;
      const some = Math.min(left, this.held.length);
      this.held = this.held.subarray(some);
      this.position += some;
      left -= some;
    }
    return true;
  }

  letGo(): void {
    this.held = this.held.slice();
  }

  async close(): Promise<void> {
    await this.pieces.return?.();
    this.source.destroy();
    if (!this.source.closed) await once(this.source, 'close'); // with which the file is
  }

  /** Unpacks until so many bytes are held, or there are no more. */
  private async hold(count: number): Promise<void> {
    const pieces = [this.held];
    let length = this.held.length;
    try {
      while (length < count) {
        const piece = await this.pieces.next();
        if (piece.done === true) break;
        pieces.push(Uint8Array.from(piece.value));
        length += piece.value.length;
      }
    } catch (cause) {
      throw unreadable(this.name, cause);
    }
    if (pieces.length > 1) this.held = joined(pieces, length);
  }
}

/** Pieces of memory as one; a single one as it is. */
export function joined(pieces: readonly Uint8Array<ArrayBuffer>[], length: number): Uint8Array<ArrayBuffer> {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
