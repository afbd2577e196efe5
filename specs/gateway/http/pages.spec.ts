/** What the web server serves, with which headers, and what of a hostile request does not get through. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { Admission } from '../../../lib/gateway/http/admission.js';
import { textAnswer } from '../../../lib/gateway/http/responses.js';
import { WebServer } from '../../../lib/gateway/http/web-server.js';
import { DataStore } from '../../../lib/index.js';
import { authority } from '../../faults/certificates.js';
import { closeAfterEach, open } from './opened.js';
import { exchange, parsed, request } from './hostile.js';

closeAfterEach();

let folder: string;
let pages: string;
const script = 'console.log(1);'.repeat(100);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blissdata-rx-spec-'));
  pages = join(folder, 'pages');
  await mkdir(join(pages, 'assets'), { recursive: true });
  await mkdir(join(pages, '.git'));
  await writeFile(join(folder, 'secret.txt'), 'the secret');
  await writeFile(join(pages, 'index.html'), '<!doctype html><title>Pages</title>');
  await writeFile(join(pages, 'assets', 'main-Q4JX2A7B.js'), script);
  await writeFile(join(pages, 'assets', 'main-Q4JX2A7B.js.br'), brotliCompressSync(script));
  await writeFile(join(pages, 'with space.txt'), 'spaced');
  await writeFile(join(pages, '.env'), 'the secret');
  await writeFile(join(pages, '.git', 'config'), 'the secret');
  await symlink(join(folder, 'secret.txt'), join(pages, 'link.txt'));
  await symlink(folder, join(pages, 'up'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('pages', () => {
  it('are served by their names', async () => {
    const { port } = await open({ pages });
    expect(await request(port, '/')).toMatchObject({ status: 200, body: '<!doctype html><title>Pages</title>', headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' } });
    expect(await request(port, '/index.html?theme=dark')).toMatchObject({ status: 200 });
    expect(await request(port, '/assets/main-Q4JX2A7B.js')).toMatchObject({ status: 200, body: script, headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': expect.stringContaining('immutable') } });
    expect(await request(port, '/with%20space.txt')).toMatchObject({ status: 200, body: 'spaced' });
    expect(await request(port, '/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '', headers: { 'content-length': '35' } });
  });

  it('may be given as bytes', async () => {
    const { port } = await open({ pages: new Map([['a/index.html', Buffer.from('a')]]) });
    expect(await request(port, '/a/')).toMatchObject({ status: 200, body: 'a' });
    expect(await request(port, '/a')).toMatchObject({ status: 404 });
  });

  it('are sent once to one who has them', async () => {
    const { port } = await open({ pages });
    const { headers } = await request(port, '/');
    const tag = headers['etag'] ?? '';
    expect(tag).toMatch(/^"[\w-]{43}"$/);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) expect(await request(port, '/', { headers: { 'If-None-Match': known } })).toMatchObject({ status: 304, body: '', headers: { etag: tag } });
    expect(await request(port, '/', { headers: { 'If-None-Match': '"other"' } })).toMatchObject({ status: 200 });
  });

  it('are sent compressed where that is understood', async () => {
    const { port } = await open({ pages });
    const path = '/assets/main-Q4JX2A7B.js';
    const packed = await request(port, path, { headers: { 'Accept-Encoding': 'gzip, deflate, br, zstd' } });
    expect(packed).toMatchObject({ status: 200, headers: { 'content-encoding': 'br', vary: 'Accept-Encoding', 'content-type': 'text/javascript; charset=utf-8' } });
    expect(packed.body.length).toBeLessThan(100);
    const plain = await request(port, path, { headers: { 'Accept-Encoding': 'gzip' } });
    expect(plain).toMatchObject({ status: 200, body: script, headers: { vary: 'Accept-Encoding' } });
    expect(plain.headers['etag']).not.toBe(packed.headers['etag']);
    expect(await request(port, `${path}.br`)).toMatchObject({ status: 404 });
  });

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '//secret.txt',
    '/./index.html',
    '/assets/..%00/secret.txt',
    '/index.html%00',
    '/%',
    '/%c0%ae%c0%ae/secret.txt',
    '/link.txt',
    '/up/secret.txt',
    '/.env',
    '/.git/config',
    '/assets',
    '/assets/',
    '/constructor',
    '/__proto__',
    '*',
  ])('are no others: %s is 404', async (path) => {
    const { port } = await open({ pages });
    const answer = await request(port, path);
    expect(answer).toMatchObject({ status: 404 });
    expect(answer.body).not.toContain('secret');
  });

  it('stay as they were at the start', async () => {
    const { port } = await open({ pages });
    await writeFile(join(pages, 'later.txt'), 'later');
    expect(await request(port, '/later.txt')).toMatchObject({ status: 404 });
  });

  it('that are not there are an error at the start', async () => {
    await expect(open({ pages: join(folder, 'absent') })).rejects.toMatchObject({ _tag: 'FileNotReadable' });
  });
});

describe('every answer', () => {
  it.each(['/', '/absent', '/healthz', '/readyz', '/metrics', '/v1/socket'])('at %s says what a page may do', async (path) => {
    const { port } = await open({ pages });
    const { headers } = await request(port, path);
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringMatching(/^default-src 'self'; connect-src 'self'; .*frame-ancestors 'self'$/),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'SAMEORIGIN',
    });
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/);
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it('names those who may put pages into a frame', async () => {
    const { port } = await open({ pages, embedOrigins: ['https://control.example.org'] });
    const { headers } = await request(port, '/');
    expect(headers['content-security-policy']).toMatch(/frame-ancestors 'self' https:\/\/control\.example\.org$/);
    expect(headers).not.toHaveProperty('x-frame-options');
  });

  it.each(["https://a.example; script-src *", 'https://a.example/', '*', 'a.example', "'none'"])('takes no %j for an origin', async (origin) => {
    await expect(open({ embedOrigins: [origin] })).rejects.toMatchObject({ _tag: 'InvalidArgument' });
    await expect(open({ origins: [origin] })).rejects.toMatchObject({ _tag: 'InvalidArgument' });
  });
});

describe('a request', () => {
  it.each(['TRACE', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND'])('by %s is 405', async (method) => {
    const { port } = await open({ pages });
    for (const path of ['/', '/metrics', '/v1/socket']) {
      const answer = await request(port, path, { method, headers: { 'X-Secret': 'mirrored' } });
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
      expect(answer.body).not.toContain('mirrored');
    }
  });

  it('by CONNECT is no tunnel', async () => {
    const { port } = await open({ pages });
    expect(await exchange(port, `CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)).not.toMatch(/^HTTP\/1\.1 2/);
  });

  it('with huge headers, or too many, is refused', async () => {
    const { port } = await open({ pages });
    expect(parsed(await exchange(port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`))).toMatchObject({ status: 431 });
    expect(parsed(await exchange(port, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`))).toMatchObject({ status: 431 });
  });

  it.each(['nonsense\r\n\r\n', 'GET /\r\n\r\n', 'GET / HTTP/9.9\r\nHost: a\r\n\r\n', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n X: folded\r\n\r\n', '\x16\x03\x01\x02\x00'])('that is not one, as %j, is refused', async (text) => {
    const { port } = await open({ pages });
    const answer = await exchange(port, text);
    expect(answer === '' || parsed(answer).status >= 400).toBe(true);
    expect(await request(port, '/healthz')).toMatchObject({ status: 200 });
  });

  it('with a body is answered, and its body not read', async () => {
    const { port } = await open({ pages });
    expect(parsed(await exchange(port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1000000000\r\n\r\n${'x'.repeat(1000)}`))).toMatchObject({ status: 200, headers: { connection: 'close' } });
  });

  it('that is only half sent is given up', async () => {
    const server = new WebServer({
      admission: new Admission({ host: '127.0.0.1', origins: [], remote: false, connections: 1, connectionsPerAddress: 1 }),
      headers: {},
      trustProxy: false,
      answer: () => textAnswer(200, 'answered'),
      upgrade: (_, socket) => socket.destroy(),
      refused: () => undefined,
      failed: (error) => {
        throw error;
      },
      timeouts: { headersTimeout: 100, requestTimeout: 100, connectionsCheckingInterval: 50 },
    });
    const port = await server.listen('127.0.0.1', 0, { connections: 10, ofAddress: 10 });
    // Sent byte by byte, and never to the end; `exchange` returns when the server has closed.
    for (const half of ['', 'GET / HT', `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX: `]) expect(await exchange(port, half)).not.toContain('answered');
    const { closed, end } = server.close();
    end();
    await closed;
  });
});

describe('a listening port', () => {
  it('that is taken is PortInUse', async () => {
    const { port } = await open();
    await expect(open({ port })).rejects.toMatchObject({ _tag: 'PortInUse', port });
  });

  it('of another machine is InvalidArgument', async () => {
    await expect(open({ host: '192.0.2.1', tokens: [] })).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'host' });
    await expect(open({ port: 65_536 })).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'port' });
  });

  it('speaks TLS with a certificate, which may be renewed', async () => {
    const trusted = authority('blissdata-rx test authority');
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const issue = async (name: string): Promise<void> => {
      const issued = trusted.issue(name);
      await writeFile(cert, issued.cert);
      await writeFile(key, issued.key, { mode: 0o600 });
    };
    await issue('127.0.0.1');
    const opened = await open({ pages, cert, key });
    expect(opened.url).toBe(`https://127.0.0.1:${opened.port}`);
    expect(await secureStatus(opened.port, trusted.ca)).toBe(200);
    expect(parsed(await exchange(opened.port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${opened.port}\r\n\r\n`)).status).not.toBe(200);
    const store = DataStore.connect(opened.url.replace('https', 'wss'), { connection: { tls: { ca: trusted.ca } } });
    expect(await firstValueFrom(store.lastTimetag())).toBe('0-0');
    await store.close();
    await issue('other.example.org');
    await opened.reload();
    await expect(secureStatus(opened.port, trusted.ca)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await writeFile(key, 'no key');
    await expect(opened.reload()).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'cert and key' });
    await expect(open({ cert })).rejects.toMatchObject({ _tag: 'InvalidArgument' });
    await expect(open({ cert, key: join(folder, 'absent') })).rejects.toMatchObject({ _tag: 'FileNotReadable' });
  });
});

const secureStatus = (port: number, ca: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
