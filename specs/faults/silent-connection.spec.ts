/** After one connection fell silent, no request waits for the others. */
import { expect, it } from '@jest/globals';
import { reading, untilAwaited } from '../scan/publishing.js';
import { flawless, Received } from './records.js';
import { onFaults } from './on-faults.js';
import { Publisher } from './publisher.js';

const on = onFaults();

it('gives up all connections once one is silent for too long, for each would take as long to find out', async () => {
  const publisher = await Publisher.on(on.direct());
  const received = Received.points((await reading(on.proxied({ connection: { socketTimeout: 500 } }), publisher, 'int32')).points$);
  await publisher.publish();
  await received.has(1);
  await untilAwaited(on.client, 1);
  const before = on.proxy.connections;
  expect(new Set(before.map(({ role }) => role))).toEqual(new Set(['commands', 'subscriber', 'reads']));

  on.proxy.freezeAll();
  await publisher.publish();
  await received.has(2);

  expect(on.proxy.connections.filter((connection) => before.includes(connection))).toEqual([]);
  await publisher.scan.close();
  await received.ended();
  expect(received.verdict(2)).toEqual(flawless);
});
