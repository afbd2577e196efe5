/** URLs of servers and of Sentinels: what they say, and what is refused without repeating a password. */
import { describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import { DataStore } from '../../lib/index.js';
import { parseRedisUrl, type RedisUrl } from '../../lib/redis/redis-url.js';
import { failureOf } from '../store/outcomes.js';

const plain = { tls: false, master: undefined, db: 0, username: undefined, password: undefined };

describe('a URL', () => {
  const urls: readonly (readonly [string, Partial<RedisUrl>])[] = [
    ['redis://host', { ...plain, hosts: [{ host: 'host', port: 6379 }], shown: 'redis://host' }],
    ['redis://host:1234/3', { ...plain, hosts: [{ host: 'host', port: 1234 }], db: 3 }],
    ['rediss://[::1]:1234/', { ...plain, tls: true, hosts: [{ host: '::1', port: 1234 }] }],
    ['redis://user:p%40ss@host', { username: 'user', password: 'p@ss', shown: 'redis://user:***@host' }],
    ['redis://user:a/b?c#d@e@host', { username: 'user', password: 'a/b?c#d@e', shown: 'redis://user:***@host' }],
    ['redis://:secret@host', { username: undefined, password: 'secret', shown: 'redis://:***@host' }],
    ['redis+sentinel://one,two:1/main', { ...plain, hosts: [{ host: 'one', port: 26379 }, { host: 'two', port: 1 }], master: 'main' }],
    ['rediss+sentinel://user:secret@one:5/a%20b/7', { tls: true, hosts: [{ host: 'one', port: 5 }], master: 'a b', db: 7, username: 'user', password: 'secret', shown: 'rediss+sentinel://user:***@one:5/a%20b/7' }],
  ];

  it.each(urls)('%s is understood', (url, parsed) => {
    expect(parseRedisUrl(url)).toMatchObject({ _tag: 'Right', right: parsed });
  });

  const refused: readonly (readonly [string, string])[] = [
    ['redis://host?password=secret', 'a query'],
    ['redis://host#secret', 'a fragment'],
    ['redis://user:12/secret', 'database number'],
    ['redis://user@host', 'a user without a password'],
    ['redis://user:%secret@host', 'a stray %'],
    ['redis://one:1,two:2', 'several hosts'],
    ['redis://host/1/2', 'database number'],
    ['redis+sentinel://user:secret@host:26379', 'the name of a master'],
    ['redis+sentinel://user:secret@one,,two/main', 'without a host'],
    ['redis+sentinel://user:secret@/main', 'without a host'],
    ['redis+sentinel://user:secret@one:port/main', 'no URL'],
    ['redis+sentinel://user:secret@one/main/first', 'database number after the name'],
  ];

  it.each(refused)('%s is refused', (url, why) => {
    const parsed = parseRedisUrl(url);
    if (E.isRight(parsed)) throw new Error('it was understood');
    expect(parsed.left).toMatchObject({ _tag: 'InvalidUrl', retriable: false });
    expect(parsed.left.message).toContain(why);
    expect(JSON.stringify(parsed.left) + parsed.left.message).not.toContain('secret');
  });
});

it.each([
  ['connection.tls', { tls: {} }],
  ['connection.sentinel', { sentinel: { password: 'secret' } }],
])('options that do not go with the URL are an InvalidArgument: %s', async (argument, connection) => {
  const error = await failureOf(DataStore.init('redis://host', { connection }));
  expect(error).toMatchObject({ _tag: 'InvalidArgument', argument });
  expect(JSON.stringify(error)).not.toContain('secret');
});
