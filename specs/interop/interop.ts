/** What every test between Python and this package needs: one database, and both at it. */
import { afterAll, beforeAll } from '@jest/globals';
import { DataStore, ESRFIdentity, isBlissdataError, type IdentityModel } from '../../lib/index.js';
import type { BlissdataVersion } from '../support/python.js';
import { freshRedis, type FreshRedis } from '../support/redis.js';
import { PythonSession } from './python-session.js';

export const versions: readonly BlissdataVersion[] = ['2.4.5', '1.1.4'];

export interface Interop {
  readonly redis: FreshRedis;
  readonly store: DataStore;
  readonly python: PythonSession;
}

/** One server with one Python process for the tests of a `describe`; the database is set up for blissdata by one of the two. */
export function useInterop(version: BlissdataVersion, initialisedBy: 'us' | 'Python', model: IdentityModel = ESRFIdentity): () => Interop {
  let interop: Interop | undefined;
  const open: (() => unknown)[] = [];

  beforeAll(async () => {
    const redis = await freshRedis();
    open.push(() => redis.stop());
    const python = await PythonSession.start(version, redis.url);
    open.push(() => python.end());
    const store = DataStore.connect(redis.url);
    // What could not be written is what some tests are about.
    open.push(() => store.close().catch(isBlissdataError));
    await (initialisedBy === 'us' ? DataStore.init(redis.url, { identity: model }) : python.tell('init', { model: model.prefix }));
    interop = { redis, store, python };
  });

  afterAll(async () => {
    for (const close of open.reverse()) await close();
  });

  return () => {
    if (interop === undefined) throw new Error('the tests have not begun');
    return interop;
  };
}
