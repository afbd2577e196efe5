/** Memory of blocks that are not used any more, for the next ones: new memory costs the system more than what is put into it. */

/** Smaller blocks are not worth the bookkeeping. */
const leastBytes = 32 << 10;
/** How much may lie idle. */
const mostIdleBytes = 32 << 20;

const smallBytes = 64;

/** Unzeroed memory of its own that starts at a multiple of 8. */
const allocate = (size: number): Uint8Array<ArrayBuffer> => {
  // The engine has room of its own for the smallest arrays.
  if (size <= smallBytes) return new Uint8Array(size);
  const buffer = Buffer.allocUnsafeSlow(size);
  return new Uint8Array(buffer.buffer, 0, size);
};

export class BlockMemory {
  private readonly idle: Uint8Array<ArrayBuffer>[] = [];
  private idleBytes = 0;

  /** At least so many bytes; not more than twice as many, for a block holds its memory as long as somebody holds its points. */
  take(size: number): Uint8Array<ArrayBuffer> {
    const found = size < leastBytes ? -1 : this.idle.findIndex((bytes) => bytes.length >= size && bytes.length <= size * 2);
    const [bytes] = found < 0 ? [] : this.idle.splice(found, 1);
    if (bytes === undefined) return allocate(size);
    this.idleBytes -= bytes.length;
    return bytes;
  }

  /** Takes back what came from {@link take}, or a part of it. */
  give({ buffer }: Uint8Array): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < leastBytes || this.idleBytes + buffer.byteLength > mostIdleBytes) return;
    this.idle.push(new Uint8Array(buffer));
    this.idleBytes += buffer.byteLength;
  }
}
