/** What a server may leave behind: its process, processes that mention its folder, the folder. */
import { execFileSync } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { converse } from '../../lib/server/loaded-modules.js';
import type { RedisServer } from '../../lib/server/start-redis.js';

export interface Traces {
  readonly pid: number;
  readonly folder: string;
}

/** One line of INFO or CONFIG GET. */
export async function ask(port: number, ...command: string[]): Promise<readonly string[]> {
  return (await converse('127.0.0.1', port, [command])).split('\r\n');
}

export async function tracesOf({ pid, port }: Pick<RedisServer, 'pid' | 'port'>): Promise<Traces> {
  const reply = await ask(port, 'CONFIG', 'GET', 'dir');
  const folder = reply.find((line) => line.startsWith('/'));
  if (folder === undefined) throw new Error(`no folder in ${reply.join(' ')}`);
  return { pid, folder };
}

/** What is left of a server, in words. Zombie processes do not count. */
export function remains({ pid, folder }: Traces): readonly string[] {
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  const ours = processes.filter((line) => {
    const [id, state = ''] = line.trim().split(/\s+/);
    return !state.startsWith('Z') && (id === String(pid) || line.includes(folder));
  });
  return existsSync(folder) ? [...ours, folder] : ours;
}

/** Resolves when a file or folder has been removed. */
export const gone = (path: string): Promise<void> => until(path, () => !existsSync(path));

/** Resolves when a file or folder is there. */
export const appeared = (path: string): Promise<void> => until(path, () => existsSync(path));

async function until(path: string, met: () => boolean): Promise<void> {
  const watcher = watch(dirname(path));
  while (!met()) await once(watcher, 'change');
  watcher.close();
}
