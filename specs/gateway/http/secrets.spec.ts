/** Tokens, the address of Redis and its password show nowhere: in no log, error, metric or message, wherever a client puts them. */
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { throwError } from 'rxjs';
import { jsonLine, textLine, type GatewayLogEntry } from '../../../lib/gateway.js';
import { freshRedis, type FreshRedis } from '../../support/redis.js';
import { rawSocket, request, upgrade } from './hostile.js';
import { closeAfterEach, connected, open, welcomed, type Opened } from './opened.js';

closeAfterEach();

const token = 'T0ken-of-the-beamline-7f3a';
const wrong = 'Wr0ng-token-of-an0ther-91c';
const password = 'Tr0ub4dor&3-of-redis';

let redis: FreshRedis;
beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);
beforeEach(async () => {
  await redis.client.call('ACL', 'SETUSER', 'default', 'nopass');
  await redis.reset();
  await redis.client.call('ACL', 'SETUSER', 'the-reader', 'reset', 'on', `>${password}`, '~*', '&*', '+@all', '-json.get');
});
afterAll(() => redis.stop());

const urlOf = (user: string, secret: string): string => {
  const url = new URL(redis.url);
  url.username = user;
  url.password = secret;
  return url.href;
};

/** All that somebody else than who started the gateway may get to see. */
async function seenOf({ port, logged }: Opened): Promise<string> {
  const answers = await Promise.all(['/healthz', '/readyz', '/metrics', '/', `/${token}`, '/v1/socket'].map((path) => request(port, path)));
  return [...logged.flatMap((entry) => [jsonLine(entry), textLine(entry), inspect(entry, { depth: null })]), ...answers.map((answer) => JSON.stringify(answer))].join('\n');
}

function expectNoSecret(text: string, ...more: readonly string[]): void {
  const secrets = [token, wrong, password, encodeURIComponent(password), 'Tr0ub4dor', `:${new URL(redis.url).port}`, ...more];
  expect(secrets.flatMap((secret) => (text.includes(secret) ? [text.slice(text.indexOf(secret) - 200, text.indexOf(secret) + 100)] : []))).toEqual([]);
}

/** A token where it does not belong, in everything that a client can choose. */
async function putEverywhere(opened: Opened, secret: string): Promise<string> {
  const { port } = opened;
  const said: string[] = [];
  const asked = [
    upgrade(port, { headers: { Origin: `https://${secret}` } }),
    upgrade(port, { host: `${secret}:80` }),
    upgrade(port, { headers: { 'Sec-WebSocket-Protocol': secret } }),
    upgrade(port, {}, `/v1/${secret}`),
    upgrade(port, {}, `/v1/socket?token=${secret}`),
    upgrade(port, { headers: { 'Sec-WebSocket-Key': secret } }),
    request(port, `/?token=${secret}`),
    request(port, `/${secret}`),
    request(port, '/metrics', { headers: { Authorization: `Bearer ${secret}`, 'If-None-Match': secret } }),
    request(port, '/', { method: 'TRACE', headers: { Cookie: secret } }),
  ];
  for (const answer of await Promise.all(asked)) said.push(JSON.stringify(answer));
  for (const text of [secret, JSON.stringify({ hello: 1, token: [secret] }), JSON.stringify({ hello: secret }), JSON.stringify({ hello: 1, token: `${secret}\n` }), JSON.stringify({ hello: 1, client: secret })]) {
    const client = await connected(opened);
    client.socket.send(text);
    // What is wrong with its own message a client may be told.
    if (text.includes(wrong)) await client.closed;
    else client.socket.close(4000, secret);
    await client.closed;
  }
  const raw = await rawSocket(port);
  raw.frame({ opcode: 8, payload: Buffer.concat([Buffer.of(0x0f, 0xa0), Buffer.from(secret)]) });
  await raw.closed;
  return said.join('\n');
}

describe('a token', () => {
  it.each([
    ['that is right', token],
    ['that is wrong', wrong],
  ])('%s shows nowhere, wherever it was put', async (_, secret) => {
    const opened = await open({ tokens: [{ token, roles: ['read', 'write'] }], allowWrite: true }, redis.url);
    const answers = await putEverywhere(opened, secret);
    const client = await welcomed(opened, token);
    const said = [
      await client.ask(1, secret),
      await client.ask(2, 'scan', secret),
      await client.ask(3, 'log', `esrf:stream:${secret}`, '0-0', 10),
    ];
    client.send({ token: wrong });
    said.push(await client.closed.then(({ code, reason }) => ({ code, reason })));
    expect(opened.logged.length).toBeGreaterThan(5);
    const [entries, metrics] = [opened.logged.map((entry) => JSON.stringify(entry)).join('\n'), (await request(opened.port, '/metrics')).body];
    expectNoSecret(entries);
    expectNoSecret(metrics);
    // An answer may hold what the client itself has just sent, never another's.
    const other = secret === token ? wrong : token;
    expect(`${answers}${JSON.stringify(said)}`).not.toContain(other);
    expectNoSecret(await seenOf(opened));
  });
});

