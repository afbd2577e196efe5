/** Gateways for tests, and the client's end of their sockets. */
import { WebSocket } from 'ws';
import type { OpenSocket } from '../../lib/gateway/protocol/socket.js';
import { socketPath, subprotocol } from '../../lib/gateway/protocol/version.js';

/** The address of a gateway's socket. */
export const socketUrl = (url: string): string => `${url.replace(/^http/, 'ws').replace(/\/$/, '')}${socketPath}`;

export const openSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url, subprotocol, { perMessageDeflate: false });
  socket.binaryType = 'arraybuffer';
  socket.on('open', () => events.opened?.());
  socket.on('message', (data, isBinary) => events.message(isBinary && data instanceof ArrayBuffer ? new Uint8Array(data) : String(data)));
  // A close follows.
  socket.on('error', () => undefined);
  socket.on('close', (code, reason) => events.closed(code, reason.toString()));
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
  };
};
