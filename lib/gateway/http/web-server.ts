/** The HTTP server: pages, health and metrics by GET and HEAD, and connections that become WebSockets. */
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { blissdataError } from '../../model/errors.js';
import type { Admission, Refusal, RefusalReason } from './admission.js';
import { peerOf, plainAddress, type Peer } from './peer.js';
import { socketPath } from '../protocol/version.js';
import { send, sendRaw, textAnswer, type Answer } from './responses.js';

export interface WebServerOptions {
  readonly admission: Admission;
  /** Headers of every answer. */
  readonly headers: OutgoingHttpHeaders;
  readonly trustProxy: boolean;
  /** Certificate and key in PEM; none for plain HTTP. */
  readonly tls?: Certificate | undefined;
  /** The answer at a path, other than the socket's. */
  readonly answer: (path: string, request: IncomingMessage) => Answer | Promise<Answer>;
  /** A connection that may become a WebSocket. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, peer: Peer) => void;
  readonly refused: (reason: RefusalReason, peer: Pick<Peer, 'address'>) => void;
  /** A bug. */
  readonly failed: (error: unknown) => void;
  /** Other times than those below. */
  readonly timeouts?: Pick<ServerOptions, 'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval'>;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Requests here are a few hundred bytes and have no body: whoever takes longer is not waited for. */
const limits: ServerOptions = { headersTimeout: 10_000, requestTimeout: 10_000, keepAliveTimeout: 5000, connectionsCheckingInterval: 2000, maxHeaderSize: 16 << 10, insecureHTTPParser: false };
const mostHeaders = 64;
/** A connection without WebSocket on which nothing moves for so many ms is closed. */
const idle = 30_000;

export class WebServer {
  private readonly server: Server | TlsServer;
  private readonly ofAddress = new Map<string, number>();

  constructor(private readonly options: WebServerOptions) {
    const settings = { ...limits, ...options.timeouts };
    this.server = options.tls === undefined ? createServer(settings) : createTlsServer({ ...settings, ...options.tls, minVersion: 'TLSv1.2' });
    this.server.maxHeadersCount = mostHeaders;
    this.server.timeout = idle;
    this.server.on('request', (request, response) => {
      this.answer(request)
        .catch((error: unknown) => {
          options.failed(error);
          return textAnswer(500, 'This failed unexpectedly.');
        })
        .then((answer) => {
          // Nothing here takes a body: what comes of one is not read.
          if (hasBody(request)) response.setHeader('Connection', 'close').once('finish', () => request.destroy());
          send(response, answer, options.headers);
        })
        .catch(options.failed);
    });
    this.server.on('upgrade', (request, socket, head) => {
      // The connection may break at any time; until it is a WebSocket, nothing else listens.
      socket.on('error', () => socket.destroy());
      try {
        const peer = this.peerOf(request);
        const refusal = this.refusalOf(request, peer);
        if (refusal === undefined) options.upgrade(request, socket, head, peer);
        else sendRaw(socket, this.refused(refusal, peer), options.headers);
      } catch (error) {
        options.failed(error);
        socket.destroy();
      }
    });
  }

  /** @param most connections over TCP in all, and from one address. Resolves to the port. Rejects with `PortInUse`, `InvalidArgument`. */
  listen(host: string, port: number, most: { readonly connections: number; readonly ofAddress: number }): Promise<number> {
    this.server.maxConnections = most.connections;
    this.server.on('connection', (socket: Socket) => this.limit(socket, most.ofAddress));
    return new Promise((resolve, reject) => {
      this.server.once('error', (error) => reject(listenError(error, host, port)));
      this.server.listen(port, host, () => {
        this.server.removeAllListeners('error').on('error', this.options.failed);
        resolve(portOf(this.server.address()));
      });
    });
  }

  /** Another certificate for connections from now on. @throws Error if it is none */
  renew(certificate: Certificate): void {
    if ('setSecureContext' in this.server) this.server.setSecureContext({ ...certificate, minVersion: 'TLSv1.2' });
  }

  /** Listens no more; resolves when all connections have ended, after `end` at the latest. */
  close(): { readonly closed: Promise<void>; readonly end: () => void } {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.server.closeIdleConnections();
    return { closed, end: () => this.server.closeAllConnections() };
  }

  /** A connection costs memory even if nothing is ever asked over it; those of one address must not take the place of all others. */
  private limit(socket: Socket, most: number): void {
    const address = socket.remoteAddress ?? '';
    const count = (this.ofAddress.get(address) ?? 0) + 1;
    if (count > most) {
      this.options.refused('connections of one address', { address: plainAddress(address) });
      socket.destroy();
      return;
    }
    this.ofAddress.set(address, count);
    socket.once('close', () => {
      const left = (this.ofAddress.get(address) ?? 1) - 1;
      if (left > 0) this.ofAddress.set(address, left);
      else this.ofAddress.delete(address);
    });
  }

  private peerOf(request: IncomingMessage): Peer {
    return peerOf(request, { trustProxy: this.options.trustProxy, isTls: this.options.tls !== undefined });
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const peer = this.peerOf(request);
    if (request.method !== 'GET' && request.method !== 'HEAD') return textAnswer(405, 'Only GET and HEAD are answered.', { Allow: 'GET, HEAD' });
    const path = pathOf(request);
    const refusal = path === socketPath ? this.refusalOf(request, peer) : this.options.admission.refuse(peer);
    if (refusal !== undefined) return this.refused(refusal, peer);
    return this.options.answer(path, request);
  }

  private refusalOf(request: IncomingMessage, peer: Peer): Refusal | undefined {
    const { admission } = this.options;
    if (pathOf(request) !== socketPath) return admission.refuse(peer) ?? { reason: 'path', status: 404, text: 'There is no WebSocket here.' };
    return admission.refuseSocket(request, peer);
  }

  private refused({ reason, status, text, headers }: Refusal, peer: Peer): Answer {
    this.options.refused(reason, peer);
    return textAnswer(status, text, headers);
  }
}

/** Without the query: tokens never stand in one, and whatever does is not looked at. */
const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0] ?? '';

const hasBody = ({ headers }: IncomingMessage): boolean => headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const portOf = (address: AddressInfo | string | null): number => (typeof address === 'object' && address !== null ? address.port : 0);

function listenError(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return blissdataError('PortInUse', { port }, error);
  if (code === 'EACCES') return blissdataError('InvalidArgument', { argument: 'port', expected: 'one that this process may open', received: String(port) }, error);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') return blissdataError('InvalidArgument', { argument: 'host', expected: 'an address of this machine', received: host }, error);
  return error;
}
