/** Gateways that a spec file opens, over a database in memory unless it names another; and clients by `ws`, which keep to the rules. */
import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach } from '@jest/globals';
import { asyncScheduler } from 'rxjs';
import { WebSocket } from 'ws';
import { gateway, type Gateway, type GatewayLogEntry, type GatewayOptions } from '../../../lib/gateway.js';
import { Admission } from '../../../lib/gateway/http/admission.js';
import { Connections, type ConnectionsOptions } from '../../../lib/gateway/http/connections.js';
import { peerOf } from '../../../lib/gateway/http/peer.js';
import type { Database } from '../../../lib/ports/database.js';
import { subprotocol } from '../../../lib/gateway/protocol/version.js';
import { memoryDatabase } from '../../../lib/testing.js';

export interface Opened extends Gateway {
  /** What it has logged. */
  readonly logged: readonly GatewayLogEntry[];
  /** Resolves when an entry like this has been logged. */
  logs(like: Partial<GatewayLogEntry>): Promise<GatewayLogEntry>;
}

let gateways: Gateway[] = [];
let clients: WebSocket[] = [];
let servers: { readonly server: Server; readonly connections: Connections }[] = [];

/** They are closed after each test. Call once in a spec file. */
export function closeAfterEach(): void {
  afterEach(async () => {
    for (const socket of clients) socket.terminate();
    await Promise.all(gateways.map((each) => each.close({ drain: 0 })));
    for (const { server, connections } of servers) {
      connections.close(1001, '');
      connections.terminate();
      server.close();
    }
    [gateways, clients, servers] = [[], [], []];
  });
}

export async function open(options: GatewayOptions = {}, database: string | Database = memoryDatabase()): Promise<Opened> {
  const logged: GatewayLogEntry[] = [];
  const news = new EventEmitter();
  const log = (entry: GatewayLogEntry): void => {
    logged.push(entry);
    news.emit('logged');
  };
  const opened = await gateway(database, { port: 0, log, ...options });
  gateways.push(opened);
  const logs = async (like: Partial<GatewayLogEntry>): Promise<GatewayLogEntry> => {
    for (;;) {
      const found = logged.find((entry) => Object.entries({ ...entry, ...like }).every(([name, value]) => Object.entries(entry).some((pair) => pair[0] === name && pair[1] === value)));
      if (found !== undefined) return found;
      await once(news, 'logged');
    }
  };
  return { ...opened, logged, logs };
}

/** Only the WebSockets of a gateway, each for an owner of the test's. */
export async function sockets(options: Pick<ConnectionsOptions, 'accept'> & Partial<ConnectionsOptions>): Promise<{ readonly port: number; readonly url: string; readonly connections: Connections; readonly admission: Admission }> {
  const admission = new Admission({ host: '127.0.0.1', origins: [], remote: false, connections: 5, connectionsPerAddress: 5 });
  const connections = new Connections({
    admission,
    mostBytes: { reading: 1000, writing: 1000 },
    scheduler: asyncScheduler,
    opened: () => undefined,
    closed: () => undefined,
    failed: (error) => {
      throw error;
    },
    ...options,
  });
  const server = createServer().on('upgrade', (message, socket, head) => connections.upgrade(message, socket, head, peerOf(message, { trustProxy: false, isTls: false })));
  servers.push({ server, connections });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, url: `http://127.0.0.1:${port}`, connections, admission };
}

/** Requests of a client that is let in come back as messages; `closed` resolves to the close code. */
export interface Client {
  readonly socket: WebSocket;
  /** The next message. */
  next(): Promise<Record<string, unknown>>;
  send(message: object): void;
  ask(id: number, call: string, ...args: readonly unknown[]): Promise<Record<string, unknown>>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** A WebSocket that is open, without a hello; rejects if it is refused. */
export async function connected({ url }: Pick<Gateway, 'url'>, options: WebSocket.ClientOptions = {}, path = '/v1/socket'): Promise<Client> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}`, subprotocol, options);
  clients.push(socket);
  const messages: Record<string, unknown>[] = [];
  socket.on('message', (data, isBinary) => messages.push(isBinary || !Buffer.isBuffer(data) ? { binary: data } : JSON.parse(data.toString())));
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: Number(code), reason: String(reason) }));
  await once(socket, 'open');
  const client: Client = {
    socket,
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    next: async () => {
      while (messages.length === 0) {
        await Promise.race([once(socket, 'message'), closed.then(({ code, reason }) => (messages.length > 0 ? undefined : Promise.reject(new Error(`closed by ${code} ${reason}`))))]);
      }
      return messages.shift() ?? {};
    },
    ask: async (id, call, ...args) => {
      client.send({ id, call, args });
      for (;;) {
        const answer = await client.next();
        if (answer['id'] === id || 'binary' in answer) return answer;
      }
    },
  };
  return client;
}

/** One that has said hello; resolves with its welcome. */
export async function welcomed(to: Gateway, token?: string, options?: WebSocket.ClientOptions): Promise<Client & { readonly welcome: Record<string, unknown> }> {
  const client = await connected(to, options);
  client.send({ hello: 1, ...(token === undefined ? {} : { token }) });
  return { ...client, welcome: await client.next() };
}
