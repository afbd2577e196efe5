/** Sockets that read into one buffer and lend it out, so that arriving data allocates nothing. */
import { createConnection, type NetConnectOpts } from 'node:net';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { AbstractConnector, type Redis } from 'ioredis';
import { problemsOf } from '../../wire/problems.js';

type Socket = Redis['stream'];

/** Must be done with the bytes when it returns: the next ones overwrite them. */
type TakeBytes = (bytes: Uint8Array) => void;

/** Twice what Node reads at once by default: fewer calls, and it still fits the caches near the processor. */
const bufferBytes = 1 << 17;

const takers = new WeakMap<Socket, TakeBytes>();
const lending = new WeakSet<Socket>();

/** Passes all further bytes of a socket to `take`, and none to earlier listeners. A socket of another kind passes buffers of its own. */
export function takeOver(socket: Socket, take: TakeBytes): void {
  socket.removeAllListeners('data');
  if (lending.has(socket)) takers.set(socket, take);
  else socket.on('data', take);
}

/** The options that ioredis passes for a URL without TLS. */
const Place = t.intersection([t.union([t.type({ path: t.string }), t.type({ host: t.string, port: t.number })]), t.partial({ family: t.number, disconnectTimeout: t.number })]);
type Place = t.TypeOf<typeof Place>;

/** Makes ioredis connect over a lending socket. Until that is taken over, ioredis gets copies, since it keeps what it gets. */
export class LendingConnector extends AbstractConnector {
  private readonly place: Place;

  constructor(options: unknown) {
    const place = Place.decode(options);
    if (E.isLeft(place)) throw new TypeError(problemsOf(place.left).join('; '));
    super(place.right.disconnectTimeout ?? 2000);
    this.place = place.right;
  }

  connect(): Promise<Socket> {
    return new Promise((resolve) => {
      this.stream = lendingSocket(this.place);
      // An immediate error would fire before ioredis listens, so ioredis reads it from here.
      this.stream.once('error', (error: Error) => {
        this.firstError = error;
      });
      resolve(this.stream);
    });
  }
}

function lendingSocket(place: Place): Socket {
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  const callback = (size: number): boolean => {
    const bytes = buffer.subarray(0, size);
    const take = takers.get(socket);
    if (take === undefined) socket.emit('data', Buffer.from(bytes));
    else take(bytes);
    return true;
  };
  const socket = createConnection({ ...addressIn(place), onread: { buffer, callback } });
  lending.add(socket);
  return socket;
}

const addressIn = (place: Place): NetConnectOpts => {
  if ('path' in place) return { path: place.path };
  const { host, port, family } = place;
  return { host, port, ...(family === undefined ? {} : { family }) };
};
