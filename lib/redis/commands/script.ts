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
  /** About how many bytes they take when encoded, large payloads left out. */
  readonly bytes: number;
  readonly encode: (request: RequestBytes) => void;
}

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
    return this.loaded((name, script) => redis.call(name, [script, String(keys.length), ...rest]));
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
    const suffix = this.access === 'reads' ? '_RO' : '';
    try {
      return await run(`EVALSHA${suffix}`, this.sha);
    } catch (error) {
      // The server was restarted or never saw the script: nothing has been executed.
      if (!isReplyError(error) || replyCode(error) !== 'NOSCRIPT') throw error;
      return await run(`EVAL${suffix}`, this.text);
    }
  }
}
