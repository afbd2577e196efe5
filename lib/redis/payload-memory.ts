/** Memory of payloads, given out again once the server has them: fresh memory costs more than copying into it, and piles up as garbage. */

/** Smaller payloads cost nothing. */
const least = 4096;
/** How much may lie idle: some more than a writer has on its way. */
const mostKept = 16 << 20;

export class PayloadMemory {
  /** By size. */
  private readonly idle = new Map<number, ArrayBuffer[]>();
  private kept = 0;
  private readonly lent = new WeakSet<Uint8Array>();

  readonly take = (bytes: number): Uint8Array => {
    if (bytes < least) return new Uint8Array(bytes);
    const size = sizeFor(bytes);
    const buffer = this.idle.get(size)?.pop();
    if (buffer !== undefined) this.kept -= size;
    const payload = new Uint8Array(buffer ?? new ArrayBuffer(size), 0, bytes);
    this.lent.add(payload);
    return payload;
  };

  /** Takes a payload back that nothing uses any more; one that is not from here, or only a part, is left to the garbage collector. */
  give(payload: Uint8Array): void {
    const { buffer } = payload;
    if (!this.lent.delete(payload) || !(buffer instanceof ArrayBuffer)) return;
    const size = buffer.byteLength;
    if (this.kept + size > mostKept) this.makeRoom(size);
    if (this.kept + size > mostKept) return;
    this.kept += size;
    const alike = this.idle.get(size);
    if (alike === undefined) this.idle.set(size, [buffer]);
    else alike.push(buffer);
  }

  clear(): void {
    this.idle.clear();
    this.kept = 0;
  }

  /** Drops memory of other sizes, which may never be asked for again. */
  private makeRoom(size: number): void {
    for (const [other, buffers] of this.idle) {
      if (other === size) continue;
      while (this.kept + size > mostKept && buffers.pop() !== undefined) this.kept -= other;
    }
  }
}

/** Payloads of about the same size share their memory: an eighth may be left over. */
function sizeFor(bytes: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
