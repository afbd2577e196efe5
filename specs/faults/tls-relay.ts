/** Terminates TLS for a Redis server that does not speak it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';

export interface TlsRelay {
  readonly port: number;
  /** How many connections were made over TLS so far. */
  readonly accepted: number;
  /** Breaks all connections. */
  cut(): void;
  close(): Promise<void>;
}

export async function tlsRelayTo(redisUrl: string, options: TlsOptions): Promise<TlsRelay> {
  const target = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer(options, (client) => {
    accepted++;
    const redis = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [[client, redis], [redis, client]] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(redis).pipe(client);
  });
  server.on('tlsClientError', () => undefined); // those that do not trust it are what is tested
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get accepted() {
      return accepted;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
