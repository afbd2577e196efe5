/** Where an image lies in files. */
import type { ArrayPlace } from '../../ports/array-files.js';

/** A frame's place, for those who open files themselves. It says nothing of whether the file is there already. */
export interface ImageReference extends Omit<ArrayPlace, 'format'> {
  /** As the publisher names it: `hdf5`, `hdf5bs`, `edf`, `edflz4`, ... */
  readonly format: string;
  /** The frame's number within the file. */
  readonly index: number;
}

/** The format that files are read by, if there is one for it. */
export function readableFormat(format: string): ArrayPlace['format'] | undefined {
  const name = format.toLowerCase();
  if (name.startsWith('hdf5')) return 'hdf5';
  return name.startsWith('edf') && name !== 'edfconcat' ? 'edf' : undefined;
}
