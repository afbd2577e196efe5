/** Two ends of a socket in memory, on a scheduler: messages arrive in order after a latency, and the connection can be cut. */
import type { SchedulerLike } from 'rxjs';
import type { Socket, SocketEvents } from '../../lib/gateway/protocol/socket.js';
import { doAfter } from '../../lib/model/time.js';

/** One end, once its owner listens. */
class End implements Socket {
  events: SocketEvents | undefined;
  peer: End | undefined;
  bufferedAmount = 0;
  isClosed = false;
  /** Messages wait here while the other end does not take any. */
  private readonly waiting: (string | Uint8Array)[] = [];
  isStalled = false;

  constructor(
    private readonly scheduler: SchedulerLike,
    private readonly latency: number,
  ) {}

  send(data: string | Uint8Array): void {
    if (this.isClosed) return;
    this.bufferedAmount += data.length;
    if (this.isStalled) this.waiting.push(data);
    else this.deliver(data);
  }

  close(code: number, reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    doAfter(this.latency, this.scheduler, () => {
      this.events?.closed(code, reason);
      this.peer?.end(code, reason);
    });
  }

  end(code: number, reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.events?.closed(code, reason);
  }

  /** Takes what has waited. */
  resume(): void {
    this.isStalled = false;
    for (const data of this.waiting.splice(0)) this.deliver(data);
  }

  private deliver(data: string | Uint8Array): void {
    // A copy in memory of its own, as a network makes one.
    const copy = typeof data === 'string' ? data : new Uint8Array(data);
    doAfter(this.latency, this.scheduler, () => {
      this.bufferedAmount -= data.length;
      if (this.peer?.isClosed === false) this.peer.events?.message(copy);
      if (!this.isClosed) this.events?.drained?.();
    });
  }
}

export interface SocketPair {
  readonly client: Socket;
  readonly gateway: Socket;
  /** Begins: both ends hear of what happens from here on; the client that it is open. */
  listen(client: SocketEvents, gateway: SocketEvents): void;
  /** What the gateway sends stays in its memory until `resume`. */
  stall(): void;
  resume(): void;
  /** Breaks the connection: messages under way are lost. */
  cut(): void;
}

export function socketPair(scheduler: SchedulerLike, latency = 0): SocketPair {
  const client = new End(scheduler, latency);
  const gateway = new End(scheduler, latency);
  client.peer = gateway;
  gateway.peer = client;
  return {
    client,
    gateway,
    listen: (clientEvents, gatewayEvents) => {
      client.events = clientEvents;
      gateway.events = gatewayEvents;
      doAfter(latency, scheduler, () => clientEvents.opened?.());
    },
    stall: () => {
      gateway.isStalled = true;
    },
    resume: () => gateway.resume(),
    cut: () => {
      for (const end of [client, gateway]) end.end(1006, 'the connection broke');
    },
  };
}
