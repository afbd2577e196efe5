/** Follows the float64 streams of a scan with ioredis' XREAD BLOCK: all over one connection, or each over one of its own. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Redis } from 'ioredis';
import { Follower } from './follower.js';
import { streamKeys } from './stream-keys.js';

const Bytes = new t.Type<Buffer, Buffer, unknown>('Bytes', Buffer.isBuffer, (u, c) => (Buffer.isBuffer(u) ? t.success(u) : t.failure(u, c)), t.identity);
const Entry = t.tuple([Bytes, t.tuple([Bytes, Bytes])]);
const Reply = t.array(t.tuple([Bytes, t.array(Entry)]));

const [url = '', scanKey = '', connections = 'one'] = process.argv.slice(2);
const keys = await streamKeys(url, scanKey, 'float64');
const follower = new Follower(keys.length);
const streamAt = new Map(keys.map((key, stream) => [key, stream]));

async function follow(followed: readonly string[]): Promise<void> {
  const redis = new Redis(url, { protocol: 2 });
  const after = new Map(followed.map((key) => [key, '0-0']));
  for (;;) {
    const reply = Reply.decode(await redis.callBuffer('XREAD', ['BLOCK', '0', 'STREAMS', ...after.keys(), ...after.values()]));
    if (E.isLeft(reply)) throw new Error('XREAD gave something else than entries');
    for (const [keyBytes, entries] of reply.right) {
      const key = keyBytes.toString('latin1');
      for (const [idBytes, [, payload]] of entries) {
        const id = idBytes.toString('latin1');
        after.set(key, id);
        follower.take(streamAt.get(key) ?? -1, Number.parseInt(id, 10), payload.readDoubleLE());
      }
    }
  }
}

for (const followed of connections === 'one' ? [keys] : keys.map((key) => [key])) follow(followed).catch((error: unknown) => follower.failed(error));
follower.answer();
