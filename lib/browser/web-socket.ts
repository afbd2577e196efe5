/** Opens the browser's own WebSocket. */
import type { OpenSocket } from '../gateway/protocol/socket.js';
import { subprotocol } from '../gateway/protocol/version.js';

/** What is used of it: its types are not known where this is compiled for Node, too. */
interface BrowserSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: () => void;
  onmessage: (event: { readonly data: string | ArrayBuffer }) => void;
  onclose: (event: { readonly code: number; readonly reason: string }) => void;
  send(data: string | Uint8Array): void;
  close(code: number, reason: string): void;
}

declare const WebSocket: new (url: string, protocol: string) => BrowserSocket;
/** Workers have none. */
declare const document: { readonly hidden: boolean } | undefined;

export const openWebSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url, subprotocol);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => events.opened?.();
  socket.onmessage = ({ data }) => events.message(typeof data === 'string' ? data : new Uint8Array(data));
  socket.onclose = ({ code, reason }) => events.closed(code, reason);
  return socket;
};

/** A page in the background is given more time: its timers are slow, and so may its gateway find it. */
export const silence = (): number => (typeof document !== 'undefined' && document.hidden ? 10_000 : 5000);
