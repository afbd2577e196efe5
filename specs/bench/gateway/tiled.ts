/** Tiled's server, whose WebSockets do what the gateway does: fetched from PyPI on first use, by the benchmark alone. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import * as t from 'io-ts';
import { cacheFolder } from '../../../lib/server/cache-folder.js';
import { cached } from '../../../lib/server/cached.js';
import { findPython } from '../../../lib/server/python.js';
import { run } from '../../../lib/server/run.js';

const version = '0.2.20';
const pythons = ['3.11', '3.12', '3.13'];
const attempts = 300;
const attemptEveryMs = 100;

const Made = t.type({ id: t.string });

export interface TiledArray {
  /** Where patches are sent to. */
  readonly writeUrl: string;
  /** Where they are followed. */
  readonly socketUrl: string;
}

export interface TiledProgram {
  /** The Python that runs it. */
  readonly command: string;
  /** The packages. */
  readonly folder: string;
}

/** The left side says what was tried in vain. */
export type InstalledTiled = E.Either<string, TiledProgram>;

export async function installTiled(): Promise<InstalledTiled> {
  const python = await findPython((found) => pythons.includes(found));
  if (O.isNone(python)) return E.left(`Tiled ${version} needs a Python ${pythons.join(', ')} with pip on PATH`);
  const list = fileURLToPath(new URL('python/tiled.txt', import.meta.url));
  const folder = join(cacheFolder(), `tiled-${version}-cp${python.value.version.replace('.', '')}`);
  const stamp = createHash('sha256')
    .update(await readFile(list))
    .digest('hex');
  try {
    await cached({
      folder,
      stamp,
      fill: async (temporary) => {
        say(`Installing Tiled ${version} for Python ${python.value.version} into ${folder} (1.2 GB, once)`);
        const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--target', temporary, '--requirement', list];
        const { code, stderr } = await run(python.value.command, args);
        if (code !== 0) throw new Error(`pip install --requirement python/tiled.txt failed: ${stderr.trim().split('\n').at(-1)}`);
      },
    });
  } catch (error) {
    return E.left(String(error));
  }
  return E.right({ command: python.value.command, folder });
}

export class Tiled {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly base: string,
    readonly apiKey: string,
  ) {}

  /** Starts it with its cache for streaming in memory, which is the faster of the two that it has, and without a log of requests. */
  static async start({ command, folder: packages }: TiledProgram): Promise<Tiled> {
    const folder = await mkdtemp(join(tmpdir(), 'blissdata-rx-tiled-'));
    const logging = join(folder, 'logging.json');
    await writeFile(logging, JSON.stringify({ version: 1, disable_existing_loggers: true, root: { level: 'WARNING' } }));
    const apiKey = randomUUID().replaceAll('-', '');
    const port = await freePort();
    const env = { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1', TMPDIR: folder };
    const args = ['-m', 'tiled', 'serve', 'catalog', '--temp', '--cache', 'memory', '--api-key', apiKey, '--port', String(port), '--log-config', logging];
    const tiled = new Tiled(spawn(command, args, { env, stdio: 'ignore' }), folder, `127.0.0.1:${port}/api/v1`, apiKey);
    await tiled.ready();
    return tiled;
  }

  /** An array of so many float64. */
  async array(length: number): Promise<TiledArray> {
    const structure = { shape: [length], chunks: [[length]], data_type: { endianness: 'little', kind: 'f', itemsize: 8 }, dims: null, resizable: false };
    const source = { structure_family: 'array', structure, mimetype: 'application/x-zarr', parameters: {}, management: 'writable', assets: [] };
    const response = await fetch(`http://${this.base}/metadata/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Apikey ${this.apiKey}` },
      body: JSON.stringify({ structure_family: 'array', metadata: {}, specs: [], data_sources: [source] }),
    });
    const made = Made.decode(await response.json());
    if (E.isLeft(made)) throw new Error(`Tiled made no array: ${response.status}`);
    const { id } = made.right;
    return { writeUrl: `http://${this.base}/array/full/${id}`, socketUrl: `ws://${this.base}/stream/single/${id}?envelope_format=msgpack&start=1` };
  }

  /** How many seconds of CPU its process has used; NaN where the system does not tell. */
  async cpuSeconds(): Promise<number> {
    if (process.platform !== 'linux') return NaN;
    const fields = (await readFile(`/proc/${this.child.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private async ready(): Promise<void> {
    for (let i = 0; i < attempts; i++) {
      if (this.child.exitCode !== null) throw new Error(`Tiled has ended with ${this.child.exitCode}`);
      const isUp = await fetch(`http://${this.base}/`).then((response) => response.ok, () => false);
      if (isUp) return;
      await setTimeout(attemptEveryMs);
    }
    throw new Error('Tiled does not answer');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
