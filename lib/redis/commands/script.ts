/** A Lua script: sent in full once, and by its SHA-1 from then on. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { sendEncoded } from '../connection/encoded-command.js';
import { isReplyError, replyCode } from '../connection/redis-errors.js';
import { RequestBytes } from '../connection/request-bytes.js';
import { giveMemory, takeMemory } from '../connection/request-memory.js';

/** Arguments that are many, or large, and encode themselves. */
export interface EncodedArgs {
  readonly count: number;
  /** How many bytes they take when encoded, at the most, without payloads that are not copied. */
  readonly bytes: number;
  readonly encode: (request: RequestBytes) => void;
}

export class Script {
  private readonly sha: string;
  private readonly suffix: string;

  /** @param access `reads` for a script that writes nothing: it needs no permission to write its keys */
  constructor(
    private readonly text: string,
    access: 'writes' | 'reads' = 'writes',
  ) {
    this.suffix = access === 'reads' ? '_RO' : '';
    this.sha = createHash('sha1').update(text).digest('hex');
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.loaded((name, script) => redis.call(name, [script, String(keys.length), ...keys, ...args.map(String)]));
  }

  /** Fails with `NOSCRIPT` if the server does not know the script. */
  runLoaded(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return redis.call(`EVALSHA${this.suffix}`, [this.sha, String(keys.length), ...keys, ...args.map(String)]);
  }

  async runEncoded(redis: Redis, keys: readonly string[], args: EncodedArgs): Promise<unknown> {
    return this.loaded(async (name, script) => {
      const memory = takeMemory(redis, args.bytes + 1024);
      const request = new RequestBytes(memory);
      request.begin(3 + keys.length + args.count);
      for (const part of [name, script, String(keys.length), ...keys]) request.text(part);
      args.encode(request);
      const reply = await sendEncoded(redis, name, request.end());
      giveMemory(redis, memory);
      return reply;
    });
  }

  private async loaded(run: (name: string, script: string) => Promise<unknown>): Promise<unknown> {
    try {
      return await run(`EVALSHA${this.suffix}`, this.sha);
    } catch (error) {
      // The server was restarted or never saw the script: nothing has been executed.
      if (!isReplyError(error) || replyCode(error) !== 'NOSCRIPT') throw error;
      return await run(`EVAL${this.suffix}`, this.text);
    }
  }
}
