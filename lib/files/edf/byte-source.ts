/** The bytes of a file, read from its beginning to its end, plain or gzipped. */
import { once } from 'node:events';
import { close, createReadStream, fstat, read } from 'node:fs';
import { promisify } from 'node:util';
import { constants, createGunzip } from 'node:zlib';
import { blissdataError } from '../../model/errors.js';
import { reasonOf } from '../os-error.js';

export interface ByteSource {
  /** Whether `moveTo` works: a gzipped file can only be unpacked from its beginning. */
  readonly canSeek: boolean;
  readonly position: number;
  /** The next bytes, fewer only at the end; the position stays. */
  peek(count: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The next bytes, fewer only at the end. */
  next(count: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Only if `canSeek`. */
  moveTo(position: number): void;
  /** Passes over bytes. Whether there were that many. */
  skip(count: number): Promise<boolean>;
  /** Releases the memory of what has been read. */
  compact(): void;
  close(): Promise<void>;
}

const [readFrom, statOf, closeFile] = [promisify(read), promisify(fstat), promisify(close)];

/** Reads an open file, which errors call `name`, and owns it: a rejection with `FileNotReadable` closes it. */
export async function openByteSource(descriptor: number, name: string): Promise<ByteSource> {
  const plain = new PlainFile(descriptor, name);
  try {
    const [first, second] = await plain.peek(2);
    return first === 0x1f && second === 0x8b ? new GzippedFile(descriptor, name) : plain;
  } catch (error) {
    await plain.close();
    throw error;
  }
}

const unreadable = (path: string, cause: unknown): Error => blissdataError('FileNotReadable', { path, reason: reasonOf(cause) }, cause);

class PlainFile implements ByteSource {
  readonly canSeek = true;
  position = 0;

  constructor(
    private readonly descriptor: number,
    private readonly name: string,
  ) {}

  async peek(count: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const { size } = await statOf(this.descriptor);
      // A header may claim more bytes than the file has: allocate only what can be filled.
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

  compact(): void {
    // It keeps no bytes.
  }

  close(): Promise<void> {
    return closeFile(this.descriptor);
  }
}

class GzippedFile implements ByteSource {
  readonly canSeek = false;
  position = 0;
  private readonly source;
  private readonly pieces;
  private held: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(
    descriptor: number,
    private readonly name: string,
  ) {
    this.source = createReadStream('', { fd: descriptor, start: 0 });
    // A file that is still being written ends early, which is not an error here.
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
    // A copy, which is aligned and does not retain the memory of the neighbouring images.
    const bytes = this.held.slice(0, count);
    this.held = this.held.subarray(bytes.length);
    this.position += bytes.length;
    return bytes;
  }

  moveTo(): never {
    throw new Error('a gzipped file cannot seek');
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

  compact(): void {
    this.held = this.held.slice();
  }

  async close(): Promise<void> {
    await this.pieces.return?.();
    this.source.destroy();
    if (!this.source.closed) await once(this.source, 'close'); // closes the descriptor
  }

  /** Unpacks until that many bytes are held, or the file ends. */
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

/** Concatenates pieces; a single one is returned as it is. */
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
