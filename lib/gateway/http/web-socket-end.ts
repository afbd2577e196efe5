/** A connection of `ws` as a socket of the protocol. */
import type { WebSocket } from 'ws';
import { closeCodes } from '../protocol/close-codes.js';
import type { Socket, SocketEvents } from '../protocol/socket.js';

export interface EndReports {
  /** Called once, after the owner's `closed`. */
  closed(code: number): void;
  /** The owner threw: a bug, after which the connection is closed. */
  failed(error: unknown): void;
}

/** What a peer has not taken of its answers before no more is read from it: more than its owner ever leaves in the socket. */
const mostUnread = 4 << 20;
const longestReason = 123;

export class WebSocketEnd implements Socket {
  /** When something last came from the other end. */
  heard: number;
  /** How much of a message may come: `ws` has one limit for all, which those who may write need. */
  mostBytes = Infinity;
  /** What has come of a message that is not complete, about. */
  private incomplete = 0;
  private isBetween = true;
  private events: SocketEvents | undefined;
  /** The code of this end, if it was the first to close. */
  private code: number | undefined;
  private isClosed = false;

  private readonly onSent = (): void => {
    if (this.isClosed) return;
    if (this.socket.isPaused && this.socket.bufferedAmount < mostUnread) this.socket.resume();
    this.tell((events) => events.drained?.());
  };

  constructor(
    private readonly socket: WebSocket,
    private readonly now: () => number,
    private readonly reports: EndReports,
  ) {
    this.heard = now();
    // Messages in memory of their own, which begins at a multiple of 8: `ws` copies what lies amidst others.
    socket.binaryType = 'arraybuffer';
    socket.on('message', (data: unknown, isBinary) => {
      this.heard = this.now();
      this.isBetween = true;
      // Who was told to go may take a while, and must not be obeyed meanwhile.
      if (this.code !== undefined) return;
      // Text comes as a Buffer, or as a part of a larger one; bytes as the ArrayBuffer that was asked for.
      if (isBinary && data instanceof ArrayBuffer) this.tell((owner) => owner.message(new Uint8Array(data)));
      else this.tell((owner) => owner.message(String(data)));
    });
    const alive = (): void => {
      this.heard = this.now();
    };
    socket.on('pong', alive).on('ping', alive);
    // `ws` sends the close frame itself, for a message above the limit (1009), one that is not UTF-8 (1007), and other violations (1002).
    socket.on('error', (error) => {
      this.code ??= codeOf(error);
    });
    socket.on('close', (received, reason) => {
      this.isClosed = true;
      const code = this.code ?? received;
      this.tell((owner) => owner.closed(code, this.code === undefined ? reason.toString() : ''));
      this.events = undefined;
      this.reports.closed(code);
    });
  }

  /** So many bytes have come, and `ws` has taken them. */
  took(bytes: number): void {
    this.incomplete = this.isBetween ? 0 : this.incomplete + bytes;
    this.isBetween = false;
    if (this.incomplete <= this.mostBytes) return;
    if (this.code === undefined) this.close(closeCodes.tooBig, `a message of more than ${this.mostBytes} bytes`);
    else this.terminate();
  }

  /** From here on the events are called. */
  listen(events: SocketEvents): void {
    this.events = events;
  }

  get bufferedAmount(): number {
    return this.socket.bufferedAmount;
  }

  send(data: string | Uint8Array): void {
    if (this.code !== undefined || this.socket.readyState !== this.socket.OPEN) return;
    this.socket.send(data, this.onSent);
    if (!this.socket.isPaused && this.socket.bufferedAmount > mostUnread) this.socket.pause();
  }

  ping(): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  close(code: number, reason: string): void {
    if (this.code !== undefined) return;
    this.code = code;
    this.socket.resume();
    this.socket.close(code, shortened(reason));
  }

  /** Without a word. */
  terminate(): void {
    this.code ??= closeCodes.goingAway;
    this.socket.terminate();
  }

  private tell(event: (events: SocketEvents) => void): void {
    if (this.events === undefined) return;
    try {
      event(this.events);
    } catch (error) {
      this.reports.failed(error);
      this.close(closeCodes.internalError, 'an internal error');
    }
  }
}

const codes: Readonly<Record<string, number>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: closeCodes.tooBig,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: closeCodes.tooBig,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_INVALID_UTF8: 1007,
};

/** The code that `ws` closes with, by its error's; none where the connection itself failed. */
function codeOf(error: Error): number | undefined {
  const code = 'code' in error ? String(error.code) : '';
  return code.startsWith('WS_ERR_') ? (codes[code] ?? 1002) : undefined;
}

/** A close frame has room for so many bytes. */
function shortened(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > longestReason) text = text.slice(0, -1 - Math.ceil((Buffer.byteLength(text) - longestReason) / 4));
  return text;
}
