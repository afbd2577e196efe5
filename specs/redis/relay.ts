/** A relay between a client and Redis that treats replies as a bad network does. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Relay {
  /** The URL of Redis through the relay. */
  readonly url: string;
  /** Changes, delays or drops replies from now on; writes to the client's socket. */
  replies: (piece: Buffer, client: Socket) => void;
  /** The same for requests; writes to Redis' socket. */
  requests: (piece: Buffer, redis: Socket) => void;
  /** Bytes of requests so far. */
  readonly requested: number;
  /** Breaks all connections. */
  cut(): void;
  close(): Promise<void>;
}

export async function relayTo(redisUrl: string): Promise<Relay> {
  const target = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let requested = 0;
  const server = createServer((client) => {
    const redis = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [[client, redis], [redis, client]] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (piece) => {
      requested += piece.length;
      relay.requests(piece, redis);
    });
    redis.on('data', (piece) => relay.replies(piece, client));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const relay: Relay = {
    url: `redis://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    replies: (piece, client) => client.write(piece),
    requests: (piece, redis) => redis.write(piece),
    get requested() {
      return requested;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      server.close();
      relay.cut();
      await once(server, 'close');
    },
  };
  return relay;
}
