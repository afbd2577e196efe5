/** Answers of the web server: the headers that all of them have, and short ones in text. */
import { STATUS_CODES, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What a page of this server may do, and who may put it into a frame. */
export function securityHeaders(embedOrigins: readonly string[]): OutgoingHttpHeaders {
  const policy = {
    'default-src': "'self'",
    'connect-src': "'self'",
    // Pictures that a page makes itself.
    'img-src': "'self' blob: data:",
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': ["'self'", ...embedOrigins].join(' '),
  };
  return {
    'Content-Security-Policy': Object.entries(policy)
      .map((directive) => directive.join(' '))
      .join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(embedOrigins.length === 0 ? { 'X-Frame-Options': 'SAMEORIGIN' } : {}),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

export const textAnswer = (status: number, text: string, headers: OutgoingHttpHeaders = {}): Answer => ({ status, body: `${text}\n`, headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', ...headers } });

/** The body is left out where it was not asked for. */
export function send(response: ServerResponse, { status, headers = {}, body = '' }: Answer, common: OutgoingHttpHeaders): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, { ...common, ...headers, ...(status === 304 ? {} : { 'Content-Length': bytes.length }) });
  response.end(response.req.method === 'HEAD' || status === 304 ? undefined : bytes);
}

/** The same on a connection that asked for something else than HTTP; ends it. */
export function sendRaw(socket: Duplex, { status, headers = {}, body = '' }: Answer, common: OutgoingHttpHeaders): void {
  const all: OutgoingHttpHeaders = { ...common, ...headers, Connection: 'close', 'Content-Length': Buffer.byteLength(body) };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${String(value)}`);
  socket.once('finish', () => socket.destroy());
  socket.end(`${[`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...head, '', ''].join('\r\n')}${typeof body === 'string' ? body : ''}`);
}
