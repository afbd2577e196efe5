/** Memory for encoded requests, reused from one to the next: fresh memory costs more than writing to it. */
import type { Redis } from 'ioredis';

/** More is not kept. */
const mostKept = 4 << 20;
const leastKept = 1 << 16;

const kept = new WeakMap<Redis, Buffer>();

/** A buffer of at least this size, not used by others. */
export function takeMemory(redis: Redis, bytes: number): Buffer {
  const buffer = kept.get(redis);
  if (buffer === undefined || buffer.length < bytes) return Buffer.allocUnsafeSlow(Math.max(bytes, leastKept));
  kept.delete(redis);
  return buffer;
}

/** Gives a buffer back once the server has answered what was encoded in it: until then the socket may still read it. */
export function giveMemory(redis: Redis, buffer: Buffer): void {
  if (buffer.length <= mostKept && buffer.length > (kept.get(redis)?.length ?? 0)) kept.set(redis, buffer);
}
