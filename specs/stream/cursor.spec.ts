/** Reading by hand on a real Redis, whatever entries the points come in. */
import { describe, expect, it } from '@jest/globals';
import { numeric, type StreamCursor, type StreamWriter } from '../../lib/index.js';
import { publishing, reading, untilAwaited } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { layouts, sendLayout, total, upTo } from './samples.js';

const on = onRedis();

interface Both {
  readonly writer: StreamWriter<'float64'>;
  readonly cursor: () => StreamCursor<'float64'>;
}

async function open(): Promise<Both> {
  const published = await publishing(on.store, numeric('float64'), { coalesce: false });
  const stream = await reading(on.another(), published, 'float64');
  return { writer: published.writer, cursor: () => stream.cursor() };
}

const chunk = (index: number, values: readonly number[], dropped = 0): object => ({ index, expired: 0, dropped, data: { shape: [values.length], data: Float64Array.from(values) } });

describe.each(Object.entries(layouts))('a cursor on a stream of %s', (_, sizes) => {
  const count = total(sizes);
  const newest = count === 0 ? undefined : chunk(count - 1, [count - 1], count - 1);
  const all = count === 0 ? undefined : chunk(0, upTo(count));

  it.each([true, false])('gives all there is in one read, or the newest point alone, and then no more (sealed: %p)', async (sealed) => {
    const { writer, cursor } = await open();
    await sendLayout(writer, sizes);
    if (sealed) await writer.seal();
    const nothing = { _tag: sealed ? 'end' : 'none' };
    for (const [expected, options] of [[all, {}], [newest, { newest: true }]] as const) {
      const patient = cursor();
      if (expected !== undefined) expect(await patient.read(options)).toMatchObject(expected);
      if (sealed) expect(await patient.read(options)).toEqual({ _tag: 'end' });
      const hasty = cursor();
      if (expected !== undefined) expect(await hasty.read({ ...options, wait: false })).toMatchObject(expected);
      expect(await hasty.read({ ...options, wait: false })).toEqual(nothing);
    }
  });
});

describe('reading the newest point again and again', () => {
  it('gives each time the last of what was added, then nothing, and the next as soon as it is there', async () => {
    const { writer, cursor } = await open();
    const monitor = cursor();
    await sendLayout(writer, [1, 2, 3]);
    expect(await monitor.read({ newest: true, wait: false })).toMatchObject(chunk(5, [5], 5));
    await sendLayout(writer, [2], 6);
    expect(await monitor.read({ newest: true, wait: false })).toMatchObject(chunk(7, [7], 1));
    expect(await monitor.read({ newest: true, wait: false })).toEqual({ _tag: 'none' });
    const next = monitor.read({ newest: true });
    await untilAwaited(on.client, 1);
    await sendLayout(writer, [1], 8);
    expect(await next).toMatchObject(chunk(8, [8]));
  });

  it('ends at the seal, where nothing came since the last read', async () => {
    const { writer, cursor } = await open();
    const monitor = cursor();
    await sendLayout(writer, [3]);
    expect(await monitor.read({ newest: true })).toMatchObject(chunk(2, [2], 2));
    await writer.seal();
    expect(await monitor.read({ newest: true })).toEqual({ _tag: 'end' });
  });

  it('ends when the stream is sealed while it waits', async () => {
    const { writer, cursor } = await open();
    const waiting = cursor().read({ newest: true });
    await untilAwaited(on.client, 1);
    await writer.seal();
    expect(await waiting).toEqual({ _tag: 'end' });
  });
});
