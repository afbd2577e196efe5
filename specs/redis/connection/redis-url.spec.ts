/** URLs of servers and of Sentinels: what they say, and what is refused without repeating a password. */
import { describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import { DataStore } from '../../../lib/index.js';
import { parseRedisUrl, type RedisUrl } from '../../../lib/redis/connection/redis-url.js';
import { failureOf } from '../../store/outcomes.js';

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
    ['redis://host?db=2', { ...plain, hosts: [{ host: 'host', port: 6379 }], db: 2, shown: 'redis://host?db=2' }],
    ['redis://host:1/3?db=2&db=4', { db: 2 }],
    ['redis://host/3?db=', { db: 3 }],
    ['redis://host/3?db=+5', { db: 5 }],
    ['redis://m\u00fcnchen', { hosts: [{ host: 'm\u00fcnchen', port: 6379 }] }],
    ['redis://user:secret@[fe80::1%25eth0]:1', { hosts: [{ host: 'fe80::1%eth0', port: 1 }] }],
    ['redis://[fe80::1%eth0]/2', { hosts: [{ host: 'fe80::1%eth0', port: 6379 }], db: 2 }],
    ['redis://host?timeout=1.5&max_connections=+5&health_check_interval=0', { ...plain, hosts: [{ host: 'host', port: 6379 }] }],
    ['redis://', { ...plain, hosts: [{ host: 'localhost', port: 6379 }] }],
    ['redis://:1234/2', { hosts: [{ host: 'localhost', port: 1234 }], db: 2 }],
    ['redis:///2?', { hosts: [{ host: 'localhost', port: 6379 }], db: 2 }],
    ['redis://host?username=user&password=a%2Bb+c@d%2525', { username: 'user', password: 'a+b c@d%', shown: 'redis://host' }],
    ['redis://me:mine@host?username=user&password=secret', { username: 'me', password: 'mine', shown: 'redis://me:***@host' }],
    ['redis://host?socket_timeout=1.5&socket_connect_timeout=2', { socketTimeout: 1500, connectTimeout: 2000 }],
    ['redis://host?client_name=me&protocol=3&health_check_interval=30&socket_keepalive=True&decode_responses=True&max_connections=5', { name: 'me' }],
    ['unix:///run/redis.sock', { ...plain, hosts: [], path: '/run/redis.sock', shown: 'unix:///run/redis.sock' }],
    ['unix:///run/a%20b@c.sock?db=3', { path: '/run/a b@c.sock', db: 3, shown: 'unix:///run/a%20b@c.sock?db=3' }],
    ['unix://user:secret@/run/redis.sock?db=0', { path: '/run/redis.sock', username: 'user', password: 'secret', db: 0, shown: 'unix://user:***@/run/redis.sock?db=0' }],
    ['unix://user@/run/redis.sock?password=secret', { username: 'user', password: 'secret' }],
    ['rediss://host?ssl_cert_reqs=none&ssl_check_hostname=false&ssl_ca_certs=/ca.pem&ssl_certfile=/c&ssl_keyfile=/k&ssl_password=secret', {
      tls: true,
      tlsOptions: { rejectUnauthorized: false, checkHostname: false, caFile: '/ca.pem', certFile: '/c', keyFile: '/k', passphrase: 'secret' },
    }],
    ['redis+sentinel://one/main?db=5&socket_timeout=1', { master: 'main', db: 5, socketTimeout: 1000 }],
  ];

  it.each(urls)('%s is understood', (url, parsed) => {
    expect(parseRedisUrl(url)).toMatchObject({ _tag: 'Right', right: parsed });
  });

  const refused: readonly (readonly [string, string])[] = [
    ['redis://host?pasword=secret', 'the option "pasword"'],
    ['redis://host?db=0&ssl_ciphers=secret', 'the option "ssl_ciphers"'],
    ['redis://host?__proto__=secret', 'the option "__proto__"'],
    ['redis://host?ssl_password=secret', 'ssl_password'],
    ['redis://host?db=secret', 'db to be the number of a database'],
    ['redis://host?db=-1', 'db to be'],
    ['redis://host?socket_timeout=secret', 'socket_timeout to be a time in seconds'],
    ['redis://host?socket_timeout=0', 'socket_timeout to be'],
    ['redis://host?max_connections=secret', 'max_connections to be a whole number'],
    ['redis://host?health_check_interval=1.5', 'health_check_interval to be a whole number'],
    ['redis://host?timeout=secret', 'timeout to be a number'],
    ['redis://[fe80::1%]:1', 'not a URL'],
    ['redis://host?protocol=4', 'protocol to be 2 or 3'],
    ['rediss://host?ssl_cert_reqs=secret', 'ssl_cert_reqs to be none or optional or required'],
    ['redis://host?username=user', 'a user without a password'],
    ['redis://host?password=secret#x', 'a fragment'],
    ['redis://user:12?secret=x@host', 'a text with an @ after a ?'],
    ['unix://host/path?password=secret', 'a URL with a host'],
    ['unix://user:secret@', 'without a path'],
    ['unix:///?password=secret', 'without a path'],
    ['unix:///a%zz?password=secret', 'a stray %'],
    ['unix:path', 'not a URL'],
    ['redis://host#secret', 'a fragment'],
    ['redis://user:12/secret', 'database number'],
    ['redis://user@host', 'a user without a password'],
    ['redis://user:%secret@host', 'a stray %'],
    ['redis://one:1,two:2', 'several hosts'],
    ['redis://host/1/2', 'database number'],
    ['redis+sentinel://user:secret@host:26379', "the master's name"],
    ['redis+sentinel://user:secret@one,,two/main', 'without a host'],
    ['redis+sentinel://user:secret@/main', 'without a host'],
    ['redis+sentinel://user:secret@one:port/main', 'not a URL'],
    ['redis+sentinel://user:secret@one/main/first', "database number after the master's name"],
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
