/** A client that keeps to no rule: bytes over TCP as it likes, requests with any header, WebSocket frames of any form. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { subprotocol } from '../../../lib/gateway/protocol/version.js';

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends text and reads until the other end closes. */
export async function exchange(port: number, text: string | readonly string[], host = '127.0.0.1'): Promise<string> {
  const socket = connect(port, host);
  await once(socket, 'connect');
  let received = '';
  socket.setEncoding('latin1').on('data', (piece: string) => {
    received += piece;
  });
  const closed = endOf(socket);
  for (const piece of [text].flat()) socket.write(piece);
  await closed;
  return received;
}

/** However it ends: what the other end has not read when it closes makes the system report a reset. */
const endOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on('error', () => socket.destroy()).once('close', () => resolve());
  });

export function parsed(answer: string): HttpAnswer {
  const end = answer.indexOf('\r\n\r\n');
  const [first = '', ...lines] = answer.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return { status: Number(first.split(' ')[1]), headers, body: answer.slice(end + 4) };
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of `127.0.0.1:port`; none if `null`. */
  readonly host?: string | null;
}

/** A request by hand: fetch would mend paths and refuse headers. */
export async function request(port: number, path: string, { method = 'GET', headers = {}, host = `127.0.0.1:${port}` }: Asked = {}): Promise<HttpAnswer> {
  return parsed(await exchange(port, requestText(path, { method, headers: { Connection: 'close', ...headers }, host })));
}

export function requestText(path: string, { method = 'GET', headers = {}, host }: Asked): string {
  const all = { ...(host === null || host === undefined ? {} : { Host: host }), ...headers };
  return [`${method} ${path} HTTP/1.1`, ...Object.entries(all).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
}

export const handshake = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol': subprotocol } as const;

/** Asks for a WebSocket; the answer's status alone, and the connection is given up. */
export async function upgrade(port: number, { headers = {}, host = `127.0.0.1:${port}` }: Asked = {}, path = '/v1/socket'): Promise<HttpAnswer> {
  const open = await rawSocket(port, { headers, host }, path);
  if (open.answer.status === 101) open.socket.destroy();
  else await open.closed;
  return { ...open.answer, body: open.rest() };
}

export interface RawSocket {
  readonly socket: Socket;
  readonly answer: HttpAnswer;
  /** What has come after the answer's headers. */
  rest(): string;
  /** Sends a frame as it is. */
  frame(options: Frame): void;
  /** The code of the close frame, 1006 if the connection ended without one; resolves when it has ended. */
  readonly closed: Promise<number>;
}

interface Frame {
  readonly opcode?: number;
  readonly payload?: string | Uint8Array;
  /** What the header says; the payload's by default. */
  readonly length?: number;
  readonly fin?: boolean;
  readonly rsv1?: boolean;
  readonly masked?: boolean;
}

export async function rawSocket(port: number, { headers = {}, host = `127.0.0.1:${port}` }: Asked = {}, path = '/v1/socket'): Promise<RawSocket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let received = Buffer.alloc(0);
  const headEnd = (): number => received.indexOf('\r\n\r\n');
  socket.on('data', (piece: Buffer) => {
    received = Buffer.concat([received, piece]);
    if (headEnd() >= 0 && closeCodeIn(received.subarray(headEnd() + 4)) !== 1006) socket.end();
  });
  const ended = endOf(socket);
  socket.write(requestText(path, { headers: { ...handshake, ...headers }, host }));
  while (headEnd() < 0) await Promise.race([once(socket, 'data'), ended.then(() => Promise.reject(new Error('closed without an answer')))]);
  return {
    socket,
    answer: parsed(received.toString('latin1', 0, headEnd() + 4)),
    rest: () => received.toString('latin1', headEnd() + 4),
    frame: (options) => void socket.write(frameBytes(options)),
    closed: ended.then(() => closeCodeIn(received.subarray(headEnd() + 4))),
  };
}

function frameBytes({ opcode = 1, payload = '', length, fin = true, rsv1 = false, masked = true }: Frame): Buffer {
  const bytes = Buffer.from(payload);
  const announced = length ?? bytes.length;
  const head = announced < 126 ? Buffer.of(0, announced) : announced < 65_536 ? Buffer.of(0, 126, announced >> 8, announced & 255) : Buffer.concat([Buffer.of(0, 127), eightBytes(announced)]);
  head[0] = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
  if (masked) head[1] = (head[1] ?? 0) | 0x80;
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), bytes]);
}

function eightBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** Reads the frames of a server up to its close. */
function closeCodeIn(bytes: Buffer): number {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const opcode = (bytes[at] ?? 0) & 15;
    const short = (bytes[at + 1] ?? 0) & 127;
    const [length, header] = short === 126 ? [bytes.readUInt16BE(at + 2), 4] : short === 127 ? [Number(bytes.readBigUInt64BE(at + 2)), 10] : [short, 2];
    if (opcode === 8) return length >= 2 ? bytes.readUInt16BE(at + header) : 1005;
    at += header + length;
  }
  return 1006;
}
