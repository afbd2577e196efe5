/** What waits to be sent to one session: control messages first, then those who have more to send in turns, as long as the socket has room. */
import type { SchedulerLike, Subscription } from 'rxjs';
import { doAfter } from '../../model/time.js';
import { encodePart } from '../protocol/parts.js';
import type { Socket } from '../protocol/socket.js';
import type { RelayEvents } from './relay-events.js';

/** Binary messages of one origin, which stay in order: the answers to a request, the frames of a feed. None of these may throw. */
export interface Lane {
  readonly kind: 'answer' | 'frame';
  /** The next message, made when there is room for it; `undefined` if there is none now: offer the lane again once there is. */
  next(): Uint8Array | undefined;
  /** All of the message that was taken last has been handed to the socket. */
  sent?(): void;
}

/** Nothing more is handed to a socket that holds this much: memory and delay of a slow client. */
const mostBuffered = 256 << 10;
/** Parts of a message while others wait. */
const sharedPart = 256 << 10;
const defaultMaxMessage = 1 << 20;

/** A message that goes in parts. */
interface Begun {
  readonly message: Uint8Array;
  readonly number: number;
  offset: number;
}

export class Outbox {
  private readonly texts: string[] = [];
  private readonly lanes: Lane[] = [];
  private readonly offered = new Set<Lane>();
  private readonly begun = new Map<Lane, Begun>();
  private messages = 0;
  private isClosed = false;
  private isPumping = false;
  /** When the socket last took something, or began to hold something. */
  private lastProgress = 0;
  private watch: Subscription | undefined;
  /** The largest message in one part. */
  maxMessage = defaultMaxMessage;

  /** @param stuck called once if bytes wait in the socket, and it takes none for `progressWithin` ms */
  constructor(
    private readonly socket: Socket,
    private readonly scheduler: SchedulerLike,
    private readonly events: RelayEvents,
    private readonly progressWithin: number,
    private readonly stuck: () => void,
  ) {}

  /** Whether a message would go out at once. */
  get isIdle(): boolean {
    return this.lanes.length === 0 && this.texts.length === 0 && this.hasRoom;
  }

  get hasRoom(): boolean {
    return this.socket.bufferedAmount < mostBuffered;
  }

  /** A control message. */
  text(text: string): void {
    if (this.isClosed) return;
    this.texts.push(text);
    this.pump();
  }

  /** The lane has a message. */
  offer(lane: Lane): void {
    if (this.isClosed || this.offered.has(lane)) return;
    this.offered.add(lane);
    this.lanes.push(lane);
    this.pump();
  }

  /** Sends a message now, which may be done while the outbox is idle. */
  sendNow(message: Uint8Array, kind: Lane['kind']): void {
    this.hand(message);
    this.events.sent?.(kind, message.length);
  }

  /** The lane's messages are not wanted any more; one that was begun is sent to its end, for the other end has memory for it: then it is false. */
  withdraw(lane: Lane): boolean {
    if (this.begun.has(lane)) return false;
    if (this.offered.delete(lane)) this.lanes.splice(this.lanes.indexOf(lane), 1);
    return true;
  }

  drained(): void {
    this.lastProgress = this.scheduler.now();
    if (this.lanes.length > 0 || this.texts.length > 0) this.pump();
  }

  close(): void {
    this.isClosed = true;
    this.watch?.unsubscribe();
    this.texts.length = 0;
    this.lanes.length = 0;
    this.offered.clear();
    this.begun.clear();
  }

  private pump(): void {
    // A socket may drain while it is handed a message.
    if (this.isPumping) return;
    this.isPumping = true;
    while (this.hasRoom) {
      const text = this.texts.shift();
      if (text !== undefined) {
        this.hand(text);
        this.events.sent?.('text', text.length);
        continue;
      }
      const lane = this.lanes.shift();
      if (lane === undefined) break;
      this.serve(lane);
    }
    this.isPumping = false;
  }

  private serve(lane: Lane): void {
    // First, for it may be offered again while it is asked.
    this.offered.delete(lane);
    const begun = this.begun.get(lane);
    const message = begun?.message ?? lane.next();
    if (message === undefined) return;
    if (!this.offered.has(lane)) {
      this.offered.add(lane);
      this.lanes.push(lane);
    }
    if (begun === undefined && message.length <= this.maxMessage) {
      this.hand(message);
      this.events.sent?.(lane.kind, message.length);
      lane.sent?.();
    } else this.sendPart(lane, begun ?? { message, number: (this.messages = (this.messages + 1) >>> 0), offset: 0 });
  }

  private sendPart(lane: Lane, begun: Begun): void {
    this.begun.set(lane, begun);
    const othersWait = this.lanes.length > 1;
    const bytes = Math.min(this.maxMessage, othersWait ? sharedPart : defaultMaxMessage, begun.message.length - begun.offset);
    this.hand(encodePart(begun.message, begun.number, begun.offset, bytes));
    begun.offset += bytes;
    if (begun.offset < begun.message.length) return;
    this.begun.delete(lane);
    this.events.sent?.(lane.kind, begun.message.length);
    lane.sent?.();
  }

  private hand(data: string | Uint8Array): void {
    if (this.socket.bufferedAmount === 0) this.lastProgress = this.scheduler.now();
    this.socket.send(data);
    if (this.watch === undefined && this.socket.bufferedAmount > 0) this.watchProgress(this.progressWithin);
  }

  /** One timer for as long as anything is in the socket, whatever is sent meanwhile. */
  private watchProgress(ms: number): void {
    if (this.isClosed) return;
    this.watch = doAfter(ms, this.scheduler, () => {
      this.watch = undefined;
      if (this.socket.bufferedAmount === 0) return;
      const left = this.lastProgress + this.progressWithin - this.scheduler.now();
      if (left > 0) this.watchProgress(left);
      else this.stuck();
    });
  }
}
