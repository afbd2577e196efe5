/** A connection of `ws` as a socket of the protocol: what its owner gets, and what its peer cannot do to it. */
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Socket, SocketEvents } from '../../../lib/gateway/protocol/socket.js';
import { rawSocket } from './hostile.js';
import { closeAfterEach, connected, sockets } from './opened.js';

closeAfterEach();

const owner = (events: Partial<SocketEvents>): SocketEvents => ({ message: () => undefined, closed: () => undefined, ...events });

describe('a message', () => {
  it('comes as text, or as bytes in memory of their own that begins at a multiple of 8, however it was sent', async () => {
    const received: (string | Uint8Array)[] = [];
    const { port } = await sockets({ accept: () => owner({ message: (data) => void received.push(data) }) });
    const socket = await rawSocket(port);
    const pieces = [1, 2, 3, 4, 5].map((length) => Buffer.alloc(100 + length, length));
    for (const piece of pieces) {
      socket.frame({ opcode: 2, payload: piece });
      socket.frame({ opcode: 2, fin: false, payload: piece.subarray(0, 3) });
      socket.frame({ opcode: 0, payload: piece.subarray(3) });
      socket.frame({ payload: 'text, also ü and 😀' });
    }
    socket.frame({ opcode: 2 });
    socket.frame({ opcode: 8 });
    await socket.closed;
    expect(received).toHaveLength(16);
    const bytes = received.filter((each) => typeof each !== 'string');
    expect(bytes.map((each) => Buffer.from(each).toString('hex'))).toEqual([...pieces.flatMap((piece) => [piece.toString('hex'), piece.toString('hex')]), '']);
    for (const each of bytes) expect({ offset: each.byteOffset % 8, whole: each.buffer.byteLength === each.length }).toEqual({ offset: 0, whole: true });
    expect(received.filter((each) => typeof each === 'string')).toEqual(Array.from({ length: 5 }, () => 'text, also ü and 😀'));
  });

  it('goes to many as it is, text as text and bytes as bytes', async () => {
    const shared = new Uint8Array(new ArrayBuffer(80), 8, 64).fill(7);
    const opened: Socket[] = [];
    const served = await sockets({
      accept: (socket) => {
        opened.push(socket);
        return owner({});
      },
    });
    const clients = [await connected(served), await connected(served)];
    for (const socket of opened) {
      socket.send(shared);
      socket.send('{"text":"ü"}');
    }
    for (const client of clients) {
      expect(await client.next()).toEqual({ binary: Buffer.alloc(64, 7) });
      expect(await client.next()).toEqual({ text: 'ü' });
    }
  });

  it('that has left is reported', async () => {
    let drained = 0;
    const served = await sockets({
      accept: (socket) =>
        owner({
          message: () => socket.send(new Uint8Array(1 << 20)),
          drained: () => {
            drained++;
            socket.send(`{"left":${socket.bufferedAmount < 1 << 20}}`);
          },
        }),
    });
    const client = await connected(served);
    client.socket.send('go');
    await client.next();
    expect(await client.next()).toEqual({ left: true });
    expect(drained).toBeGreaterThan(0);
  });
});

describe('a peer that takes no answers', () => {
  it('is not listened to until it does, so that they do not pile up', async () => {
    let asked = 0;
    let most = 0;
    const total = 64;
    const { port } = await sockets({
      mostBytes: { reading: 1 << 20, writing: 1 << 20 },
      accept: (socket) =>
        owner({
          message: () => {
            asked++;
            socket.send(new Uint8Array(1 << 20));
            most = Math.max(most, socket.bufferedAmount);
            if (asked === total) socket.send('"all"');
          },
        }),
    });
    const { socket, frame } = await rawSocket(port);
    socket.pause();
    // As large as what the system hands over at once: of that, all messages are taken.
    for (let i = 0; i < total; i++) frame({ payload: Buffer.alloc(60_000, 0x20) });
    let end = '';
    socket.removeAllListeners('data').on('data', (piece: Buffer) => {
      end = (end + piece.toString('latin1')).slice(-100);
    });
    socket.resume();
    while (!end.includes('"all"')) await once(socket, 'data');
    expect(asked).toBe(total);
    expect(most).toBeLessThan(8 << 20);
    socket.destroy();
  });
});

describe('an owner that throws', () => {
  it('is reported, and closed with 1011: the program goes on', async () => {
    const failures: unknown[] = [];
    const bug = new Error('a bug');
    const closes: number[] = [];
    const served = await sockets({
      accept: () =>
        owner({
          message: () => {
            throw bug;
          },
          closed: (code) => void closes.push(code),
        }),
      failed: (error) => void failures.push(error),
    });
    const client = await connected(served);
    client.socket.send('anything');
    expect(await client.closed).toEqual({ code: 1011, reason: 'an internal error' });
    await served.connections.whenEmpty();
    expect({ failures, closes }).toEqual({ failures: [bug], closes: [1011] });
  });

  it('before it is one is cut off', async () => {
    const failures: unknown[] = [];
    const served = await sockets({
      accept: () => {
        throw new Error('a bug');
      },
      failed: (error) => void failures.push(error),
    });
    const client = await connected(served);
    expect(await client.closed).toMatchObject({ code: 1006 });
    await served.connections.whenEmpty();
    expect(failures).toHaveLength(1);
    expect(served.admission.connections).toBe(0);
  });
});

describe('a close', () => {
  it.each([
    ['short', 'why'],
    ['too long for a frame', 'because '.repeat(50)],
    ['too long in few characters', '😀ü'.repeat(100)],
  ])('says why, as far as there is room: %s', async (_, reason) => {
    const closes: (number | string)[] = [];
    const served = await sockets({ accept: (socket) => owner({ message: () => socket.close(4400, reason), closed: (code, why) => void closes.push(code, why) }) });
    const client = await connected(served);
    client.socket.send('close');
    const received = await client.closed;
    expect(received.code).toBe(4400);
    expect(received.reason.length).toBeGreaterThan(2);
    expect(reason.startsWith(received.reason.replace('\ufffd', ''))).toBe(true);
    await served.connections.whenEmpty();
    expect(closes).toEqual([4400, '']);
  });

  it('is the end of what its owner gets, however long the other end takes to answer it', async () => {
    const received: unknown[] = [];
    const served = await sockets({
      accept: (socket) =>
        owner({
          message: (data) => {
            received.push(data);
            socket.close(4401, 'the token is no longer valid');
          },
        }),
    });
    const client = await rawSocket(served.port);
    for (const payload of ['one', 'two', 'three']) client.frame({ payload });
    client.frame({ opcode: 2, payload: 'four' });
    client.frame({ opcode: 8 });
    await served.connections.whenEmpty();
    expect(received).toEqual(['one']);
  });

  it('of the other end is told with its code and reason, once', async () => {
    const closes: (number | string)[] = [];
    const served = await sockets({ accept: (socket) => owner({ closed: (code, why) => (closes.push(code, why), socket.send('after'), socket.close(1000, '')) }) });
    const client = await connected(served);
    client.socket.close(4321, 'as it likes');
    await served.connections.whenEmpty();
    expect(closes).toEqual([4321, 'as it likes']);
    const cut = await connected(served);
    cut.socket.terminate();
    await served.connections.whenEmpty();
    expect(closes).toEqual([4321, 'as it likes', 1006, '']);
  });
});
