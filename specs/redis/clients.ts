/** The connections of one Redis user: which exist, for what, and with which permissions missing. */
import type { Redis } from 'ioredis';

/** `data` connections read and write; the others bring the invalidations. */
export type ClientKind = 'data' | 'subscriber' | 'blocked';

export interface Client {
  readonly id: string;
  readonly kind: ClientKind;
  /** Whether the server tracks its reads. */
  readonly tracked: boolean;
}

export const userName = 'reader';

/** The URL of a user with all permissions except those that the rules take away. */
export async function urlOfUser(redis: { readonly url: string; readonly client: Redis }, ...rules: readonly string[]): Promise<string> {
  await redis.client.call('ACL', ['SETUSER', userName, 'reset', 'on', '>secret', '~*', '&*', '+@all', ...rules]);
  const url = new URL(redis.url);
  url.username = userName;
  url.password = 'secret';
  return url.href;
}

/** The user's current connections. */
export async function clientsOfUser(client: Redis): Promise<readonly Client[]> {
  const lines = String(await client.call('CLIENT', ['LIST'])).trim().split('\n');
  return lines
    .map((line) => new Map(line.split(' ').map((field): [string, string] => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)])))
    .filter((fields) => fields.get('user') === userName)
    .map((fields) => {
      const flags = fields.get('flags') ?? '';
      const kind = flags.includes('P') ? 'subscriber' : flags.includes('b') ? 'blocked' : 'data';
      return { id: fields.get('id') ?? '', kind, tracked: flags.includes('t') };
    });
}

/** Kills all connections of a kind, and returns how many. */
export async function killAll(client: Redis, kind: ClientKind): Promise<number> {
  const found = (await clientsOfUser(client)).filter((one) => one.kind === kind);
  for (const { id } of found) await client.call('CLIENT', ['KILL', 'ID', id]);
  return found.length;
}

/** Resolves when there is a connection of that kind. */
export async function untilConnected(client: Redis, kind: ClientKind): Promise<void> {
  while (!(await clientsOfUser(client)).some((one) => one.kind === kind));
}
