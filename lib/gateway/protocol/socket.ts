/** The port for sockets: one end of a WebSocket, of a browser, of Node or in memory. */

/** What the owner of a socket hears from it. None of these may throw. */
export interface SocketEvents {
  /** The connection is there; only ends that open one hear it. */
  opened?(): void;
  /** A message. Bytes belong to the receiver and begin at a multiple of 8 of their buffer. */
  message(data: string | Uint8Array<ArrayBuffer>): void;
  /** Some of what was sent has left: `bufferedAmount` is less than it was. Only Node's ends call it. */
  drained?(): void;
  /** Called once, and nothing after it; 1006 if the connection broke or was never there. */
  closed(code: number, reason: string): void;
}

export interface Socket {
  /** Bytes that were sent and have not left yet. */
  readonly bufferedAmount: number;
  /** Does nothing once the socket is closed. The bytes must not change any more. */
  send(data: string | Uint8Array): void;
  /** Closes it; `closed` follows. */
  close(code: number, reason: string): void;
}

/** Opens a socket to a URL with the protocol's subprotocol. Events never come before it has returned. */
export type OpenSocket = (url: string, events: SocketEvents) => Socket;
