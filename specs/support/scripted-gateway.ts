/** A gateway that says what a test has it say, and tells what it heard: the other end of a client, in virtual time. */
import { ReplaySubject, type Observable, type SchedulerLike } from 'rxjs';
import type { GatewayOptions } from '../../lib/gateway/client/gateway-client.js';
import { gatewayDatabase, type GatewayDatabase } from '../../lib/gateway/client/gateway-database.js';
import { encodeBlockMessage } from '../../lib/gateway/protocol/block-message.js';
import { defaultLimits } from '../../lib/gateway/protocol/limits.js';
import { decodeAppendMessage } from '../../lib/gateway/protocol/decode-append-message.js';
import { encodeServerMessage, type ServerMessage, type Welcome } from '../../lib/gateway/protocol/server-messages.js';
import type { OpenSocket } from '../../lib/gateway/protocol/socket.js';
import type { Id } from '../../lib/ports/keys.js';
import type { Block } from '../../lib/ports/streams.js';
import { socketPair, type SocketPair } from './socket-pair.js';

export interface Heard {
  readonly [member: string]: unknown;
}

interface Script {
  /** How long a message takes. */
  readonly latency?: number;
  /** Members of the welcome; `null`: there is none. */
  readonly welcome?: Partial<Welcome> | null;
  /** What calls are answered with; a call that is missing gets no answer. */
  readonly calls?: Readonly<Record<string, (...args: readonly never[]) => unknown>>;
}

const welcome: Welcome = { welcome: 1, session: 's', database: 'id00', epoch: 'e', rights: { write: true, delete: true }, limits: { ...defaultLimits, message: 16 << 20 }, features: ['follow'] };

export class ScriptedGateway {
  private pair: SocketPair | undefined;
  private readonly messages = new ReplaySubject<Heard>(Infinity);
  /** What clients have said; that they connect is `{ open: url }`. */
  readonly heard$: Observable<Heard> = this.messages.asObservable();
  private readonly closes = new ReplaySubject<number>(Infinity);
  /** By which codes connections ended. */
  readonly closed$: Observable<number> = this.closes.asObservable();

  constructor(
    private readonly scheduler: SchedulerLike,
    private readonly script: Script = {},
  ) {}

  readonly openSocket: OpenSocket = (url, events) => {
    const pair = socketPair(this.scheduler, this.script.latency ?? 0);
    this.pair = pair;
    this.messages.next({ open: url });
    pair.listen(events, {
      message: (data) => this.hear(data),
      closed: (code) => this.closes.next(code),
    });
    return pair.client;
  };

  say(...messages: readonly ServerMessage[]): void {
    for (const message of messages) this.pair?.gateway.send(encodeServerMessage(message));
  }

  /** Says what may be none of the protocol's. */
  sayAnything(data: string | Uint8Array): void {
    this.pair?.gateway.send(data);
  }

  /** Answers a request by blocks. */
  answer(id: number, ...blocks: readonly Omit<Block, 'key'>[]): void {
    blocks.forEach((block, i) => this.sayAnything(encodeBlockMessage({ id, answer: true, last: i === blocks.length - 1, after: '0-0', block })));
  }

  frame(handle: number, after: Id, block: Omit<Block, 'key'>): void {
    this.sayAnything(encodeBlockMessage({ id: handle, answer: false, last: false, after, block }));
  }

  cut(): void {
    this.pair?.cut();
  }

  /** What it says from here on does not arrive. */
  stall(): void {
    this.pair?.stall();
  }

  close(code: number, reason = ''): void {
    this.pair?.gateway.close(code, reason);
  }

  private hear(data: string | Uint8Array<ArrayBuffer>): void {
    const message = heardIn(data);
    this.messages.next(message);
    const { script } = this;
    if ('hello' in message && script.welcome !== null) this.say({ ...welcome, ...script.welcome });
    if ('ping' in message && script.welcome !== null) this.say({ pong: 0 });
    if ('call' in message) {
      const { id, call, args } = message;
      const answer = script.calls?.[String(call)];
      if (answer !== undefined && Array.isArray(args)) this.say({ id: Number(id), value: Reflect.apply(answer, undefined, args) ?? null });
    }
  }
}

function heardIn(data: string | Uint8Array<ArrayBuffer>): Heard {
  if (typeof data === 'string') {
    const message: Heard = JSON.parse(data);
    return message;
  }
  const decoded = decodeAppendMessage(data);
  return 'right' in decoded ? { id: decoded.right.id, append: decoded.right.windows.map(({ key }) => key) } : { problems: decoded.left };
}

export const gatewayUrl = 'ws://gateway:8765/v1/socket';

/** A client of a gateway, in virtual time. */
export const clientOf = (gateway: ScriptedGateway, scheduler: SchedulerLike, options: Partial<GatewayOptions> = {}): GatewayDatabase =>
  gatewayDatabase('ws://gateway:8765', { openSocket: gateway.openSocket, scheduler, random: () => 0.5, ...options });

/** A block of entries of one byte each, numbers from `first` up to but not including `stop`. */
export function blockOf(first: number, stop: number, size = 1): Omit<Block, 'key'> {
  const indices = Array.from({ length: stop - first }, (_, i) => first + i);
  return {
    firsts: Float64Array.from(indices),
    lens: Float64Array.from(indices, () => 1),
    ends: Float64Array.from(indices, (_, i) => (i + 1) * size),
    bytes: new Uint8Array(indices.length * size),
  };
}

/** Which points a block holds, and whether there are more. */
export const shown = ({ firsts, more, seal }: Omit<Block, 'key'>): string => `${firsts[0] ?? ''}-${firsts.at(-1) ?? ''}${seal === undefined ? '' : ' sealed'}${more === true ? ' more' : ''}`;
