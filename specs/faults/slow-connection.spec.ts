/** Timeouts on a slow connection: they limit waiting for points, not the round trip. */
import { describe, expect, it } from '@jest/globals';
import * as O from 'fp-ts/lib/Option.js';
import { firstValueFrom } from 'rxjs';
import { numeric, type CursorResult, type Stream } from '../../lib/index.js';
import { publishing, reading } from '../scan/publishing.js';
import { onFaults } from './on-faults.js';

const on = onFaults();

/** Far more than the limits below. */
const latency = 30;

/** A stream of three points behind a connection on which every answer takes its time. */
async function slow(): Promise<{ readonly stream: Stream<'float64'>; readonly send: (value: number) => Promise<void> }> {
  const published = await publishing(on.direct(), numeric('float64'), { coalesce: false });
  const send = (value: number): Promise<void> => {
    published.writer.send(value);
    return published.writer.flush();
  };
  for (const value of [0, 1, 2]) await send(value);
  on.proxy.latency = latency;
  return { stream: await reading(on.proxied(), published, 'float64'), send };
}

const values = (result: CursorResult<'float64'>): readonly number[] | string => (result._tag === 'chunk' ? [...result.data.data] : result._tag);

describe.each([0, 1, 5])('a read that may wait for %d ms, where every answer takes longer', (wait) => {
  it('gives what is there, at first and later', async () => {
    const { stream, send } = await slow();
    using cursor = stream.cursor();
    const first = await cursor.read({ wait });
    expect(values(first)).toEqual([0, 1, 2]);
    expect(await cursor.read({ wait })).toEqual({ _tag: 'none' });
    await send(3);
    const next = await cursor.read({ wait });
    expect(values(next)).toEqual([3]);
  });

  it('gives the newest, parts, and the points behind them', async () => {
    const { stream } = await slow();
    using cursor = stream.cursor({ from: 1 });
    const part = await cursor.read({ count: 1, wait });
    expect(values(part)).toEqual([1]);
    const newest = await cursor.read({ newest: true, wait });
    expect(values(newest)).toEqual([2]);
    expect(await cursor.read({ wait })).toEqual({ _tag: 'none' });
  });
});

it('a signal ends a read at once, whatever it waits for, and loses nothing', async () => {
  const { stream } = await slow();
  using cursor = stream.cursor();
  const abort = new AbortController();
  const read = cursor.read({ wait: 10_000, signal: abort.signal });
  abort.abort('enough');
  await expect(read).rejects.toBe('enough');
  const chunk = await cursor.read({ wait: 1 });
  expect(values(chunk)).toEqual([0, 1, 2]);
});

it('a store reports the next scan however long the answer takes', async () => {
  await slow();
  const store = on.proxied();
  expect(O.isSome(await firstValueFrom(store.nextScan('0-0')))).toBe(true);
});
