/** Who may come in: by which name, from which page, from where, how many. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { closeAfterEach, connected, open, welcomed } from './opened.js';
import { exchange, parsed, rawSocket, request, upgrade } from './hostile.js';

closeAfterEach();

const token = 'a-token-of-some-length';
/** Another of this machine's addresses than 127.0.0.1. */
const outside = Object.values(networkInterfaces()).flat().find((each) => each?.family === 'IPv4' && !each.internal)?.address ?? '127.0.0.2';
const withTokens = { tokens: [{ token, roles: ['read'] }] } as const;

describe('the name of the server', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST'])('may be %s', async (name) => {
    const { port } = await open();
    expect(await request(port, '/healthz', { host: `${name}:${port}` })).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await upgrade(port, { host: `${name}:${port}` })).toMatchObject({ status: 101 });
    expect(await upgrade(port, { host: name })).toMatchObject({ status: 101 });
  });

  // What a name server of the attacker's resolves to this machine.
  it.each(['evil.example', 'evil.example:80', 'localhost.evil.example', '127.0.0.1.nip.io', 'localhost@evil.example', 'localhost:x', '10.1.2.3', 'localhost.', ''])('is not %j: neither pages, nor metrics, nor the socket', async (host) => {
    const { port, logged } = await open({ pages: new Map([['index.html', Buffer.from('the page')]]) });
    for (const path of ['/', '/healthz', '/readyz', '/metrics', '/v1/socket']) expect(await request(port, path, { host })).toMatchObject({ status: 403 });
    expect(await upgrade(port, { host })).toMatchObject({ status: 403 });
    expect(logged).toContainEqual(expect.objectContaining({ event: 'refused', reason: 'host', address: '127.0.0.1' }));
  });

  it('is one, not none or several', async () => {
    const { port } = await open();
    expect(await request(port, '/healthz', { host: null })).toMatchObject({ status: 400 });
    expect(parsed(await exchange(port, 'GET /healthz HTTP/1.0\r\n\r\n'))).toMatchObject({ status: 403 });
    expect(parsed(await exchange(port, `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)).status).toBeGreaterThanOrEqual(400);
    expect(parsed(await exchange(port, `GET http://evil.example/healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`))).toMatchObject({ status: 404 });
  });

  it('may be the host of an origin that may connect, and the address that was connected to', async () => {
    const { port } = await open({ host: '0.0.0.0', origins: ['https://control.example.org'], ...withTokens });
    expect(await request(port, '/healthz', { host: 'control.example.org' })).toMatchObject({ status: 200 });
    expect(parsed(await exchange(port, `GET /healthz HTTP/1.1\r\nHost: ${outside}:${port}\r\nConnection: close\r\n\r\n`, outside))).toMatchObject({ status: 200 });
    expect(await request(port, '/healthz', { host: '192.0.2.1' })).toMatchObject({ status: 403 });
  });
});

describe('the page that connects', () => {
  it('is one of this server', async () => {
    const { port } = await open();
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) expect(await upgrade(port, { host, headers: { Origin: `http://${host}` } })).toMatchObject({ status: 101 });
  });

  it.each(['https://control.example.org', 'http://localhost:3000'])('is one of %s, which was named', async (origin) => {
    const { port } = await open({ origins: ['https://control.example.org', 'http://localhost:3000'] });
    expect(await upgrade(port, { headers: { Origin: origin } })).toMatchObject({ status: 101 });
  });

  it.each([
    'https://evil.example',
    'null',
    'http://localhost:3000',
    'http://localhost',
    'file://',
    'https://control.example.org.evil.example',
    'https://control.example.org:8443',
    'http://control.example.org',
    'HTTPS://control.example.org',
    'https://control.example.org/',
    'https://control.example.org, https://evil.example',
    '',
  ])('is none of %j: 403 before the upgrade', async (origin) => {
    const { port, logged } = await open({ origins: ['https://control.example.org'] });
    expect(await upgrade(port, { headers: { Origin: origin } })).toMatchObject({ status: 403 });
    expect(logged).toContainEqual(expect.objectContaining({ event: 'refused', reason: 'origin' }));
    expect(logged).not.toContainEqual(expect.objectContaining({ event: 'opened' }));
  });

  it('is none of another name or scheme for this server', async () => {
    const { port } = await open();
    expect(await upgrade(port, { headers: { Origin: `https://127.0.0.1:${port}` } })).toMatchObject({ status: 403 });
    expect(await upgrade(port, { headers: { Origin: `http://localhost:${port}` } })).toMatchObject({ status: 403 });
    expect(await upgrade(port, { headers: { Origin: `http://127.0.0.1:${port + 1}` } })).toMatchObject({ status: 403 });
  });

  it('is none at all for a program, which needs its token as any', async () => {
    const opened = await open(withTokens);
    const client = await connected(opened);
    client.send({ hello: 1 });
    expect(await client.closed).toMatchObject({ code: 4401 });
    expect((await welcomed(opened, token)).welcome).toMatchObject({ welcome: 1 });
  });
});

