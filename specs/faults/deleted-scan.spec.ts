/** A writer that outlives the deletion of its scan: it gets a typed error, and leaves no key that would live for ever. */
import { describe, expect, it } from '@jest/globals';
import { stateKeyOf } from '../scan/publishing.js';
import { failureOf } from '../store/outcomes.js';
import { onFaults } from './on-faults.js';
import { commandsNamed } from './proxy.js';
import { Publisher } from './publisher.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

/** The keys that will stay for ever, but for those of the database itself. */
async function keysToStay(): Promise<readonly string[]> {
  const keys = (await on.client.keys('esrf:*')).filter((key) => !key.startsWith('esrf:scan:index'));
  const lives = await Promise.all(keys.map((key) => on.client.ttl(key)));
  return keys.filter((_, i) => lives[i] === -1);
}

/** The scan as the SDK deletes it, with ten more seconds to live, and after those. */
const deletions: readonly (readonly [string, (publisher: Publisher) => Promise<unknown>])[] = [
  ['about to expire', ({ scan }) => on.direct().deleteScan(scan.key, { force: true })],
  ['deleted', async ({ scan, key }) => on.client.del(scan.key, key, await stateKeyOf(on.client, scan.key))],
];

describe.each(deletions)('a scan that is %s', (name, remove) => {
  const scanNotFound = expect.objectContaining({ _tag: 'ScanNotFound', retriable: false });

  it('is ScanNotFound for its writers, which leave no key behind', async () => {
    await tries(`writer outlives its scan (${name})`, 5, async (trial) => {
      const publisher = await Publisher.on(on.proxied());
      await publisher.publish(3);
      await remove(publisher);
      trial.struck();
      publisher.send(3);
      expect(await failureOf(publisher.writer.flush())).toEqual(scanNotFound);
      trial.recovered();
      expect(await failureOf(publisher.writer.seal())).toEqual(scanNotFound);
      expect(await failureOf(publisher.scan.close())).toEqual(scanNotFound);
      expect(await keysToStay()).toEqual([]);
    });
  });

  it('is ScanNotFound for a window that was under way, however often it is sent', async () => {
    await tries(`scan deleted (${name}) while a window travels`, 6, async (trial) => {
      const publisher = await Publisher.on(on.proxied());
      await publisher.publish(3);
      const struck = on.proxy.strike(commandsNamed('EVALSHA'), { what: trial.number % 2 === 0 ? 'reset' : 'reset in the answer', after: 0 });
      on.proxy.refuse();
      publisher.send(3);
      await struck;
      await remove(publisher);
      trial.struck();
      await on.proxy.accept();
      expect(await failureOf(publisher.writer.flush())).toEqual(scanNotFound);
      trial.recovered();
      expect(await failureOf(publisher.scan.close())).toEqual(scanNotFound);
      expect(await keysToStay()).toEqual([]);
    });
  });
});
