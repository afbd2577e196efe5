/** The superblock of an HDF5 file: where it is, its version, and how addresses are written. */
import { fstatSync, readSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { ByteView } from './byte-view.js';

const signature = '\x89HDF\r\n\x1a\n';

/** The newest version that the library (HDF5 1.14) reads. */
export const NEWEST_SUPERBLOCK = 3;

export interface Superblock {
  /** Its offset in the file, from which addresses count. */
  readonly base: number;
  readonly version: number;
  readonly addressSize: number;
  readonly lengthSize: number;
  /** Whether the file is open for writing in SWMR mode, or its writer died while it was. */
  readonly isSwmr: boolean;
}

/** The consistency flags, from version 3 on: open for writing, and for SWMR (HDF5 File Format Specification 3.0, II.A). */
const SWMR_FLAGS = 0x01 | 0x04;

/** The offset of the HDF5 signature: 0, or after a user block 512, 1024, 2048, ...; null if there is none. */
function findSignature(descriptor: number): number | null {
  const { size } = fstatSync(descriptor);
  const bytes = Buffer.alloc(signature.length);
  for (let offset = 0; offset < size; offset = offset === 0 ? 512 : offset * 2) {
    if (readSync(descriptor, bytes, 0, bytes.length, offset) === bytes.length && bytes.toString('latin1') === signature) return offset;
  }
  return null;
}

/** Reads the superblock of a file. Throws an Error if there is none. */
export function superblockOf(descriptor: number): Superblock {
  const base = findSignature(descriptor);
  if (base === null) throw new Error('it has no HDF5 signature');
  const bytes = new Uint8Array(16);
  readSync(descriptor, bytes, 0, bytes.length, base);
  const view = new ByteView(bytes);
  view.at = signature.length;
  const version = view.uint(1);
  view.at = version < 2 ? 13 : 9;
  const [addressSize, lengthSize, flags] = [view.uint(1), view.uint(1), view.uint(1)];
  return { base, version, addressSize, lengthSize, isSwmr: version >= 3 && (flags & SWMR_FLAGS) === SWMR_FLAGS };
}

/** Whether a file is being written in SWMR mode; false if it is not HDF5. */
export function isSwmr(descriptor: number): boolean {
  const superblock = E.tryCatch(() => superblockOf(descriptor), E.toError);
  return E.isRight(superblock) && superblock.right.isSwmr;
}
