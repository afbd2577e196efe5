/** Turns on a connection, for commands that only make sense together. */
import type { Redis } from 'ioredis';

const last = new WeakMap<Redis, Promise<void>>();

/**
 * Runs `send` once those before it on this connection have released it.
 *
 * @param send may release the connection before it has settled
 */
export async function inTurn<A>(redis: Redis, send: (release: () => void) => Promise<A>): Promise<A> {
  const before = last.get(redis);
  let release = (): void => undefined;
  last.set(
    redis,
    new Promise((resolve) => {
      release = resolve;
    }),
  );
  await before;
  try {
    return await send(release);
  } finally {
    release();
  }
}
