/** What a hostile client sends once it is connected: too much, too little, and what is no message. */
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { closeAfterEach, connected, open, welcomed } from './opened.js';
import { rawSocket, upgrade } from './hostile.js';

closeAfterEach();

const GiB = 2 ** 30;

describe('a message that is too large', () => {
  it('is refused by what its header announces: nothing of 1 GB is waited for', async () => {
    const { port, logs } = await open();
    const socket = await rawSocket(port);
    socket.frame({ opcode: 2, payload: 'the beginning', length: GiB });
    expect(await socket.closed).toBe(1009);
    await logs({ event: 'closed', code: 1009 });
  });

  it('begins above 64 KiB', async () => {
    const opened = await open();
    const socket = await rawSocket(opened.port);
    // As large as can be: it is waited for, and no message of the protocol's.
    socket.frame({ payload: Buffer.alloc(64 << 10, 0x20) });
    expect(await socket.closed).toBe(4400);
    const larger = await rawSocket(opened.port);
    larger.frame({ length: (64 << 10) + 1 });
    expect(await larger.closed).toBe(1009);
  });

  it('begins above 16 MiB for one who may write', async () => {
    const opened = await open({ allowWrite: true });
    const client = await welcomed(opened);
    client.socket.send(Buffer.alloc(16 << 20, 0x20));
    expect(await client.closed).toMatchObject({ code: 4400 });
    const larger = await welcomed(opened);
    larger.socket.send(Buffer.alloc((16 << 20) + 1, 0x20));
    expect(await larger.closed).toMatchObject({ code: 1009 });
  });

  it.each([
    ['has not said hello', undefined],
    ['may not', 'one-who-only-reads'],
  ])('begins above 64 KiB for one who %s, even where others may write: no more of it is kept', async (_, token) => {
    const opened = await open({ allowWrite: true, tokens: [{ token: 'one-who-only-reads', roles: ['read'] }] });
    const socket = await rawSocket(opened.port);
    if (token !== undefined) {
      socket.frame({ payload: JSON.stringify({ hello: 1, token }) });
      while (!socket.rest().includes('welcome')) await once(socket.socket, 'data');
    }
    socket.frame({ opcode: 2, payload: Buffer.alloc(256 << 10), length: 16 << 20 });
    expect(await socket.closed).toBe(1009);
  });

  it('is as large in fragments, and there are not any number of them', async () => {
    const { port } = await open();
    const large = await rawSocket(port);
    for (let i = 0; i < 5; i++) large.frame({ opcode: i === 0 ? 1 : 0, fin: false, payload: Buffer.alloc(16 << 10, 0x20) });
    expect(await large.closed).toBe(1009);
    const many = await rawSocket(port);
    for (let i = 0; i < 5000; i++) many.frame({ opcode: i === 0 ? 1 : 0, fin: false });
    expect(await many.closed).toBe(1008);
  });
});

describe('a frame that is none', () => {
  it.each([
    ['compressed, though that was not agreed', { rsv1: true, payload: '{"hello":1}' }, 1002],
    ['compressed with a bomb', { rsv1: true, opcode: 2, payload: Buffer.alloc(1000, 0x4b) }, 1002],
    ['not masked', { masked: false, payload: '{"hello":1}' }, 1002],
    ['of an unknown kind', { opcode: 3, payload: 'x' }, 1002],
    ['a continuation of nothing', { opcode: 0, payload: 'x' }, 1002],
    ['a ping of 200 bytes', { opcode: 9, payload: Buffer.alloc(200) }, 1002],
    ['a close with a code that does not exist', { opcode: 8, payload: Buffer.of(0x03, 0xe7) }, 1002],
    ['text that is not UTF-8', { payload: Buffer.of(0xc3, 0x28) }, 1007],
  ])('is %s', async (_, frame, code) => {
    const { port } = await open();
    const socket = await rawSocket(port);
    socket.frame(frame);
    expect(await socket.closed).toBe(code);
  });

  it('leaves the others alone', async () => {
    const opened = await open();
    const client = await welcomed(opened);
    const socket = await rawSocket(opened.port);
    socket.frame({ opcode: 3 });
    await socket.closed;
    expect(await client.ask(1, 'protocolVersion')).toMatchObject({ id: 1, value: '1' });
  });
});

describe('a first message', () => {
  it.each([
    ['another message', '{"ping":1}'],
    ['not JSON', 'GET / HTTP/1.1'],
    ['an array', '[1]'],
    ['deeply nested', '['.repeat(30_000)],
    ['deeply nested and whole', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['a hello of no version', '{"hello":"1"}'],
    ['a token that is no text', '{"hello":1,"token":{"toString":1}}'],
  ])('that is %s is 4400', async (_, text) => {
    const client = await connected(await open());
    client.socket.send(text);
    expect(await client.closed).toMatchObject({ code: 4400 });
  });

  it('that is binary is 4400', async () => {
    const client = await connected(await open());
    client.socket.send(Buffer.alloc(100, 4));
    expect(await client.closed).toMatchObject({ code: 4400 });
  });

  it('that never comes is 4408', async () => {
    const opened = await open();
    const socket = await rawSocket(opened.port);
    expect(await socket.closed).toBe(4408);
    await opened.logs({ event: 'closed', code: 4408, address: '127.0.0.1' });
  }, 30_000);
});

describe('a flood', () => {
  it('of requests is 4429', async () => {
    const client = await welcomed(await open());
    for (let i = 1; i <= 10_000; i++) client.socket.send(`{"id":${i},"call":"protocolVersion","args":[]}`);
    expect(await client.closed).toMatchObject({ code: 4429 });
  });

  it('of pings of the protocol whose answers are not read is 4429', async () => {
    const opened = await open();
    const socket = await rawSocket(opened.port);
    socket.frame({ payload: '{"hello":1}' });
    socket.socket.pause();
    for (let i = 0; i < 60_000; i++) socket.frame({ payload: '{"ping":1}' });
    await opened.logs({ event: 'closed', code: 4429 });
    socket.socket.destroy();
  });

  it('of pings whose answers are not read ends', async () => {
    const opened = await open();
    const socket = await rawSocket(opened.port);
    socket.frame({ payload: '{"hello":1}' });
    socket.socket.pause();
    const flood = (): void => {
      while (socket.socket.writable && !socket.socket.writableNeedDrain) socket.frame({ opcode: 9, payload: Buffer.alloc(125) });
    };
    socket.socket.on('drain', flood);
    flood();
    await socket.closed;
    expect(await upgrade(opened.port)).toMatchObject({ status: 101 });
  });
});

describe('the program', () => {
  it('goes on when a client goes away in the middle of anything', async () => {
    const opened = await open();
    for (const cut of [(socket: WebSocket) => socket.terminate(), (socket: WebSocket) => socket.close(4999, 'whatever it likes')]) {
      const client = await welcomed(opened);
      for (let i = 1; i < 50; i++) client.send({ id: i, call: 'history', args: ['0-0', 100] });
      cut(client.socket);
      await client.closed;
    }
    expect((await welcomed(opened)).welcome).toMatchObject({ welcome: 1 });
  });
});
