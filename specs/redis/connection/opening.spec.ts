/** Connections that cannot be opened: the error gives the reason, and nothing waits longer than its options allow. */
import dns from 'node:dns';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, expect, it, jest } from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import type { Database } from '../../../lib/ports/database.js';
import { redisDatabase, type RedisDatabaseOptions } from '../../../lib/redis/redis-database.js';
import { failureOf } from '../../store/outcomes.js';

let databases: Database[] = [];
const opened = (url: string, connection: RedisDatabaseOptions['connection'] = {}): Database => {
  const database = redisDatabase(url, { connection });
  databases.push(database);
  return database;
};

afterEach(async () => {
  await Promise.all(databases.map((database) => lastValueFrom(database.close(), { defaultValue: undefined })));
  databases = [];
});

/** Resolves every host name to these addresses. */
function naming(...addresses: readonly string[]): void {
  const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  jest.spyOn(dns, 'lookup').mockImplementation((...args: unknown[]) => {
    const found = args.at(-1);
    if (typeof found === 'function') process.nextTick(() => void Reflect.apply(found, undefined, [null, all]));
  });
}

it('a host whose addresses all refuse is reported with each of them', async () => {
  naming('127.0.0.1', '127.0.0.2', '::1');
  const error = await failureOf(opened('redis://several:1').text('x'));
  jest.restoreAllMocks();
  expect(error).toMatchObject({ _tag: 'Disconnected', reason: expect.stringMatching(/ECONNREFUSED 127.0.0.1:1; .*127.0.0.2/) });
});

it.each([
  ['connection.password', 'redis://127.0.0.1:1', { username: 'reader' }],
  ['connection.password', 'redis://127.0.0.1:1', { username: 'reader', password: '' }],
  ['connection.sentinel.password', 'redis+sentinel://127.0.0.1:1/main', { sentinel: { username: 'reader' } }],
])('a user without a password is an InvalidArgument, %s, rather than a login as another user', async (argument, url, connection) => {
  expect(await failureOf(opened(url, connection).text('x'))).toMatchObject({ _tag: 'InvalidArgument', argument });
});

it('the URL may hold the password for a username option', async () => {
  expect(await failureOf(opened('redis://:secret@127.0.0.1:1', { username: 'reader' }).text('x'))).toMatchObject({ _tag: 'Disconnected' });
});

it.each(['redis://x', 'rediss://x', 'redis+sentinel://x/main', 'rediss+sentinel://x/main'])('where %s stays silent, nothing is kept waiting once the database is closed', async (form) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const place = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  // Longer than any test.
  const database = opened(form.replace('x', place), { connectTimeout: 1e6, socketTimeout: 1e6 });
  const failure = failureOf(database.text('x'));
  await once(server, 'connection');
  await lastValueFrom(database.close(), { defaultValue: undefined });
  expect(await failure).toMatchObject({ _tag: 'StoreClosed' });
  for (const socket of sockets) socket.destroy();
  server.close();
});
