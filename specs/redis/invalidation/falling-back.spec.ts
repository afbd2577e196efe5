/** A read that waits for tracking when that is refused falls back to blocking. */
import { expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import { asyncScheduler } from 'rxjs';
import { Link, type LinkEvents } from '../../../lib/redis/connection/link.js';
import { parseAddress } from '../../../lib/redis/connection/redis-address.js';
import { errorReply } from '../../../lib/redis/connection/redis-errors.js';
import { Invalidations } from '../../../lib/redis/invalidation/invalidations.js';
import { onRedis } from '../../store/on-redis.js';

const on = onRedis();

const events: LinkEvents = { opening: () => undefined, opened: () => undefined, lost: () => undefined, failed: () => undefined };

it('does not fail with StoreClosed', async () => {
  const address = parseAddress(on.url);
  if (E.isLeft(address)) throw address.left;
  const commands = new Link(address.right, events);
  const invalidations = new Invalidations(address.right, events, asyncScheduler, commands, {});
  let refuse = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    const refused = new Promise<never>((_, reject) => {
      refuse = () => reject(errorReply('NOPERM not any more'));
    });
    const first = { call: () => (resolve(), refused) };
    void invalidations.watch(first, 'every read');
  });
  await asked;
  invalidations.renew(new Error('lost'));
  const second = invalidations.watch({ call: () => Promise.resolve('OK') }, 'every read');
  refuse();
  const outcome = await second.catch((error: unknown) => error);
  invalidations.close();
  commands.close();
  expect(outcome).toMatchObject({ tracked: false });
});
