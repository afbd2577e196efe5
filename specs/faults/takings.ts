/** Every way in which a stream is taken away from its readers, and the event that it is for one that has read something. */
import { expire, stateKeyOf } from '../scan/publishing.js';
import type { OnFaults } from './on-faults.js';

interface Taken {
  readonly key: string;
  readonly scan: { readonly key: string };
}

/** Its name, what is done, and the tag of the error. */
export type Taking = readonly [name: string, take: (published: Taken) => Promise<unknown>, tag: string];

/** The keys are there for ten seconds more, though the scan counts as deleted at once. */
export const scanExpires = 'EXPIRE of the scan with its streams';

export const takingsOn = (on: OnFaults): readonly Taking[] => [
  ['FLUSHALL', () => on.client.flushall(), 'StreamRewound'],
  ['DEL of the stream', ({ key }) => on.client.del(key), 'StreamDeleted'],
  ['EXPIRE of the stream', ({ key }) => on.client.pexpire(key, 1), 'StreamDeleted'],
  ['DEL of the scan with its streams', async ({ key, scan }) => on.client.del(key, scan.key, await stateKeyOf(on.client, scan.key)), 'ScanNotFound'],
  [scanExpires, async ({ key, scan }) => expire(on.client, key, scan.key, await stateKeyOf(on.client, scan.key)), 'ScanNotFound'],
  ['a stream that begins anew', ({ key }) => on.client.multi().del(key).xadd(key, '0-1', 'payload', Buffer.alloc(4)).exec(), 'StreamRewound'],
];
