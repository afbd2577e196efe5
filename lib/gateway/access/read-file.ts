/** Reads a file of the gateway's own. */
import { readFile } from 'node:fs/promises';
import { reasonOf } from '../../files/os-error.js';
import { blissdataError } from '../../model/errors.js';

/** Rejects with `FileNotReadable`. */
export const readText = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    throw blissdataError('FileNotReadable', { path, reason: reasonOf(error) }, error);
  });
