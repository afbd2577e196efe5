/** The command `blissdata-rx gateway`, from the outside. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { child, type Child } from '../server/child.js';
import { freshRedis, type FreshRedis } from '../support/redis.js';

let redis: FreshRedis;
let folder: string;
let running: Child[] = [];

beforeAll(async () => {
  redis = await freshRedis();
  await redis.reset();
}, 300_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-'));
});
afterEach(async () => {
  for (const { process } of running) process.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => redis.stop());

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const started = child('lib/cli/main.ts', ['gateway', ...args], { ...process.env, ...env });
  running.push(started);
  return started;
}

/** Its URL, which is what the one line on standard output says. */
async function urlOf(command: Child): Promise<string> {
  const line = await command.line();
  expect(line).toMatch(/^blissdata-rx: serving https?:\/\/\S+:\d+ \(Ctrl-C stops it\)$/);
  return /serving (\S+)/.exec(line)?.[1] ?? '';
}

/** The welcome, or the code of the close that came in its place. */
async function greeted(url: string, hello: object = {}): Promise<{ readonly socket: WebSocket; readonly answer: unknown }> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/socket`, 'blissdata.v1');
  const answer = Promise.race([once(socket, 'message').then(([data]): unknown => JSON.parse(String(data))), once(socket, 'close').then(([code]): unknown => code)]);
  await once(socket, 'open');
  socket.send(JSON.stringify({ hello: 1, ...hello }));
  return { socket, answer: await answer };
}

const lines = (text: string): readonly string[] => text.trimEnd().split('\n');

describe('blissdata-rx gateway', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('serves a database and ends well on %s, with its clients told', async (signal) => {
    const command = start(['--redis', redis.url, '--port', '0', '--name', 'id10']);
    const url = await urlOf(command);
    const { socket, answer } = await greeted(url);
    expect(answer).toMatchObject({ welcome: 1, database: 'id10', rights: { write: false, delete: false } });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const told = once(socket, 'message').then(([data]): unknown => JSON.parse(String(data)));
    command.process.kill(signal);
    expect(await told).toEqual({ drain: 5000 });
    socket.close();
    const { code, stderr } = await command.ended;
    expect(code).toBe(0);
    expect(lines(stderr).map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual(['info listening:', 'info opened:', 'info draining:', 'info closed:', 'info stopped:']);
  });

  it('takes the URL of the database from BLISSDATA_URL, and logs JSON if asked to', async () => {
    const command = start(['--port', '0', '--log', 'json', '--allow-write', '--allow-delete', '--gather', '5'], { BLISSDATA_URL: redis.url });
    const url = await urlOf(command);
    expect((await greeted(url)).answer).toMatchObject({ rights: { write: true, delete: true } });
    command.process.kill('SIGTERM');
    const { stderr } = await command.ended;
    const entries: readonly unknown[] = lines(stderr).map((line): unknown => JSON.parse(line));
    expect(entries[0]).toEqual({ time: expect.stringMatching(/^\d{4}-.*Z$/), level: 'info', event: 'listening', message: expect.stringContaining(url) });
    expect(entries[1]).toMatchObject({ event: 'opened', session: expect.any(String), address: '127.0.0.1' });
    expect(stderr).not.toContain(new URL(redis.url).port);
  });

  it('lets in by a token file, which SIGHUP reads again; one that is wrong changes nothing', async () => {
    const [first, second] = ['the-first-token-1', 'the-second-token'];
    const file = join(folder, 'tokens');
    writeFileSync(file, `${first} read session=id10*\n`, { mode: 0o600 });
    const command = start(['--redis', redis.url, '--host', '0.0.0.0', '--port', '0', '--token-file', file]);
    const url = await urlOf(command);
    expect((await greeted(url)).answer).toBe(4401);
    const { socket, answer } = await greeted(url, { token: first });
    expect(answer).toMatchObject({ welcome: 1 });

    writeFileSync(file, `${second} nonsense\n`);
    const refused = until(command, 'The old tokens and the old certificate stay');
    command.process.kill('SIGHUP');
    await refused;
    expect((await greeted(url, { token: first })).answer).toMatchObject({ welcome: 1 });

    writeFileSync(file, `${second} read\n`);
    const closed = once(socket, 'close');
    command.process.kill('SIGHUP');
    expect((await closed)[0]).toBe(4401);
    expect((await greeted(url, { token: second })).answer).toMatchObject({ welcome: 1 });
    command.process.kill('SIGTERM');
    const { stderr } = await command.ended;
    expect(stderr).not.toMatch(/the-first-token|the-second-token/);
  });

  it('serves pages, and lets in the pages that it is told of', async () => {
    writeFileSync(join(folder, 'index.html'), 'the page');
    const command = start(['--redis', redis.url, '--port', '0', '--pages', folder, '--origin', 'https://a.example', 'https://b.example', '--embed-origin', 'https://c.example']);
    const url = await urlOf(command);
    const page = await fetch(url);
    expect(await page.text()).toBe('the page');
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'self' https://c.example");
    for (const [origin, status] of [['https://b.example', 101], ['https://c.example', 403]] as const) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`, 'blissdata.v1', { origin });
      const answered = Promise.race([once(socket, 'open').then(() => 101), once(socket, 'unexpected-response').then(([, response]: unknown[]) => (typeof response === 'object' && response !== null && 'statusCode' in response ? response.statusCode : 0))]);
      expect(await answered).toBe(status);
      socket.on('error', () => undefined).terminate();
    }
  });

  it.each([
    ['another address without tokens', ['--host', '0.0.0.0'], /^blissdata-rx: Invalid host: expected an address of this machine alone/],
    ['an invalid URL, which it does not repeat', ['--redis', 'http://user:secret@host'], /^blissdata-rx: Invalid URL: (?!.*secret)/],
    ['a token file that is not there', ['--token-file', '/nonexistent/tokens'], /^blissdata-rx: Cannot read \/nonexistent\/tokens/],
    ['a certificate without its key', ['--cert', 'cert.pem'], /^blissdata-rx: Invalid cert and key/],
    ['a port that is none', ['--port', '80x'], /A port is a number from 0 to 65535/],
    ['an origin that is none', ['--origin', 'a.example'], /^blissdata-rx: Invalid origin/],
    ['a form of the log that it does not know', ['--log', 'xml'], /Allowed choices are text, json/],
  ])('refuses %s', async (_, args, message) => {
    const { code, stderr } = await start(['--redis', redis.url, '--port', '0', ...args]).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('says that a port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { code, stderr } = await start(['--redis', redis.url, '--port', port]).ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: `blissdata-rx: Port ${port} is in use: choose another one, or 0 for any free port\n` });
    other.close();
  });

  it('explains itself', async () => {
    const help = start(['--help']);
    const { code } = await help.ended;
    expect(code).toBe(0);
    const said: string[] = [];
    for (let line = await help.line(); !line.startsWith('Spaces, commas'); line = await help.line()) said.push(line);
    for (const option of ['--redis', '--host', '--port', '--token-file', '--origin', '--allow-write', '--allow-delete', '--files', '--cert', '--key', '--gather', '--pages', 'BLISSDATA_URL', 'SIGTERM']) expect(said.join('\n')).toContain(option);
  });
});

/** Resolves when the command has said a text on standard error. */
async function until(command: Child, text: string): Promise<void> {
  let said = '';
  while (!said.includes(text)) said += String((await once(command.process.stderr, 'data'))[0]);
}
