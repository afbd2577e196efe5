/** A Lua script: sent in full once, and by its SHA-1 from then on. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { isReplyError, replyCode } from '../connection/redis-errors.js';

export class Script {
  private readonly sha: string;

  /** @param access `reads` for a script that writes nothing: it needs no permission to write its keys */
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
      // The server was restarted or never saw the script: nothing has been executed.
      if (!isReplyError(error) || replyCode(error) !== 'NOSCRIPT') throw error;
      return await redis.call(`EVAL${suffix}`, [this.text, String(keys.length), ...rest]);
    }
  }
}
