/** A file read from its begin to its end, plain or gzipped. */
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { constants, createGunzip } from 'node:zlib';
import { blissdataError } from '../model/errors.js';
import { hostReason } from './host-error.js';

export interface Bytes {
  /** The next bytes, fewer only at the end, without passing over them. */
  peek(count: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The next bytes, fewer only at the end. */
  next(count: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Passes over bytes; whether there were that many. */
  skip(count: number): Promise<boolean>;
  close(): Promise<void>;
}

/** `name` is what errors call the file. Rejects with `FileNotReadable`. */
export async function openBytes(path: string, name: string): Promise<Bytes> {
  try {
    const file = await open(path, 'r');
    const plain = new PlainBytes(file, name);
    const [first, second] = await plain.peek(2);
    if (first !== 0x1f || second !== 0x8b) return plain;
    await plain.close();
    return new GzippedBytes(path, name);
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

const unreadable = (path: string, cause: unknown): Error => blissdataError('FileNotReadable', { path, reason: hostReason(cause) }, cause);

class PlainBytes implements Bytes {
  private position = 0;

  constructor(
    private readonly file: FileHandle,
    private readonly name: string,
  ) {}

  async peek(count: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const { size } = await this.file.stat();
      // No more memory than there is to fill it, whatever a header claims.
      const bytes = new Uint8Array(Math.max(0, Math.min(count, size - this.position)));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await this.file.read(bytes, filled, bytes.length - filled, this.position + filled);
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

  async skip(count: number): Promise<boolean> {
    const { size } = await this.file.stat();
    this.position += count;
    return this.position <= size;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

class GzippedBytes implements Bytes {
  private readonly source;
  private readonly pieces;
  private held: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(
    path: string,
    private readonly name: string,
  ) {
    this.source = createReadStream(path);
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
    return bytes;
  }

  async skip(count: number): Promise<boolean> {
    let left = count;
    while (left > 0) {
      if (this.held.length === 0) await this.hold(1);
      if (this.held.length === 0) return false;
      const some = Math.min(left, this.held.length);
      this.held = this.held.subarray(some);
      left -= some;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.pieces.return?.();
    this.source.destroy();
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
