/** Where an image lies in files. */
import { blissdataError } from '../../model/errors.js';
import type { ArrayPlace } from '../../ports/files.js';

/** A frame's place, for those who open files themselves. It says nothing of whether the file is there already. */
export interface ImageReference extends Omit<ArrayPlace, 'format'> {
  /** As the publisher names it: `hdf5`, `hdf5bs`, `edf`, `edflz4`, ... */
  readonly format: string;
  /** The frame's number within the file. */
  readonly index: number;
}

/** How many references are made at once: a number of images that is none must not fill the memory. */
const mostReferences = 1_000_000;

/** Throws `InvalidArgument` for places that are none, and for too many of them. */
export function requireReferences(start: number, stop: number): void {
  for (const [argument, index] of [['start', start], ['stop', stop]] as const) {
    if (!Number.isSafeInteger(index) || index < 0) throw blissdataError('InvalidArgument', { argument, expected: 'an index from 0 on', received: String(index) });
  }
  if (stop - start > mostReferences) throw blissdataError('InvalidArgument', { argument: 'stop', expected: `at most ${mostReferences} images at once`, received: `${stop - start}` });
}

/** The format that files are read by, if there is one for it. */
export function readableFormat(format: string): ArrayPlace['format'] | undefined {
  const name = format.toLowerCase();
  if (name.startsWith('hdf5')) return 'hdf5';
  return name.startsWith('edf') && name !== 'edfconcat' ? 'edf' : undefined;
}
