/** Where an HDF5 file begins, and what its superblock says of how addresses are written. */
import { fstatSync, readSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { ByteView } from './byte-view.js';

const signature = '\x89HDF\r\n\x1a\n';

/** Of a superblock that the library (HDF5 1.14) knows. */
export const NEWEST_SUPERBLOCK = 3;

export interface Superblock {
  /** Where it lies: addresses count from there on. */
  readonly base: number;
  readonly version: number;
  readonly addressSize: number;
  readonly lengthSize: number;
  /** Whether somebody writes it for readers at present (SWMR), or was ended while doing so. */
  readonly isWrittenForReaders: boolean;
}

/** Of the flags of consistency, which superblocks have from version 3 on: open for writing, and for readers beside (HDF5 File Format Specification 3.0, II.A). */
const WRITTEN_FOR_READERS = 0x01 | 0x04;

/** Where a file has the signature of HDF5, at its begin or after a block of the user's: at 512 bytes, or twice as far as often as need be; null if it has none. */
function findSignature(descriptor: number): number | null {
  const { size } = fstatSync(descriptor);
  const bytes = Buffer.alloc(signature.length);
  for (let offset = 0; offset < size; offset = offset === 0 ? 512 : offset * 2) {
    if (readSync(descriptor, bytes, 0, bytes.length, offset) === bytes.length && bytes.toString('latin1') === signature) return offset;
  }
  return null;
}

/** Throws an Error if there is none. */
export function superblockOf(descriptor: number): Superblock {
  const base = findSignature(descriptor);
  if (base === null) throw new Error('it has no signature of HDF5');
  const bytes = new Uint8Array(16);
  readSync(descriptor, bytes, 0, bytes.length, base);
  const view = new ByteView(bytes);
  view.at = signature.length;
  const version = view.uint(1);
  view.at = version < 2 ? 13 : 9;
  const [addressSize, lengthSize, flags] = [view.uint(1), view.uint(1), view.uint(1)];
  return { base, version, addressSize, lengthSize, isWrittenForReaders: version >= 3 && (flags & WRITTEN_FOR_READERS) === WRITTEN_FOR_READERS };
}

/** Whether somebody writes a file for readers at present; what is no HDF5 file is not. */
export function isWrittenForReaders(descriptor: number): boolean {
  const superblock = E.tryCatch(() => superblockOf(descriptor), E.toError);
  return E.isRight(superblock) && superblock.right.isWrittenForReaders;
}
