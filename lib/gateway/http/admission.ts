/** The checks before a request is answered, and before a connection becomes a WebSocket. */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { hostname } from 'node:os';
import { hostName, inUrl, isLoopback, type Peer } from './peer.js';
import { subprotocol } from '../protocol/version.js';

export type RefusalReason = 'host' | 'origin' | 'remote' | 'subprotocol' | 'upgrade' | 'path' | 'connections' | 'connections of one address' | 'draining';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly status: number;
  /** For the one who asks. */
  readonly text: string;
  readonly headers?: OutgoingHttpHeaders;
}

export interface AdmissionOptions {
  /** The address to listen on, as it was given. */
  readonly host: string;
  /** Of pages of other servers that may connect, such as `https://control.example.org`. */
  readonly origins: readonly string[];
  /** Whether other machines may connect: where tokens are asked for. */
  readonly remote: boolean;
  readonly connections: number;
  readonly connectionsPerAddress: number;
}

/** Seconds after which another attempt is worth while. */
const retryAfter = 5;

export class Admission {
  /** While true, nothing new is let in. */
  draining = false;
  private readonly names: ReadonlySet<string>;
  private readonly origins: ReadonlySet<string>;
  private readonly ofAddress = new Map<string, number>();
  private all = 0;

  constructor(private readonly options: AdmissionOptions) {
    const { host, origins } = options;
    const anyAddress = host === '0.0.0.0' || host === '::';
    this.names = new Set(['localhost', '127.0.0.1', '[::1]', inUrl(host).toLowerCase(), ...(anyAddress ? [hostname().toLowerCase()] : []), ...origins.map((origin) => new URL(origin).hostname)]);
    this.origins = new Set(origins);
  }

  get connections(): number {
    return this.all;
  }

  /** What is asked of every request, pages included. */
  refuse(peer: Peer): Refusal | undefined {
    // A name that an attacker's name server resolves to this machine would make his page one of this server's (DNS rebinding).
    const name = peer.host === undefined ? undefined : hostName(peer.host);
    if (name === undefined || !(this.names.has(name) || name === inUrl(peer.localAddress))) return { reason: 'host', status: 403, text: 'This server has another name: reach it by its address, or start it with that name as --host or within an --origin.' };
    if (!this.options.remote && (!isLoopback(peer.address) || peer.isForwarded)) return { reason: 'remote', status: 403, text: 'Only the machine that this server runs on may connect: it has no tokens.' };
    return undefined;
  }

  /** What is asked of a WebSocket on top of that. */
  refuseSocket(request: IncomingMessage, peer: Peer): Refusal | undefined {
    const refused = this.refuse(peer);
    if (refused !== undefined) return refused;
    const { origin, upgrade } = request.headers;
    // Browsers send it with every WebSocket, and do not let pages choose it.
    if (origin !== undefined && !this.origins.has(origin) && origin !== `${peer.scheme}://${peer.host ?? ''}`) return { reason: 'origin', status: 403, text: 'Pages of this origin may not connect: start the gateway with it as --origin.' };
    if (upgrade?.toLowerCase() !== 'websocket') return { reason: 'upgrade', status: 426, text: 'This is the address of a WebSocket.', headers: { Upgrade: 'websocket' } };
    if (!offeredProtocols(request).includes(subprotocol)) {
      return { reason: 'subprotocol', status: 426, text: `The subprotocol is one of: ${subprotocol}`, headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': subprotocol } };
    }
    if (this.draining) return busy('draining', 'The gateway goes down.');
    if (this.all >= this.options.connections) return busy('connections', `There are ${this.options.connections} connections already.`);
    if ((this.ofAddress.get(peer.address) ?? 0) >= this.options.connectionsPerAddress) return busy('connections of one address', `There are ${this.options.connectionsPerAddress} connections from this address already.`);
    return undefined;
  }

  /** Counts a connection, until the result is called. */
  enter(address: string): () => void {
    this.all++;
    this.ofAddress.set(address, (this.ofAddress.get(address) ?? 0) + 1);
    return () => {
      this.all--;
      const left = (this.ofAddress.get(address) ?? 1) - 1;
      if (left > 0) this.ofAddress.set(address, left);
      else this.ofAddress.delete(address);
    };
  }
}

const offeredProtocols = (request: IncomingMessage): readonly string[] => (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());

const busy = (reason: RefusalReason, text: string): Refusal => ({ reason, status: 503, text, headers: { 'Retry-After': retryAfter } });
