/** A Lua script that is sent once in full and from then on by its SHA-1. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { isReplyError, replyCode } from '../connection/redis-errors.js';

export class Script {
  private readonly sha: string;

  /** @param access `reads` for a script that writes nothing: then its user need not be allowed to write its keys */
  constructor(
    private readonly text: string,
    private readonly access: 'writes' | 'reads' = 'writes',
  ) {
    this.sha = createHash('sha1').update(text).digest('hex');
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number | Uint8Array)[]): Promise<unknown> {
    const rest = [...keys, ...args.map((arg) => (arg instanceof Uint8Array ? Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength) : String(arg)))];
    const suffix = this.access === 'reads' ? '_RO' : '';
    try {
      return await redis.call(`EVALSHA${suffix}`, [this.sha, String(keys.length), ...rest]);
    } catch (error) {
      // A server that was restarted, or never saw the script, has done nothing yet.
      if (!isReplyError(error) || replyCode(error) !== 'NOSCRIPT') throw error;
      return await redis.call(`EVAL${suffix}`, [this.text, String(keys.length), ...rest]);
    }
  }
}
