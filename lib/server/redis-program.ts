/** A Redis server that could be started: which command, and what it must be told. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where a server shall listen and keep its files. */
interface ServerPlace {
  readonly host: string;
  readonly port: number;
  /** Its working folder, and whether what it writes there shall survive it. */
  readonly folder: string;
  readonly keep: boolean;
}

/** One line of a redis.conf. */
export type Directive = readonly [name: string, value: string];

export interface RedisProgram {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  /** The command's arguments, such that the server reads its configuration from standard input. */
  readonly args: (place: ServerPlace) => readonly string[];
  readonly directives: (place: ServerPlace) => readonly Directive[];
  /** How to end it when nobody is left to wait for its end. */
  readonly lastSignal: 'KILL' | 'TERM';
}

/** A value of redis.conf that may hold spaces. */
export const quoted = (text: string): string => JSON.stringify(text);

/** A `redis-server` of this machine, loading these modules (paths of shared objects). */
export function localProgram(name: string, executable: string, modules: readonly string[]): RedisProgram {
  return {
    name,
    command: executable,
    args: () => ['-'],
    directives: ({ host, port, folder }) => [
      ['port', String(port)],
      ['bind', host],
      ['protected-mode', isLoopback(host) ? 'yes' : 'no'], // in protected mode a server without password answers this machine only
      ['dir', quoted(folder)],
      ...modules.map((path): Directive => ['loadmodule', quoted(path)]),
    ],
    lastSignal: 'KILL',
  };
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

// Redis 8 installs its modules in lib/redis/modules beside bin, Redis Stack in lib.
const moduleFolders = ['../lib/redis/modules', '../lib'];
const moduleFiles = ['rejson.so', 'redisearch.so'];

/** The modules that were installed together with an executable; none if they are not both there. */
export function modulesBeside(executable: string): readonly string[] {
  for (const folder of moduleFolders) {
    const paths = moduleFiles.map((file) => join(dirname(executable), folder, file));
    if (paths.every((path) => existsSync(path))) return paths;
  }
  return [];
}
