/** The plainest reader that ioredis allows: what this package's own parser of replies has to be compared with. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Redis } from 'ioredis';
import { secondsOf } from './bench.js';

const Bytes = new t.Type<Buffer, Buffer, unknown>('Bytes', Buffer.isBuffer, (u, c) => (Buffer.isBuffer(u) ? t.success(u) : t.failure(u, c)), t.identity);
/** Only as deep as costs nothing per entry: this reader shall be no slower than it has to be. */
const Reply = t.tuple([t.tuple([Bytes, t.UnknownArray])]);

const sealId = '18446744073709551615-18446744073709551615';

/** Reads a stream from its beginning to its seal, handing every payload on; resolves to the seconds that took. */
export async function readWithIoredis(url: string, key: string, entriesPerReply: number, take: (payload: Buffer) => void): Promise<number> {
  const redis = new Redis(url, { protocol: 2 });
  try {
    await redis.ping();
    return await secondsOf(() => readAll(redis, key, entriesPerReply, take));
  } finally {
    redis.disconnect();
  }
}

async function readAll(redis: Redis, key: string, count: number, take: (payload: Buffer) => void): Promise<void> {
  for (let last = '0-0'; last !== sealId; ) {
    const reply = Reply.decode(await redis.callBuffer('XREAD', ['COUNT', String(count), 'STREAMS', key, last]));
    if (E.isLeft(reply)) throw new Error(`XREAD ${key} after ${last} gave something else than entries`);
    for (const entry of reply.right[0][1]) {
      const [id, fields] = Array.isArray(entry) ? entry : [];
      last = String(id);
      const payload: unknown = Array.isArray(fields) ? fields[1] : undefined;
      if (last !== sealId && Buffer.isBuffer(payload)) take(payload);
    }
  }
}
