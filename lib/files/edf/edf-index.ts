/** Where the images of an EDF file begin, so that each header is passed over once only, however often the file is read while it grows. */
import type { BigIntStats } from 'node:fs';
import type { Bytes } from '../bytes.js';

/** Of so many files the places of the images are remembered. */
const MOST_FILES = 32;
/** So much of a file's begin tells it from another one. */
const HEAD_BYTES = 512;

export class EdfIndex {
  private readonly begins: number[] = [];
  /** Behind the last image that is known. */
  end = 0;

  constructor(private readonly head: Uint8Array) {}

  /** How many images are known. */
  get length(): number {
    return this.begins.length;
  }

  /** Where an image begins; behind the last one, where the next would. */
  beginOf(index: number): number {
    return this.begins[index] ?? this.end;
  }

  /** Another image, unless it is known. */
  add(begin: number, end: number): void {
    if (begin !== this.end) return;
    this.begins.push(begin);
    this.end = end;
  }

  /** Whether it is of the file that begins so and is so long. */
  fits(head: Uint8Array, size: bigint): boolean {
    return size >= this.end && this.head.every((byte, n) => byte === head[n]);
  }
}

export class EdfIndexes {
  private readonly indexes = new Map<string, EdfIndex>();

  /** Of an open file: what is known of it, or a new one. The images of a packed file have no place that could be gone to. */
  async of(bytes: Bytes, { dev, ino, size }: BigIntStats): Promise<EdfIndex> {
    const head = await bytes.peek(HEAD_BYTES);
    if (!bytes.isPlain) return new EdfIndex(head);
    const key = `${dev}:${ino}`;
    const known = this.indexes.get(key);
    const index = known?.fits(head, size) === true ? known : new EdfIndex(head.slice());
    // The one used last is the last one.
    this.indexes.delete(key);
    this.indexes.set(key, index);
    for (const oldest of this.indexes.keys()) {
      if (this.indexes.size <= MOST_FILES) break;
      this.indexes.delete(oldest);
    }
    return index;
  }

  forget({ dev, ino }: BigIntStats): void {
    this.indexes.delete(`${dev}:${ino}`);
  }
}
