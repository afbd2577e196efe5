/** Tells HDF5 files from others. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const signature = '\x89HDF\r\n\x1a\n';

/** Whether a file has the signature of HDF5, at its begin or after a block of the user's: at 512 bytes, or twice as far as often as need be. */
export function hasSignature(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(signature.length);
    for (let offset = 0; offset < size; offset = offset === 0 ? 512 : offset * 2) {
      if (readSync(file, bytes, 0, bytes.length, offset) === bytes.length && bytes.toString('latin1') === signature) return true;
    }
    return false;
  } finally {
    closeSync(file);
  }
}
