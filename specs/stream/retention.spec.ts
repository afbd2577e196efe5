/** Long reading holds no more memory than at first, whichever way: what was delivered and released is collected. */
import { describe, expect, it } from '@jest/globals';
import { DataStore, numeric } from '../../lib/index.js';
import { memoryDatabase, MemoryServer } from '../../lib/testing.js';
import { publishing, reading } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { Watched } from '../support/retention.js';
import { ways } from './retention-ways.js';

const on = onRedis();

const rounds = 100;
/** What a reader and its consumer may have in hand: the last of what was given, and what is read ahead. */
const inHand = 12;

describe.each(['memory', 'Redis'] as const)('over %s', (where) => {
  it.each(Object.keys(ways))(`holds nothing of ${rounds} chunks that were read: %s`, async (name) => {
    const server = new MemoryServer();
    const [publisher, reader] = where === 'Redis' ? [on.store, on.another()] : [server, server].map((each) => DataStore.over(memoryDatabase({ server: each })));
    if (publisher === undefined || reader === undefined) throw new Error('two stores are needed');
    const published = await publishing(publisher, numeric('uint8', [4096]), { coalesce: false });
    const watched = new Watched();
    const way = ways[name];
    const read = way?.(await reading(reader, published, 'uint8[]'), watched);
    for (let i = 0; i < rounds; i++) {
      published.writer.send(new Uint8Array(4096).fill(i));
      await published.writer.flush();
      await read?.seen(i);
    }
    expect(watched.seen).toBeGreaterThanOrEqual(rounds);
    // While it still reads.
    expect(await watched.alive()).toBeLessThanOrEqual(inHand);
    read?.stop();
    await Promise.all([publisher, reader].map((store) => store.close()));
  });
});
