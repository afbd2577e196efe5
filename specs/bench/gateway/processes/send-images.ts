/** A bare WebSocket server that sends as many bytes as it is asked for, a megabyte a message, and closes: what a page can take at best. */
import { once } from 'node:events';
import { WebSocketServer, type WebSocket } from 'ws';
import { subprotocol } from '../../../../lib/gateway/protocol/version.js';
import { answer } from '../../waiting/processes/answer.js';

const messageBytes = 1 << 20;
/** As much as a gateway lets wait. */
const mostWaiting = 256 << 10;

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, handleProtocols: () => subprotocol });
await once(server, 'listening');
const message = Buffer.alloc(messageBytes, 7);

function send(socket: WebSocket, bytes: number): void {
  let left = bytes;
  const sendMore = (): void => {
    while (left > 0 && socket.bufferedAmount < mostWaiting) {
      const part = message.subarray(0, Math.min(left, messageBytes));
      left -= part.length;
      socket.send(part, sendMore);
    }
    if (left === 0 && socket.readyState === socket.OPEN && socket.bufferedAmount === 0) socket.close(1000);
  };
  sendMore();
}

answer({
  /** Sends that many bytes to each that connects; answers where. */
  send: (bytes) => {
    server.removeAllListeners('connection').on('connection', (socket) => send(socket, Number(bytes)));
    const address = server.address();
    return `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  },
});
