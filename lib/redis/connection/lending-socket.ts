/** Sockets that read into one buffer and lend it out, so that arriving data allocates nothing. */
import { createConnection, type NetConnectOpts } from 'node:net';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { AbstractConnector, type Redis } from 'ioredis';
import { problemsOf } from '../../wire/problems.js';

type Socket = Redis['stream'];

/** Takes what arrives. */
export interface Arrivals {
  /** Must be done with the bytes when it returns: the next ones overwrite them, unless they are where {@link destination} wanted them. */
  take(bytes: Uint8Array): void;
  /** The memory for the next bytes: `lent`, a part of it, or other memory. A socket of another kind never asks. */
  destination(lent: Uint8Array): Uint8Array;
}

/** Twice what Node reads at once by default: fewer calls, and it still fits the caches near the processor. */
const bufferBytes = 1 << 17;

/** For each lending socket, what has taken it over. */
const takers = new WeakMap<Socket, { arrivals?: Arrivals }>();

/** Passes all further bytes of a socket to `arrivals`, and none to earlier listeners. A socket of another kind passes buffers of its own. */
export function takeOver(socket: Socket, arrivals: Arrivals): void {
  socket.removeAllListeners('data');
  const taker = takers.get(socket);
  if (taker !== undefined) taker.arrivals = arrivals;
  else socket.on('data', (bytes: Uint8Array) => arrivals.take(bytes));
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
  const lent = Buffer.allocUnsafeSlow(bufferBytes);
  const taker: { arrivals?: Arrivals } = {};
  // Asked for before the first read, and after each.
  const buffer = (): Uint8Array => taker.arrivals?.destination(lent) ?? lent;
  const callback = (size: number, destination: Uint8Array): boolean => {
    const bytes = destination.subarray(0, size);
    if (taker.arrivals === undefined) socket.emit('data', Buffer.from(bytes));
    else taker.arrivals.take(bytes);
    return true;
  };
  const socket: Socket = createConnection({ ...addressIn(place), onread: { buffer, callback } });
  takers.set(socket, taker);
  return socket;
}

const addressIn = (place: Place): NetConnectOpts => {
  if ('path' in place) return { path: place.path };
  const { host, port, family } = place;
  return { host, port, ...(family === undefined ? {} : { family }) };
};
