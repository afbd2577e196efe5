/** What the Redis server says of itself. */
import type { Redis } from 'ioredis';
import { setTimeout } from 'node:timers/promises';

/** How many seconds of CPU it has used. */
export async function cpuSeconds(redis: Redis): Promise<number> {
  const info = await redis.info('cpu');
  return figureIn(info, 'used_cpu_user') + figureIn(info, 'used_cpu_sys');
}

export const connections = async (redis: Redis): Promise<number> => figureIn(await redis.info('clients'), 'connected_clients');

/** How many commands it was sent, by their names. */
export async function calls(redis: Redis): Promise<ReadonlyMap<string, number>> {
  const lines = (await redis.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
  return new Map([...lines].map(([, name = '', count]) => [name, Number(count)]));
}

/** Resolves when it has received no command for a while, so that all readers wait. */
export async function quiet(redis: Redis): Promise<void> {
  const own = 1; // the question itself is one
  for (let before = NaN, still = 0; still < 3; await setTimeout(50)) {
    const now = figureIn(await redis.info('stats'), 'total_commands_processed');
    still = now - before <= own ? still + 1 : 0;
    before = now;
  }
}

function figureIn(info: string, name: string): number {
  const figure = new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1];
  if (figure === undefined) throw new Error(`the server does not tell its ${name}`);
  return Number(figure);
}