describe('the database', () => {
  const call = async (opened: Opened): Promise<string> => {
    const client = await welcomed(opened);
    const scan = 'esrf:scan:01ARZ3NDEKTSV4RRFFQ69G5FAV';
    const answers = [client.welcome];
    const calls: readonly (readonly [string, ...unknown[]])[] = [
      ['protocolVersion'],
      ['history', '0-0', 10],
      ['scan', scan],
      ['scansExist', [scan]],
      ['identities', [scan]],
      ['states', [scan]],
      ['search', { prefix: 'esrf', criteria: [] }],
      ['heads', [{ key: 'esrf:stream:01ARZ3NDEKTSV4RRFFQ69G5FAV', scan }]],
      ['read', [{ key: 'esrf:stream:01ARZ3NDEKTSV4RRFFQ69G5FAV', scan, after: '0-0', maxEntries: 5 }]],
      ['text', 'esrf:stream:01ARZ3NDEKTSV4RRFFQ69G5FAV', scan],
    ];
    for (const [i, [name, ...args]] of calls.entries()) answers.push(await client.ask(i + 1, name, ...args));
    client.socket.close();
    return JSON.stringify(answers);
  };

  it('shows neither its address nor its password while it answers, nor where it refuses a command', async () => {
    const opened = await open({}, urlOf('the-reader', password));
    const answers = await call(opened);
    expect(answers).toContain('"error"');
    expectNoSecret(answers, 'the-reader', 'NOPERM: this user');
    expectNoSecret(await seenOf(opened), 'the-reader');
    // Who runs the gateway learns why.
    expect(opened.logged).toContainEqual(expect.objectContaining({ event: 'failed', reason: expect.stringContaining('NOPERM') }));
  });

  it('shows neither when the password is wrong', async () => {
    const opened = await open({}, urlOf('the-reader', `${password}-no-more`));
    const answers = await call(opened);
    expect(answers).toContain('"error"');
    expectNoSecret(answers, 'the-reader');
    expectNoSecret(await seenOf(opened), 'the-reader');
    expect(opened.logged).toContainEqual(expect.objectContaining({ event: 'database', level: 'warn' }));
  });

  it('shows neither while nothing is there', async () => {
    const opened = await open({}, `redis://the-reader:${encodeURIComponent(password)}@127.0.0.1:1/0`);
    const answers = await call(opened);
    expect(answers).toContain('Disconnected');
    expectNoSecret(answers, 'the-reader', '127.0.0.1:1', 'ECONNREFUSED');
    expectNoSecret(await seenOf(opened), 'the-reader', '127.0.0.1:1/', 'ECONNREFUSED');
    expect(await request(opened.port, '/readyz')).toMatchObject({ status: 503 });
  });

  it.each([`redis:/user:${password}@host`, `http://user:${password}@host`, `user:${password}@host:6379`, `redis://user:${password}@host:port`, `redis://user:${password}@host/0?${token}`])('shows nothing of an invalid URL: %s', async (url) => {
    const logged: GatewayLogEntry[] = [];
    let error: unknown;
    await open({ log: (entry) => logged.push(entry) }, url).catch((thrown: unknown) => {
      error = thrown;
    });
    expect(error).toMatchObject({ _tag: expect.stringMatching(/^Invalid/) });
    expectNoSecret(`${inspect(error, { depth: null, showHidden: true })} ${JSON.stringify(error)} ${JSON.stringify(logged)}`);
  });
});

describe('what fails in the program around it', () => {
  it('is logged by its name and place, without its message', async () => {
    const opened = await open({ authorize: ({ token: given }) => throwError(() => new RangeError(`no ${String(given)} at ${redis.url}`)) });
    const client = await connected(opened);
    client.send({ hello: 1, token });
    const { reason } = await client.closed;
    expect(await opened.logs({ event: 'failed' })).toMatchObject({ reason: expect.stringMatching(/^RangeError at /) });
    expectNoSecret(`${reason}${await seenOf(opened)}`);
  });
});
