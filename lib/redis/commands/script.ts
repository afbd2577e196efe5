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
    return this.loaded((inFull) => this.call(redis, keys, args, inFull));
  }

  /** One attempt: it fails with `NOSCRIPT` if the server does not know the script, unless that is sent in full. */
  call(redis: Redis, keys: readonly string[], args: readonly (string | number)[], inFull: boolean): Promise<unknown> {
    const [name, script] = this.sent(inFull);
    return redis.call(name, [script, String(keys.length), ...keys, ...args.map(String)]);
  }

  async runEncoded(redis: Redis, keys: readonly string[], args: EncodedArgs): Promise<unknown> {
    return this.loaded(async (inFull) => {
      const [name, script] = this.sent(inFull);
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

  /** The command, and what it sends of the script. */
  private sent(inFull: boolean): readonly [name: string, script: string] {
    return inFull ? [`EVAL${this.suffix}`, this.text] : [`EVALSHA${this.suffix}`, this.sha];
  }

  private async loaded(run: (inFull: boolean) => Promise<unknown>): Promise<unknown> {
    try {
      return await run(false);
    } catch (error) {
      // The server was restarted or never saw the script: nothing has been executed.
      if (!isReplyError(error) || replyCode(error) !== 'NOSCRIPT') throw error;
      return await run(true);
    }
  }
}
