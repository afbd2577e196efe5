/** Starts a Redis server process, waits until it answers, and takes it down again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { asyncScheduler } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import { doAfter } from '../model/time.js';
import { loadedModules, neededModules } from './loaded-modules.js';
import { LogTail } from './log-tail.js';
import { ready } from './ready.js';
import { quoted, type Directive, type RedisProgram } from './redis-program.js';
import { watchdog } from './watchdog.js';

/** A Redis server that this process started. */
export interface RedisServer {
  /** For clients: `redis://127.0.0.1:6379`, with the password if `requirepass` was configured. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the server and removes its folder; the same promise however often it is called. */
  stop(): Promise<void>;
  /** Resolves when the server has ended, for whatever reason, and its folder is gone. */
  readonly exited: Promise<ServerExit>;
}

interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines of the server's log. */
  readonly log: readonly string[];
}

export interface LaunchOptions {
  readonly host: string;
  readonly port: number;
  readonly config: Readonly<Record<string, string>>;
  readonly persist: string | undefined;
  /** How long it may take to load its data and answer, in milliseconds. */
  readonly patience: number;
  readonly signal: AbortSignal | undefined;
}

const grace = 10_000; // ms that an orderly end may take before the server is killed

/**
 * Starts `program`. Rejects with `PortInUse`, `MissingModule`, with `NoServer` and the last lines of the server's log
 * if it does not get ready, or with the reason of the abort signal; then nothing is left of it.
 */
export async function launch(program: RedisProgram, options: LaunchOptions): Promise<RedisServer> {
  const { host, port, signal } = options;
  signal?.throwIfAborted();
  const { folder, temporary } = await dataFolder(options.persist);
  const place = { host, port, folder, keep: temporary === undefined };
  const child = spawn(program.command, program.args(place), {
    cwd: folder,
    env: process.env,
    detached: true, // its own process group: a Ctrl-C is for us, who then stop it
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) {
    const error = E.toError((await once(child, 'error'))[0]);
    await removeFolder(temporary);
    throw blissdataError('NoServer', { tried: [`${program.name}: it cannot be run`], advice: error.message }, error);
  }
  const log = new LogTail(child.stdout, child.stderr);
  const watch = watchdog(pid, temporary === undefined ? 'TERM' : program.lastSignal, temporary ?? '');
  const exited = ended(child, log).finally(async () => {
    await removeFolder(temporary);
    await watch.release();
  });
  const stop = onlyOnce(() => terminate(child, exited));
  child.stdin.on('error', () => undefined); // it ended before reading its configuration: its log says why
  child.stdin.end(redisConf([...program.directives(place), ...persistence(options.persist), ...settings(options.config)]));

  try {
    await ready({ name: program.name, port, log, exited, patience: options.patience, signal });
    const address = reachable(host);
    const password = options.config['requirepass'];
    const modules = await loadedModules({ host: address, port, password });
    const missing = neededModules.filter((name) => !modules.includes(name));
    const url = (login: string): string => `redis://${login}${address.includes(':') ? `[${address}]` : address}:${port}`;
    if (missing.length > 0) throw blissdataError('MissingModule', { url: url(''), missing });
    return { url: url(password === undefined ? '' : `:${encodeURIComponent(password)}@`), port, pid, stop, exited };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function dataFolder(persist: string | undefined): Promise<{ folder: string; temporary: string | undefined }> {
  if (persist === undefined) {
    const temporary = await mkdtemp(join(tmpdir(), 'blissdata-rx-'));
    return { folder: temporary, temporary };
  }
  await mkdir(persist, { recursive: true });
  return { folder: resolve(persist), temporary: undefined };
}

const persistence = (persist: string | undefined): readonly Directive[] => [
  ['save', '""'],
  ['appendonly', persist === undefined ? 'no' : 'yes'],
];

// A password is one word, whatever is in it.
const settings = (config: LaunchOptions['config']): readonly Directive[] =>
  Object.entries(config).map(([name, value]) => [name, name === 'requirepass' ? quoted(value) : value]);

const redisConf = (directives: readonly Directive[]): string => directives.map(([name, value]) => `${name} ${value}\n`).join('');

/** Where to connect to a server that listens on `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '*') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

async function removeFolder(folder: string | undefined): Promise<void> {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

function ended(child: ChildProcess, log: LogTail): Promise<ServerExit> {
  return new Promise((settle) => {
    child.once('close', (code: number | null, signal: NodeJS.Signals | null) => {
      settle({ code, signal, log: log.lines() });
    });
  });
}

async function terminate(child: ChildProcess, exited: Promise<ServerExit>): Promise<void> {
  child.kill('SIGTERM');
  const impatience = doAfter(grace, asyncScheduler, () => child.kill('SIGKILL'));
  await exited;
  impatience.unsubscribe();
}

function onlyOnce<A>(effect: () => A): () => A {
  let done: { readonly result: A } | undefined;
  return () => (done ??= { result: effect() }).result;
}
