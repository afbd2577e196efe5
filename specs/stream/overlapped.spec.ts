/** Looking for points of a batch that a second writer put its own into. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { numeric, type Stream } from '../../lib/index.js';
import { sealId } from '../../lib/wire/stream-id.js';
import { publishing, reading } from '../scan/publishing.js';
import { failureOf } from '../store/outcomes.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

describe('points that others were put into', () => {
  /** A thousand points in one entry, and a second writer's inside it. */
  async function overlapped(sealed = false): Promise<Stream<'float64'>> {
    const published = await publishing(on.store, numeric('float64'));
    published.writer.sendBatch(Array.from({ length: 1000 }, (_, i) => i));
    await published.writer.flush();
    for (const index of [1, 2, 3]) await on.client.xadd(published.writer.key, `${index}-1`, 'payload', Buffer.alloc(8));
    if (sealed) await on.client.xadd(published.writer.key, sealId, 'id', '4');
    return reading(on.another(), published, 'float64');
  }

  it.each([false, true])('are a StreamOverlap at an index and in a slice (sealed: %p)', async (sealed) => {
    const stream = await overlapped(sealed);
    const overlap = { _tag: 'StreamOverlap', key: stream.key, stream: 'diode', expected: 1000, found: 1, retriable: false };
    for (const index of [4, 500, 999]) {
      expect(await failureOf(stream.at(index))).toMatchObject(overlap);
      expect(await failureOf(stream.slice({ start: index }))).toMatchObject(overlap);
    }
    expect(await failureOf(stream.slice())).toMatchObject(overlap);
    // Before and beyond there is nothing wrong.
    expect(await firstValueFrom(stream.at(0))).toBe(0);
    expect(await failureOf(stream.at(1000))).toMatchObject({ _tag: sealed ? 'IndexWontBeThere' : 'IndexNotYetThere', index: 1000 });
  });

  it('are one as well when the stream continues behind them', async () => {
    const stream = await overlapped();
    await on.client.xadd(stream.key, '1000-1', 'payload', Buffer.alloc(8));
    expect(await failureOf(stream.at(500))).toMatchObject({ _tag: 'StreamOverlap', expected: 1000, found: 1 });
    expect(await failureOf(stream.slice({ start: 500, stop: 600 }))).toMatchObject({ _tag: 'StreamOverlap', expected: 1000, found: 1 });
    expect(await firstValueFrom(stream.at(1000))).toBe(0);
  });
});
