/** The sockets of Node's stores: what they give their owner, and what stands behind a refusal. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, Subject } from 'rxjs';
import { WebSocketServer, type WebSocket } from 'ws';
import { DataStore } from '../../lib/index.js';
import type { Socket } from '../../lib/gateway/protocol/socket.js';
import { webSockets } from '../../lib/node/web-socket.js';

let http: Server;
let sockets: WebSocketServer;
let url: string;
/** Refuses the next handshakes with this status. */
let refusal: string | undefined;

beforeEach(async () => {
  refusal = undefined;
  http = createServer();
  sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'blissdata.v1' });
  http.on('upgrade', (request, socket, head) => {
    if (refusal === undefined) sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit('connection', accepted, request));
    else socket.end(`HTTP/1.1 ${refusal}\r\nContent-Length: 0\r\n\r\n`);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  url = `ws://127.0.0.1:${port}/`;
});

afterEach(async () => {
  for (const client of sockets.clients) client.terminate();
  http.close();
  await once(http, 'close');
});

type Event = { readonly opened: true } | { readonly data: string | Uint8Array<ArrayBuffer> } | { readonly closed: number; readonly reason: string };

function open(): { readonly socket: Socket; readonly next: () => Promise<Event> } {
  const events = new Subject<Event>();
  const waiting: Event[] = [];
  const keep = events.subscribe((event) => waiting.push(event));
  const socket = webSockets()(url, {
    opened: () => events.next({ opened: true }),
    message: (data) => events.next({ data }),
    closed: (code, reason) => {
      events.next({ closed: code, reason });
      keep.unsubscribe();
    },
  });
  const next = async (): Promise<Event> => {
    if (waiting.length === 0) await firstValueFrom(events);
    const event = waiting.shift();
    if (event === undefined) throw new Error('no event');
    return event;
  };
  return { socket, next };
}

async function connected(): Promise<{ readonly socket: Socket; readonly next: () => Promise<Event>; readonly peer: WebSocket }> {
  const accepted = once(sockets, 'connection') as Promise<[WebSocket]>;
  const { socket, next } = open();
  expect(await next()).toEqual({ opened: true });
  const [peer] = await accepted;
  return { socket, next, peer };
}

describe('a WebSocket of Node', () => {
  it.each([1, 56, 1000, 5000, 100_000, 3_000_000])('gives messages of %i bytes in memory of their own, from its start on, however they arrive', async (size) => {
    const { next, peer, socket } = await connected();
    const sent = Uint8Array.from({ length: size }, (_, i) => i % 251);
    // Several in one packet, at odd offsets.
    for (let i = 0; i < 3; i++) peer.send(sent);
    peer.send('text');
    const buffers = new Set<ArrayBuffer>();
    for (let i = 0; i < 3; i++) {
      const event = await next();
      if (!('data' in event) || typeof event.data === 'string') throw new Error('no bytes');
      expect(event.data.byteOffset).toBe(0);
      expect(event.data.buffer.byteLength).toBe(size);
      expect(Buffer.from(event.data).equals(Buffer.from(sent))).toBe(true);
      buffers.add(event.data.buffer);
    }
    expect(buffers.size).toBe(3);
    expect(await next()).toEqual({ data: 'text' });
    socket.close(1000, '');
    expect(await next()).toMatchObject({ closed: 1000 });
  });

  it('says with which code and why it was closed', async () => {
    const { next, peer } = await connected();
    peer.close(4413, 'too slow');
    expect(await next()).toEqual({ closed: 4413, reason: 'too slow' });
  });

  it('ends by itself where the other end does not answer its close', async () => {
    const { next, peer, socket } = await connected();
    peer.pause();
    socket.close(1000, '');
    expect(await next()).toMatchObject({ closed: 1006 });
  });

  it('does not connect once it is closed', async () => {
    const { next, socket } = open();
    socket.close(1000, 'changed my mind');
    expect(await next()).toEqual({ closed: 1000, reason: 'changed my mind' });
    expect(sockets.clients.size).toBe(0);
  });

  it.each([
    ['401 Unauthorized', 'AccessDenied'],
    ['403 Forbidden', 'AccessDenied'],
    ['404 Not Found', 'AccessDenied'],
    ['426 Upgrade Required', 'GatewayMismatch'],
    ['503 Service Unavailable', 'Disconnected'],
  ])('refused by %s is %s to a store, which shows no token', async (status, _tag) => {
    refusal = status;
    const store = DataStore.connect(url, { token: 'secret', retry: false });
    const error: unknown = await firstValueFrom(store.lastTimetag()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ _tag, url: `${url}v1/socket`, message: expect.stringContaining(status) });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret');
    await store.close();
  });

  it('that cannot be opened is Disconnected to a store', async () => {
    http.close();
    await once(http, 'close');
    const store = DataStore.connect(url, { retry: false });
    await expect(firstValueFrom(store.lastTimetag())).rejects.toMatchObject({ _tag: 'Disconnected', retriable: true, reason: expect.stringContaining('ECONNREFUSED') });
    await store.close();
    http.listen(0);
  });
});

describe('a store with the URL of a gateway', () => {
  it('errors at first use where it is invalid, and shows nothing of it', async () => {
    const store = DataStore.connect('wss://user:secret@host');
    const error: unknown = await firstValueFrom(store.lastTimetag()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ _tag: 'InvalidUrl', received: 'wss://...' });
    await store.close();
  });

  it('does not initialise its database', async () => {
    await expect(DataStore.init('ws://host:8765')).rejects.toMatchObject({ _tag: 'InvalidUrl' });
  });
});
