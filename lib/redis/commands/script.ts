/** A Lua script: sent in full once, and by its SHA-1 from then on. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { sendEncoded, type CommandEncoder } from '../connection/encoded-command.js';
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
    return this.known(
      () => redis.call(`EVALSHA${suffix}`, [this.sha, String(keys.length), ...rest]),
      () => redis.call(`EVAL${suffix}`, [this.text, String(keys.length), ...rest]),
    );
  }

  /** @param args the number of keys, the keys, and the arguments */
  runEncoded(redis: Redis, args: CommandEncoder): Promise<unknown> {
    return this.known(
      () => sendEncoded(redis, 'evalsha', args.command('EVALSHA', this.sha)),
      () => sendEncoded(redis, 'eval', args.command('EVAL', this.text)),
    );
  }

  private async known(bySha: () => Promise<unknown>, byText: () => Promise<unknown>): Promise<unknown> {
    try {
      return await bySha();
    } catch (error) {
      // The server was restarted or never saw the script: nothing has been executed.
      if (!isReplyError(error) || replyCode(error) !== 'NOSCRIPT') throw error;
      return await byText();
    }
  }
}
