/** Replies that are lost after the command ran: whatever is retried happens once. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { ScanState } from '../../lib/index.js';
import { identity, reading, statesAt } from '../scan/publishing.js';
import { flawless, Received, stored } from './records.js';
import { onFaults } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { Publisher } from './publisher.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

const lost = { what: 'reset in the answer', after: 0 } as const;

describe('a reply that is lost after the command ran', () => {
  it('of points that were written makes no duplicate', async () => {
    const publisher = await Publisher.on(on.proxied(), { coalesce: false });
    const received = Received.points((await reading(on.direct(), publisher, 'int32')).points$);
    await publisher.publish();
    await tries('answer to points lost', 20, async (trial) => {
      const struck = on.proxy.strike(commandsNamed('EVALSHA'), lost);
      publisher.sendSingly(10);
      await struck;
      trial.struck();
      // What is sent meanwhile does not change the window that is sent again.
      publisher.sendSingly(10);
      await publisher.writer.flush();
      trial.recovered();
    });
    await publisher.writer.seal();
    await received.ended();
    expect(received.verdict(publisher.sent)).toEqual(flawless);
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
  });

  it('again and again makes no duplicate', async () => {
    const publisher = await Publisher.on(on.proxied());
    await publisher.publish();
    for (let i = 0; i < 5; i++) void on.proxy.strike(commandsNamed('EVALSHA'), lost);
    await publisher.publish(10);
    expect(await stored(on.client, publisher.key, publisher.sent)).toEqual(flawless);
    expect(await on.client.xlen(publisher.key)).toBe(2);
  });

  it('of the seal, of states and of a deletion is no failure', async () => {
    const store = on.proxied();
    // Scripts are there from now on: the answer that is lost is the last one.
    const before = await Publisher.on(store);
    await before.scan.close();
    await store.deleteScan(before.scan.key);
    await tries('answer to a seal, a state, a deletion lost', 5, async (trial) => {
      const publisher = await Publisher.on(store);
      await publisher.publish(3);
      const sealing = on.proxy.strike(commandsNamed('EVALSHA'), lost);
      const sealed = publisher.writer.seal();
      await sealing;
      trial.struck();
      expect(await sealed).toBe(3);
      trial.recovered();
      for (const step of [() => publisher.scan.stop(), () => publisher.scan.close(), () => store.deleteScan(publisher.scan.key)]) {
        const struck = on.proxy.strike(commandsNamed('EVALSHA'), lost);
        const done = step();
        await struck;
        await done;
      }
      expect(await on.client.ttl(publisher.scan.key)).toBeLessThanOrEqual(10);
    });
  });

  it('of a state leaves each state once', async () => {
    const store = on.proxied();
    const scan = await store.createScan(identity);
    for (const step of [() => scan.prepare(), () => scan.start(), () => scan.stop(), () => scan.close()]) {
      const struck = on.proxy.strike(commandsNamed('EVALSHA'), lost);
      const done = step();
      await struck;
      await done;
    }
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '1', '2', '3', '4']);
    const states$ = (await firstValueFrom(on.direct().loadScan(scan.key))).state$;
    expect(await lastValueFrom(states$.pipe(toArray()))).toEqual([ScanState.CLOSED]);
  });

  it('of the creation of a scan creates it once', async () => {
    const store = on.proxied();
    await store.createScan(identity);
    const struck = on.proxy.strike(commandsNamed('EVALSHA'), lost);
    const created = store.createScan({ ...identity, number: 2 });
    await struck;
    const { key } = await created;
    expect(await statesAt(on.client, key)).toEqual(['0']);
    const history = await on.client.xrange('_SCAN_HISTORY_', '-', '+');
    expect(history.filter(([, fields]) => fields.includes(key))).toHaveLength(1);
  });
});
