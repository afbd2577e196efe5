/** Turns on a connection, for commands that only make sense together. */
import type { Redis } from 'ioredis';

export interface Turn {
  /** To be called once others may send commands, which may be before the turn's own have been answered. */
  readonly release: () => void;
  /** Whether others wait for the connection. */
  readonly isAwaited: () => boolean;
}

/** Those that wait for each connection that is taken. */
const waiting = new WeakMap<Redis, (() => void)[]>();

/** Runs `send` once those before it on this connection have released it: at once if there are none. */
export async function inTurn<A>(redis: Redis, send: (turn: Turn) => Promise<A>): Promise<A> {
  const before = waiting.get(redis);
  if (before === undefined) waiting.set(redis, []);
  else {
    await new Promise<void>((resolve) => {
      before.push(resolve);
    });
  }
  let isReleased = false;
  const release = (): void => {
    if (isReleased) return;
    isReleased = true;
    const next = waiting.get(redis)?.shift();
    if (next === undefined) waiting.delete(redis);
    else next();
  };
  try {
    return await send({ release, isAwaited: () => (waiting.get(redis)?.length ?? 0) > 0 });
  } finally {
    release();
  }
}
