/** Who is at the other end of an HTTP request: its address, and by which name it reached this server, where a trusted proxy may speak for it. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

export interface Peer {
  /** Its IP address; an IPv4 one in its own form even on a socket for IPv6. */
  readonly address: string;
  /** The `Host` header as it was sent; none if there is none or more than one. */
  readonly host: string | undefined;
  /** Of this end: by a connection to it nothing else than this machine is meant. */
  readonly localAddress: string;
  readonly scheme: 'http' | 'https';
  /** Whether the headers say that it comes from elsewhere through a proxy that is not trusted. */
  readonly isForwarded: boolean;
}

export function peerOf(request: IncomingMessage, { trustProxy, isTls }: { readonly trustProxy: boolean; readonly isTls: boolean }): Peer {
  const { headers, headersDistinct, socket } = request;
  const hosts = headersDistinct.host ?? [];
  const told = trustProxy ? toldByProxy(headers) : {};
  return {
    address: plainAddress(told.address ?? socket.remoteAddress ?? ''),
    host: told.host ?? (hosts.length === 1 ? hosts[0] : undefined),
    localAddress: plainAddress(socket.localAddress ?? ''),
    scheme: told.scheme ?? (isTls ? 'https' : 'http'),
    isForwarded: !trustProxy && forwarding.some((name) => headers[name] !== undefined),
  };
}

const forwarding = ['x-forwarded-for', 'forwarded', 'x-real-ip'] as const;

/** What the nearest proxy has added, which is the last of each list: what comes before it, the peer itself may have made up. */
function toldByProxy(headers: IncomingHttpHeaders): { readonly address?: string | undefined; readonly host?: string | undefined; readonly scheme?: 'http' | 'https' | undefined } {
  const scheme = lastOf(headers['x-forwarded-proto']);
  const address = lastOf(headers['x-forwarded-for']);
  return {
    address: address === undefined ? undefined : isIP(plainAddress(address)) === 0 ? 'unknown' : address,
    host: lastOf(headers['x-forwarded-host']),
    scheme: scheme === 'https' || scheme === 'http' ? scheme : undefined,
  };
}

function lastOf(header: string | readonly string[] | undefined): string | undefined {
  const last = [header ?? []].flat().join(',').split(',').at(-1)?.trim();
  return last === '' ? undefined : last;
}

/** `::ffff:127.0.0.1` and `127.0.0.1:4711` are 127.0.0.1, `[::1]:4711` is ::1. */
export function plainAddress(address: string): string {
  const bare = /^\[([^\]]*)\]/.exec(address)?.[1] ?? (/^[\d.]+:\d+$/.test(address) ? address.slice(0, address.indexOf(':')) : address);
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare.toLowerCase();
}

export const isLoopback = (address: string): boolean => address === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);

/** The name in a `Host` header, without the port; none if the header is malformed. */
export const hostName = (host: string): string | undefined => /^(\[[\da-f:.]+\]|[^\s:[\]/@]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();

/** An address as it stands in a URL or a `Host` header. */
export const inUrl = (address: string): string => (address.includes(':') ? `[${address}]` : address);
