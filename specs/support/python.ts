/** Python with one version of blissdata: the other side of the interop suite and of the benchmark, installed on demand. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as O from 'fp-ts/lib/Option.js';
import { cacheFolder } from '../../lib/server/cache-folder.js';
import { cached } from '../../lib/server/cached.js';
import { findPython } from '../../lib/server/python.js';
import { run } from '../../lib/server/run.js';

export type BlissdataVersion = '2.4.5' | '1.1.4';

export interface Python {
  readonly command: string;
  /** An environment in which `import blissdata` finds this version. */
  readonly env: NodeJS.ProcessEnv;
}

/** The Pythons that both versions of blissdata, and wheels of all they need, exist for. */
const supported: readonly string[] = ['3.10', '3.11', '3.12', '3.13'];

const log = (line: string): void => void process.stderr.write(`${line}\n`);

/** Installs blissdata with all it needs, each at a fixed version, into the cache folder, unless it is there already. */
export async function pythonWith(version: BlissdataVersion): Promise<Python> {
  const python = await findPython((found) => supported.includes(found));
  if (O.isNone(python)) throw new Error(`The tests need a Python ${supported.join(', ')} with pip on PATH, and there is none.`);
  const { command, version: pythonVersion } = python.value;
  const requirements = resolve('specs/support/python', `blissdata-${version}.txt`);
  const folder = join(cacheFolder(), `blissdata-${version}-python-${pythonVersion}`);
  await cached({
    folder,
    stamp: await readFile(requirements, 'utf8'),
    fill: (temporary) => install(command, requirements, temporary, `Installing Python blissdata ${version} into ${folder} (400 MB, once)`),
    onWait: () => log(`Waiting for another process that is installing Python blissdata ${version}`),
  });
  return { command, env: { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' } };
}

async function install(command: string, requirements: string, target: string, message: string): Promise<void> {
  log(message);
  // --target because Debian's Python comes without venv; --no-deps because the list is complete.
  const { code, stderr } = await run(command, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', target, '--requirement', requirements]);
  if (code !== 0) throw new Error(`pip could not install ${requirements}:\n${stderr}`);
}
