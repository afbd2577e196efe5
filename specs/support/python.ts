/** Python packages as oracles: runs scripts with a pinned blissdata, or Prometheus' parser, which are installed on first use. */
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

const sets = {
  '2.4.5': { name: 'blissdata 2.4.5', list: 'blissdata-2.4.5', size: '400 MB' },
  '1.1.4': { name: 'blissdata 1.1.4', list: 'blissdata-1.1.4', size: '400 MB' },
  prometheus: { name: "Prometheus' parser", list: 'prometheus', size: '100 kB' },
} as const;

export interface Python {
  /** Runs a script to its end; that it fails shows in `code` and `stderr`. */
  run(script: string, args: readonly string[], options?: { readonly input?: string; readonly signal?: AbortSignal }): Promise<Finished>;
  /** Starts a script to talk with, its standard streams piped. */
  spawn(script: string, args: readonly string[]): ChildProcess;
}

const versions = ['3.10', '3.11', '3.12', '3.13'];

/** Rejects if there is no Python from 3.10 to 3.13 with pip, or the installation fails. */
export async function pythonWith(set: keyof typeof sets): Promise<Python> {
  const python = await findPython((found) => versions.includes(found));
  if (O.isNone(python)) throw new Error(`${sets[set].name} needs a Python ${versions.join(', ')} with pip on PATH`);
  const { command } = python.value;
  const folder = await installed(set, python.value);
  const env = { ...process.env, PYTHONPATH: folder, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' };
  return {
    run: (script, args, options = {}) => run(command, [script, ...args], { ...options, env }),
    spawn: (script, args) => spawn(command, [script, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] }),
  };
}

async function installed(set: keyof typeof sets, python: PythonCommand): Promise<string> {
  const { name, size } = sets[set];
  const list = fileURLToPath(new URL(`python/${sets[set].list}.txt`, import.meta.url));
  const folder = join(cacheFolder(), `python-${set}-cp${python.version.replace('.', '')}`);
  const stamp = createHash('sha256')
    .update(await readFile(list))
    .digest('hex');
  await cached({
    folder,
    stamp,
    fill: async (temporary) => {
      say(`Installing ${name} for Python ${python.version} into ${folder} (${size}, once)`);
      // --target, as Debian's Python comes without venv; --no-deps, as the list is complete.
      const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--target', temporary, '--requirement', list];
      const { code, stderr } = await run(python.command, args);
      if (code !== 0) throw new Error(`pip could not install ${name}:\n${stderr}`);
    },
    onWait: () => say(`Waiting for another process that is installing ${name} into ${folder}`),
  });
  return folder;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
