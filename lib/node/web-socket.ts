/** Opens a WebSocket by the package `ws`, which is loaded with the first. */
import { asyncScheduler, Subscription } from 'rxjs';
import type { RawData, WebSocket } from 'ws';
import { closeCodes } from '../gateway/protocol/close-codes.js';
import type { OpenSocket, Socket, SocketEvents } from '../gateway/protocol/socket.js';
import { subprotocol } from '../gateway/protocol/version.js';
import { doAfter } from '../model/time.js';
import type { NodeTls } from '../redis/connection/connection-options.js';

/** What a refusal before the connection is open means, by its HTTP status; others may pass. */
const refusals: Readonly<Record<number, number>> = { 401: closeCodes.unauthorized, 403: closeCodes.forbidden, 404: closeCodes.notFound, 426: closeCodes.badMessage };

/** How long the other end has to answer a close, in ms, before the process stops waiting for it. */
const closingMs = 1000;

type Tls = Omit<NodeTls, 'checkServerIdentity'>;

export const webSockets =
  (tls: Tls = {}): OpenSocket =>
  (url, events) =>
    new NodeSocket(url, tls, events);

class NodeSocket implements Socket {
  private socket: WebSocket | undefined;
  private isOver = false;
  /** Why there is no connection, where the close itself does not say. */
  private failure = { code: 0, reason: '' };
  private readonly closing = new Subscription();

  constructor(
    url: string,
    tls: Tls,
    private readonly events: SocketEvents,
  ) {
    import('ws')
      .then((ws) => {
        if (!this.isOver) this.listenTo(new ws.WebSocket(url, subprotocol, { ...tls, perMessageDeflate: false }));
      })
      .catch((error: unknown) => this.end(closeCodes.broken, error instanceof Error ? error.message : String(error)));
  }

  get bufferedAmount(): number {
    return this.socket?.bufferedAmount ?? 0;
  }

  send(data: string | Uint8Array): void {
    if (!this.isOver) this.socket?.send(data, () => this.events.drained?.());
  }

  close(code: number, reason: string): void {
    const { socket } = this;
    if (socket === undefined) this.end(code, reason);
    else {
      this.closing.add(doAfter(closingMs, asyncScheduler, () => socket.terminate()));
      socket.close(code, reason);
    }
  }

  private listenTo(socket: WebSocket): void {
    this.socket = socket;
    // Then the bytes of a message have a buffer of their own, and are copied only where they came in pieces or with others.
    socket.binaryType = 'arraybuffer';
    socket.on('open', () => this.events.opened?.());
    socket.on('message', (data, isBinary) => this.received(data, isBinary));
    socket.on('unexpected-response', (_, { statusCode = 0, statusMessage = '' }) => {
      this.failure = { code: refusals[statusCode] ?? closeCodes.broken, reason: `HTTP ${statusCode} ${statusMessage}` };
      socket.terminate();
    });
    socket.on('error', ({ message }) => {
      if (this.failure.reason === '') this.failure = { code: closeCodes.broken, reason: message };
    });
    socket.on('close', (code, reason) => this.end(this.failure.code || code, this.failure.reason || reason.toString()));
  }

  private received(data: RawData, isBinary: boolean): void {
    const whole = Array.isArray(data) ? Buffer.concat(data) : data;
    if (!isBinary) this.events.message(new TextDecoder().decode(whole));
    else this.events.message(whole instanceof ArrayBuffer ? new Uint8Array(whole) : new Uint8Array(whole));
  }

  private end(code: number, reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.closing.unsubscribe();
    this.events.closed(code, reason);
  }
}
