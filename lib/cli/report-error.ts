/** Prints the error of a command: the message of a BlissdataError, and anything else, which is a bug, in full. */
import { isBlissdataError } from '../index.js';

/** Prints the error on stderr; returns the exit code. */
export function reportError(error: unknown): number {
  if (isBlissdataError(error)) process.stderr.write(`blissdata-rx: ${error.message}\n`);
  else console.error(error);
  return 1;
}
