/** The WebSockets of a gateway: opened after the checks, kept alive by pings, handed to the relay. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Subscription, type SchedulerLike } from 'rxjs';
// As a whole: bundlers for pages know the package without its server.
import * as ws from 'ws';
import { every } from '../../model/time.js';
import type { Admission } from './admission.js';
import type { Peer } from './peer.js';
import { closeCodes } from '../protocol/close-codes.js';
import type { Socket, SocketEvents } from '../protocol/socket.js';
import { subprotocol } from '../protocol/version.js';
import type { Visitor } from '../relay/authorize.js';
import { WebSocketEnd } from './web-socket-end.js';

export interface ConnectionsOptions {
  readonly admission: Admission;
  /** Bytes of a message from a client: of one that may only read, and of one that may write as well. */
  readonly mostBytes: { readonly reading: number; readonly writing: number };
  readonly scheduler: SchedulerLike;
  readonly accept: (socket: Socket, visitor: Visitor) => SocketEvents;
  readonly opened: (peer: Peer) => void;
  readonly closed: (code: number, peer: Peer) => void;
  readonly failed: (error: unknown) => void;
}

/** ms between pings, and without anything from the other end. */
const pingEvery = 15_000;
const silentAfter = 30_000;
/** How long, in ms, the other end may take to answer a close; whatever it has not taken by then is dropped. */
const closeWithin = 5000;
/** Browsers send large messages in fragments of more than 64 KiB. */
const mostFragments = 1024;

export class Connections {
  private readonly ends = new Set<WebSocketEnd>();
  private readonly server: ws.WebSocketServer;
  private readonly pings = new Subscription();
  private readonly waiting = new Set<() => void>();

  constructor(private readonly options: ConnectionsOptions) {
    // No compression: a small message could unpack to a large one, and each connection would take 300 kB for it.
    const settings: ws.ServerOptions & { readonly closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: Math.max(options.mostBytes.reading, options.mostBytes.writing),
      maxFragments: mostFragments,
      closeTimeout: closeWithin,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    };
    this.server = new ws.WebSocketServer(settings);
    this.pings.add(
      every(pingEvery, options.scheduler).subscribe({
        next: () => this.lookAfter(),
        error: options.failed,
      }),
    );
  }

  /** `ws` answers what is wrong with the handshake itself. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, peer: Peer): void {
    const { admission, scheduler, accept, opened, closed, failed } = this.options;
    const leave = admission.enter(peer.address);
    // Until it is a WebSocket, the end of the connection is all that tells of its failure.
    socket.once('close', leave);
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      const end: WebSocketEnd = new WebSocketEnd(webSocket, () => scheduler.now(), {
        closed: (code) => {
          this.ends.delete(end);
          closed(code, peer);
          if (this.ends.size === 0) for (const resolve of this.waiting) resolve();
        },
        failed,
      });
      end.mostBytes = this.options.mostBytes.reading;
      this.ends.add(end);
      socket.on('data', (bytes: Buffer) => end.took(bytes.length));
      try {
        opened(peer);
        end.listen(accept(end, visitorOf(request, peer, end)));
      } catch (error) {
        failed(error);
        end.terminate();
      }
    });
  }

  /** Resolves when there is none, or none left. */
  whenEmpty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.ends.size === 0) resolve();
      else this.waiting.add(resolve);
    });
  }

  /** What a connection may send from now on. */
  permit(connection: object | undefined, mayWrite: boolean): void {
    if (connection instanceof WebSocketEnd) connection.mostBytes = this.options.mostBytes[mayWrite ? 'writing' : 'reading'];
  }

  /** Closes those whose token has changed. */
  review(standing: (connection: object) => 'same' | 'changed' | 'gone'): void {
    for (const end of this.ends) {
      const now = standing(end);
      if (now === 'gone') end.close(closeCodes.unauthorized, 'the token is no longer valid');
      if (now === 'changed') end.close(closeCodes.restart, 'the rights have changed');
    }
  }

  /** Closes all: each end answers, or is cut off some seconds later. */
  close(code: number, reason: string): void {
    this.pings.unsubscribe();
    for (const end of this.ends) end.close(code, reason);
  }

  /** Cuts off what has not answered its close. */
  terminate(): void {
    for (const end of this.ends) end.terminate();
  }

  private lookAfter(): void {
    const now = this.options.scheduler.now();
    for (const end of this.ends) {
      if (now - end.heard >= silentAfter) end.close(closeCodes.goingAway, 'no pong');
      else end.ping();
    }
  }
}

/** Cookies count only where the browser has said which page sends them: others could send them in its place. */
function visitorOf({ headers }: IncomingMessage, { address }: Peer, connection: object): Visitor {
  const { cookie, ...others } = headers;
  return { address, connection, headers: headers.origin === undefined || cookie === undefined ? others : headers };
}
