/** What a command prints when it fails: the message of a BlissdataError, anything else in full, for that is a bug. */
import { isBlissdataError } from '../index.js';

/** Prints the failure on stderr; answers the exit code. */
export function reportError(error: unknown): number {
  if (isBlissdataError(error)) process.stderr.write(`blissdata-rx: ${error.message}\n`);
  else console.error(error);
  return 1;
}
