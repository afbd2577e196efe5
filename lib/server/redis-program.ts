/** A way to start a Redis server: the command, its arguments and configuration. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where a server listens and keeps its files. */
interface ServerPlace {
  readonly host: string;
  readonly port: number;
  /** Its working folder, and whether the files in it outlive the server. */
  readonly folder: string;
  readonly keep: boolean;
}

/** One line of a redis.conf. */
export type Directive = readonly [name: string, value: string];

export interface RedisProgram {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  /** The command's arguments; the server must read its configuration from standard input. */
  readonly args: (place: ServerPlace) => readonly string[];
  readonly directives: (place: ServerPlace) => readonly Directive[];
  /** The signal that ends it after this process has died. */
  readonly lastSignal: 'KILL' | 'TERM';
}

/** A value of redis.conf that may contain spaces. */
export const quoted = (text: string): string => JSON.stringify(text);

/** A `redis-server` of this machine with modules (paths of shared objects). */
export function localProgram(name: string, executable: string, modules: readonly string[]): RedisProgram {
  return {
    name,
    command: executable,
    args: () => ['-'],
    directives: ({ host, port, folder }) => [
      ['port', String(port)],
      ['bind', host],
      ['protected-mode', isLoopback(host) ? 'yes' : 'no'], // in protected mode a server without a password answers this machine only
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

/** The modules installed beside an executable; none unless both are there. */
export function modulesBeside(executable: string): readonly string[] {
  for (const folder of moduleFolders) {
    const paths = moduleFiles.map((file) => join(dirname(executable), folder, file));
    if (paths.every((path) => existsSync(path))) return paths;
  }
  return [];
}
