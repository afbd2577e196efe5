/** The Python package as an oracle: runs scripts with a pinned blissdata, which is installed on first use. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as O from 'fp-ts/lib/Option.js';
import { cacheFolder } from '../../lib/server/cache-folder.js';
import { cached } from '../../lib/server/cached.js';
import { findPython, type PythonCommand } from '../../lib/server/python.js';
import { run, type Finished } from '../../lib/server/run.js';

export type BlissdataVersion = '2.4.5' | '1.1.4';

export interface Python {
  /** Runs a script to its end; that it fails shows in `code` and `stderr`. */
  run(script: string, args: readonly string[], options?: { readonly input?: string; readonly signal?: AbortSignal }): Promise<Finished>;
  /** Starts a script to talk with, its standard streams piped. */
  spawn(script: string, args: readonly string[]): ChildProcess;
}

const versions = ['3.10', '3.11', '3.12', '3.13'];

/** Rejects if there is no Python from 3.10 to 3.13 with pip, or the installation fails. */
export async function pythonWith(version: BlissdataVersion): Promise<Python> {
  const python = await findPython((found) => versions.includes(found));
  if (O.isNone(python)) throw new Error(`blissdata ${version} needs a Python ${versions.join(', ')} with pip on PATH`);
  const { command } = python.value;
  const folder = await installed(version, python.value);
  const env = { ...process.env, PYTHONPATH: folder, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' };
  return {
    run: (script, args, options = {}) => run(command, [script, ...args], { ...options, env }),
    spawn: (script, args) => spawn(command, [script, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] }),
  };
}

async function installed(version: BlissdataVersion, python: PythonCommand): Promise<string> {
  const list = fileURLToPath(new URL(`python/blissdata-${version}.txt`, import.meta.url));
  const folder = join(cacheFolder(), `python-${version}-cp${python.version.replace('.', '')}`);
  const stamp = createHash('sha256')
    .update(await readFile(list))
    .digest('hex');
  await cached({
    folder,
    stamp,
    fill: async (temporary) => {
      say(`Installing blissdata ${version} for Python ${python.version} into ${folder} (400 MB, once)`);
      // --target, as Debian's Python comes without venv; --no-deps, as the list is complete.
      const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--target', temporary, '--requirement', list];
      const { code, stderr } = await run(python.command, args);
      if (code !== 0) throw new Error(`pip could not install blissdata ${version}:\n${stderr}`);
    },
    onWait: () => say(`Waiting for another process that is installing blissdata ${version} into ${folder}`),
  });
  return folder;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
