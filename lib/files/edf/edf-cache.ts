/** What is kept of EDF files between reads, so that a file that is read image by image is not passed over again for each image. */
import type { BigIntStats } from 'node:fs';
import type { ByteSource } from './byte-source.js';
import type { EdfHeader } from './edf-format.js';

// --- Plain files: where their images begin -------------------------------------------------------------------

const MOST_INDEXES = 32;
/** How many bytes of a file's beginning are compared to detect that it is another file. */
const HEAD_BYTES = 512;

/** The offsets of the images of one file, as far as it has been read. */
export class EdfIndex {
  private readonly offsets: number[] = [];
  /** The end of the last known image. */
  end = 0;

  constructor(private readonly head: Uint8Array) {}

  /** How many images are known. */
  get length(): number {
    return this.offsets.length;
  }

  /** Where an image begins; the end of the last one if it is not known. */
  offsetOf(index: number): number {
    return this.offsets[index] ?? this.end;
  }

  /** Adds the next image, unless it is known already. */
  add(begin: number, end: number): void {
    if (begin !== this.end) return;
    this.offsets.push(begin);
    this.end = end;
  }

  /** Whether this index can be that of a file with this beginning and size. */
  fits(head: Uint8Array, size: bigint): boolean {
    return size >= this.end && this.head.every((byte, n) => byte === head[n]);
  }
}

/** The indexes of the files that were read last. */
export class EdfIndexes {
  private readonly indexes = new Map<string, EdfIndex>();

  /** The index of an open file, or a new one. A packed file gets none that is kept, as it has no offsets to seek to. */
  async of(bytes: ByteSource, { dev, ino, size }: BigIntStats): Promise<EdfIndex> {
    const head = await bytes.peek(HEAD_BYTES);
    if (!bytes.canSeek) return new EdfIndex(head);
    const key = `${dev}:${ino}`;
    const known = this.indexes.get(key);
    const index = known?.fits(head, size) === true ? known : new EdfIndex(head.slice());
    // A Map keeps the order of insertion: the least recently used comes first.
    this.indexes.delete(key);
    this.indexes.set(key, index);
    for (const oldest of this.indexes.keys()) {
      if (this.indexes.size <= MOST_INDEXES) break;
      this.indexes.delete(oldest);
    }
    return index;
  }

  forget({ dev, ino }: BigIntStats): void {
    this.indexes.delete(`${dev}:${ino}`);
  }
}

// --- Packed files: open where reading stopped ----------------------------------------------------------------

/** In the whole process: each takes some hundred kilobytes. They do not keep the process alive. */
const MOST_OPEN_FILES = 4;

/** A packed file that has been read up to an image, from which the next read may go on without unpacking it from the start. */
export interface PartlyRead {
  readonly bytes: ByteSource;
  /** How many images have been read or passed over; `bytes` is at the next one. */
  readonly passed: number;
  /** The header of the first image. */
  readonly first: EdfHeader;
}

const openFiles = new Map<string, PartlyRead>();

/** Changes with every write to the file. */
const versionOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string => [dev, ino, size, mtimeNs, ctimeNs].join(':');

/** Takes an open file that is at this image or before it; undefined if there is none. The caller owns it from now on. */
export function takeOpenFile(stats: BigIntStats, image: number): PartlyRead | undefined {
  const key = versionOf(stats);
  const found = openFiles.get(key);
  if (found === undefined || found.passed > image) return undefined;
  openFiles.delete(key);
  return found;
}

/** Keeps a file open for the next read. If there are too many, the one kept longest is closed. */
export async function keepOpen(stats: BigIntStats, file: PartlyRead): Promise<void> {
  const key = versionOf(stats);
  const surplus = [openFiles.get(key)];
  openFiles.delete(key);
  file.bytes.compact();
  openFiles.set(key, file);
  for (const [oldest, old] of openFiles) {
    if (openFiles.size <= MOST_OPEN_FILES) break;
    openFiles.delete(oldest);
    surplus.push(old);
  }
  for (const each of surplus) await each?.bytes.close();
}
