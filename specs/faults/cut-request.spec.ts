/** Requests cut at any byte: a window of points is appended whole or not at all, and in the end whole. */
import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom } from 'rxjs';
import { reading } from '../scan/publishing.js';
import { flawless, Received, stored } from './records.js';
import { onFaults } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { Publisher } from './publisher.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

/** So that all indices have four digits, and all windows the same number of bytes. */
const firstIndex = 1000;
const entries = 14;

describe('a window of points', () => {
  it('that is cut at any of its bytes leaves no hole', async () => {
    const publisher = await Publisher.on(on.proxied(), { coalesce: false });
    await publisher.publish(firstIndex);
    const received = Received.points((await reading(on.direct(), publisher, 'int32')).points$);
    const size = await bytesOfWindow(publisher);
    expect(size).toBeGreaterThan(550);
    expect(size).toBeLessThanOrEqual(600);
    await tries('request cut at each byte', size + 1, async (trial) => {
      const struck = on.proxy.strike(commandsNamed('EVALSHA'), { what: trial.number % 2 === 0 ? 'reset' : 'end', after: trial.number });
      publisher.sendSingly(entries);
      await struck;
      trial.struck();
      await publisher.writer.flush();
      trial.recovered();
    });
    await publisher.writer.seal();
    await received.ended();
    expect(publisher.sent).toBe(firstIndex + (size + 2) * entries);
    expect(received.verdict(publisher.sent)).toEqual(flawless);
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
    expect(await on.client.xlen(publisher.key)).toBe(publisher.sent - firstIndex + 2);
  });

  it('that are large is appended whole or not at all, wherever its transaction is cut, and in the end once', async () => {
    const publisher = await Publisher.on(on.proxied(), { coalesce: false });
    // Of which four make a window of 256 KiB.
    const points = 1 << 14;
    const publish = async (): Promise<void> => {
      for (let i = 0; i < 4; i++) publisher.send(points);
      await publisher.writer.flush();
    };
    const received = Received.points((await reading(on.direct(), publisher, 'int32')).points$);
    await publish();
    await publish();
    const places = [['WATCH', 0], ['EVALSHA_RO', 10], ['MULTI', 0], ['XADD', 0], ['XADD', 40], ['XADD', 30_000], ['XADD', 4 * points], ['EXEC', 0], ['EXEC', 5], ['EXEC', 13]] as const;
    await tries('transaction cut', 5 * places.length, async (trial) => {
      const [name, after] = places[trial.number % places.length] ?? places[0];
      const what = (['reset', 'end', 'reset in the answer'] as const)[trial.number % 3] ?? 'reset';
      // A suspect goes by the script: so the next window is cut again.
      const struck = on.proxy.strike(commandsNamed(name), { what, after: what === 'reset in the answer' ? 0 : after });
      const published = publish();
      await struck;
      trial.struck();
      await published;
      trial.recovered();
    });
    await publisher.writer.seal();
    await received.ended();
    expect(received.verdict(publisher.sent)).toEqual(flawless);
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
    expect(await on.client.xlen(publisher.key)).toBe(publisher.sent / points + 1);
  });

  /** Publishes one. */
  async function bytesOfWindow(publisher: Publisher): Promise<number> {
    const passed = firstValueFrom(on.proxy.passed$.pipe(filter(commandsNamed('EVALSHA'))));
    const before = on.proxy.withRole('writes')[0]?.bytes.requests ?? NaN;
    publisher.sendSingly(entries);
    await publisher.writer.flush();
    return (await passed).connection.bytes.requests - before;
  }
});
