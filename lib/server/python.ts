/** Finds a Python that has pip. */
import * as O from 'fp-ts/lib/Option.js';
import { run } from './run.js';

export interface PythonCommand {
  readonly command: string;
  /** As `major.minor`, for instance `3.11`. */
  readonly version: string;
}

/** The names to try, best first. */
export const pythonNames: readonly string[] = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

// Version managers put names on PATH that run nothing, and Debian ships Python without pip: only a run can tell.
const probe = 'import sys, pip; print("%d.%d" % sys.version_info[:2])';

/** The first Python on PATH that has pip and an accepted version. */
export async function findPython(accept: (version: string) => boolean, signal?: AbortSignal): Promise<O.Option<PythonCommand>> {
  for (const command of pythonNames) {
    const { code, stdout } = await run(command, ['-c', probe], { signal });
    const version = stdout.trim();
    if (code === 0 && accept(version)) return O.some({ command, version });
  }
  return O.none;
}
