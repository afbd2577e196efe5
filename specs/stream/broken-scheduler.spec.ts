/** A user's scheduler that throws fails the writer, and leaves no call waiting. */
import { expect, it } from '@jest/globals';
import { asyncScheduler } from 'rxjs';
import { DataStore, numeric } from '../../lib/index.js';
import { publishing } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf } from '../store/outcomes.js';

const on = onRedis();

it('fails the writer whose points it does not let go', async () => {
  let isBroken = false;
  const scheduler = new Proxy(asyncScheduler, {
    get(target, name): unknown {
      if (isBroken && name === 'schedule') throw new TypeError('no clock');
      return Reflect.get(target, name);
    },
  });
  const store = DataStore.connect(on.url, { scheduler });
  const { scan, writer } = await publishing(store, numeric('float64'));
  isBroken = true;
  const broken = { _tag: 'InternalError', reason: expect.stringContaining('no clock'), retriable: false };
  expect(await failureOf(() => writer.send(1))).toMatchObject(broken);
  isBroken = false;
  expect(await failureOf(() => writer.send(2))).toMatchObject(broken);
  expect(await failureOf(scan.close())).toMatchObject(broken);
  await store.close();
});