describe('other machines', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'beamline.example.org'])('cannot reach %s without tokens: it is not listened to', async (host) => {
    await expect(open({ host })).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'host', received: expect.stringContaining(host) });
  });

  const hasIPv6 = Object.values(networkInterfaces()).flat().some((each) => each?.address === '::1');
  it.each(['127.0.0.1', 'localhost', ...(hasIPv6 ? ['::1'] : [])])('need no tokens where they cannot connect, at %s', async (host) => {
    const { url, port, logged } = await open({ host });
    expect(url).toBe(`http://${host === '::1' ? '[::1]' : host}:${port}`);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(logged[0]?.message).toContain('No tokens: only this machine may connect');
  });

  it('are refused if a proxy says that it speaks for them, without tokens', async () => {
    const trusting = await open({ trustProxy: true });
    expect(await upgrade(trusting.port, { headers: { 'X-Forwarded-For': '192.0.2.1' } })).toMatchObject({ status: 403 });
    expect(await upgrade(trusting.port, { headers: { 'X-Forwarded-For': '127.0.0.1, 192.0.2.1:4711' } })).toMatchObject({ status: 403 });
    expect(await upgrade(trusting.port, { headers: { 'X-Forwarded-For': '127.0.0.1, no address' } })).toMatchObject({ status: 403 });
    expect(await upgrade(trusting.port, { headers: { 'X-Forwarded-For': '192.0.2.1, 127.0.0.1' } })).toMatchObject({ status: 101 });
    const plain = await open();
    for (const name of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP']) expect(await upgrade(plain.port, { headers: { [name]: '192.0.2.1' } })).toMatchObject({ status: 403 });
  });

  it('are known by the address that a trusted proxy tells, and by no header otherwise', async () => {
    const behind = { 'X-Forwarded-For': '192.0.2.7, 192.0.2.9', 'X-Forwarded-Host': 'control.example.org', 'X-Forwarded-Proto': 'https' };
    const trusting = await open({ trustProxy: true, origins: ['https://control.example.org'], ...withTokens });
    await welcomed(trusting, token, { headers: { ...behind, Origin: 'https://control.example.org' } });
    expect(trusting.logged).toContainEqual(expect.objectContaining({ event: 'opened', address: '192.0.2.9' }));
    const plain = await open(withTokens);
    await welcomed(plain, token, { headers: behind });
    expect(plain.logged).toContainEqual(expect.objectContaining({ event: 'opened', address: '127.0.0.1' }));
    expect(await upgrade(plain.port, { headers: { 'X-Forwarded-Host': 'control.example.org', Origin: 'http://control.example.org' } })).toMatchObject({ status: 403 });
  });
});

describe('connections', () => {
  it('are limited in all', async () => {
    const opened = await open({ limits: { connections: 2 } });
    const first = await connected(opened);
    await connected(opened);
    expect(await upgrade(opened.port)).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    first.socket.close();
    await first.closed;
    expect(await upgrade(opened.port)).toMatchObject({ status: 101 });
  });

  it('are limited for each address', async () => {
    const opened = await open({ trustProxy: true, ...withTokens, limits: { connectionsPerAddress: 2 } });
    const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
    const sockets = [await rawSocket(opened.port, from('192.0.2.1')), await rawSocket(opened.port, from('::ffff:192.0.2.1'))];
    expect(await upgrade(opened.port, from('192.0.2.1'))).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    expect(await upgrade(opened.port, from('192.0.2.2'))).toMatchObject({ status: 101 });
    for (const { socket } of sockets) {
      socket.destroy();
      await once(socket, 'close');
    }
  });

  it('over which nothing is asked are limited for each address, too, and leave the others their place', async () => {
    const opened = await open({ host: '0.0.0.0', ...withTokens, limits: { connectionsPerAddress: 10 } });
    const idle = Array.from({ length: 100 }, () => connect(opened.port, '127.0.0.1'));
    let closed = 0;
    const enough = new Promise<void>((resolve) => {
      for (const socket of idle) {
        socket.on('error', () => socket.destroy()).on('close', () => {
          if (++closed === 100 - 42) resolve();
        });
      }
    });
    await enough;
    await opened.logs({ event: 'refused', reason: 'connections of one address' });
    expect(parsed(await exchange(opened.port, `GET /healthz HTTP/1.1\r\nHost: ${outside}:${opened.port}\r\nConnection: close\r\n\r\n`, outside))).toMatchObject({ status: 200 });
    for (const socket of idle) socket.destroy();
  });

  it('that fail in their handshake count no more', async () => {
    const opened = await open({ limits: { connections: 1 } });
    for (let i = 0; i < 5; i++) expect(await upgrade(opened.port, { headers: { 'Sec-WebSocket-Key': 'no key' } })).toMatchObject({ status: 400 });
    expect(await upgrade(opened.port)).toMatchObject({ status: 101 });
  });

  it('speak the protocol of this package: 426 with the list otherwise', async () => {
    const { port } = await open();
    for (const protocol of ['blissdata.v2', 'graphql-ws', 'blissdata.v1x', '']) {
      expect(await upgrade(port, { headers: { 'Sec-WebSocket-Protocol': protocol } })).toMatchObject({ status: 426, headers: { 'sec-websocket-protocol': 'blissdata.v1' }, body: expect.stringContaining('blissdata.v1') });
    }
    expect(await upgrade(port, { headers: { 'Sec-WebSocket-Protocol': 'graphql-ws, blissdata.v1' } })).toMatchObject({ status: 101, headers: { 'sec-websocket-protocol': 'blissdata.v1' } });
    expect(await upgrade(port, { headers: { 'Sec-WebSocket-Version': '7' } })).toMatchObject({ status: 400 });
    expect(await upgrade(port, { headers: { Upgrade: 'h2c' } })).toMatchObject({ status: 426 });
    expect(await request(port, '/v1/socket')).toMatchObject({ status: 426, headers: { upgrade: 'websocket' } });
    expect(await upgrade(port, {}, '/v1/sockets')).toMatchObject({ status: 404 });
  });

  it('are not compressed, whatever is offered', async () => {
    const { port } = await open();
    const { status, headers } = await upgrade(port, { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' } });
    expect(status).toBe(101);
    expect(headers).not.toHaveProperty('sec-websocket-extensions');
  });
});
