/** Every way in which a stream disappears, and the event for a reader that has read from it. */
import type { Redis } from 'ioredis';
import { expire, stateKeyOf } from '../scan/publishing.js';
import type { OnFaults } from './on-faults.js';

interface Published {
  readonly key: string;
  readonly scan: { readonly key: string };
}

/** A name, the loss, and the tag of the reader's error. */
export type DataLoss = readonly [name: string, lose: (published: Published) => Promise<unknown>, tag: string];

/** The keys live for ten more seconds, though the scan counts as deleted at once. */
export const scanExpires = 'EXPIRE of the scan with its streams';

/** Resolves once the key is gone: a read that is sent before would still find all of it. */
async function expired(client: Redis, key: string): Promise<void> {
  await client.pexpire(key, 1);
  while ((await client.exists(key)) === 1);
}

export const dataLossesOn = (on: Pick<OnFaults, 'client'>): readonly DataLoss[] => [
  ['FLUSHALL', () => on.client.flushall(), 'StreamRewound'],
  ['DEL of the stream', ({ key }) => on.client.del(key), 'StreamDeleted'],
  ['EXPIRE of the stream', ({ key }) => expired(on.client, key), 'StreamDeleted'],
  ['DEL of the scan with its streams', async ({ key, scan }) => on.client.del(key, scan.key, await stateKeyOf(on.client, scan.key)), 'ScanNotFound'],
  [scanExpires, async ({ key, scan }) => expire(on.client, key, scan.key, await stateKeyOf(on.client, scan.key)), 'ScanNotFound'],
  ['a stream that begins anew', ({ key }) => on.client.multi().del(key).xadd(key, '0-1', 'payload', Buffer.alloc(4)).exec(), 'StreamRewound'],
];
