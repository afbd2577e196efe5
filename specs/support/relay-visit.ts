/** A relay over a database in memory, in virtual time, and clients that say what a test tells them to and note what they get. */
import * as E from 'fp-ts/lib/Either.js';
import { of, Subject, type SchedulerLike } from 'rxjs';
import { decodeBlockMessage, type BlockMessage } from '../../lib/gateway/protocol/block-message.js';
import { binaryKinds } from '../../lib/gateway/protocol/binary-kinds.js';
import { PartAssembler } from '../../lib/gateway/protocol/parts.js';
import { decodeServerMessage, type ServerMessage } from '../../lib/gateway/protocol/server-messages.js';
import type { Socket } from '../../lib/gateway/protocol/socket.js';
import type { Rights } from '../../lib/gateway/relay/rights.js';
import { Relay, type RelayOptions } from '../../lib/gateway/relay/relay.js';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { ESRFIdentity } from '../../lib/model/identity-model.js';
import type { Id, Key } from '../../lib/ports/keys.js';
import { streamKeyOf } from '../contract/samples.js';
import { socketPair, type SocketPair } from './socket-pair.js';

/** The letter of a stream, in diagrams and in what is noted. */
const letters = 'abcdefghijklmnopqrstuvwxyz';
export const keyOf = (letter: string): Key => streamKeyOf(letters.indexOf(letter));
const letterOf = (key: Key): string => letters[Array.from(letters, keyOf).indexOf(key)] ?? key;

export interface VirtualRelay {
  readonly server: MemoryServer;
  readonly database: MemoryDatabase;
  readonly relay: Relay;
  /** A client that connects now, and says hello at once. */
  visit(hello?: Readonly<Record<string, unknown>>): Visit;
  /** The same without a hello. */
  visitSilently(): Visit;
  /** Publishes so many entries of one point each, from the stream's end on. */
  publish(stream: string, count?: number, bytes?: number): void;
}

export interface VirtualRelayOptions extends Partial<RelayOptions> {
  /** How long the database takes. */
  readonly latency?: number;
  /** How long a message takes. */
  readonly wire?: number;
  readonly rights?: Rights;
}

export function virtualRelay(scheduler: SchedulerLike, { latency = 0, wire = 0, rights = { read: 'all' }, ...options }: VirtualRelayOptions = {}): VirtualRelay {
  const server = new MemoryServer({ scheduler });
  const database = memoryDatabase({ server, latency });
  const relay = new Relay({ database, name: 'id00', model: ESRFIdentity, authorize: () => of(rights), scheduler, epoch: 'e', idleAfter: Infinity, ...options });
  const next = new Map<string, number>();
  const visitSilently = (): Visit => new Visit(socketPair(scheduler, wire), relay);
  return {
    server,
    database,
    relay,
    visitSilently,
    visit: (hello = {}) => {
      const visit = visitSilently();
      visit.say({ hello: 1, ...hello });
      return visit;
    },
    publish: (stream, count = 1, bytes = 1) => {
      for (let i = 0; i < count; i++) {
        const index = next.get(stream) ?? 0;
        next.set(stream, index + 1);
        server.putEntry(keyOf(stream), { index, len: 1, payload: new Uint8Array(bytes).fill(index % 251) });
      }
    },
  };
}

export class Visit {
  /** What arrives, in short. */
  readonly heard$ = new Subject<string>();
  readonly blocks: (BlockMessage & { readonly bytes: number })[] = [];
  readonly texts: ServerMessage[] = [];
  private readonly parts = new PartAssembler(2 ** 31);
  private readonly handles = new Map<number, Key>();
  private asked = 0;

  constructor(
    readonly pair: SocketPair,
    relay: Relay,
  ) {
    pair.listen(
      {
        message: (data) => this.hear(data),
        closed: (code) => {
          this.heard$.next(`closed ${code}`);
          this.heard$.complete();
        },
      },
      relay.accept(pair.gateway, { address: 'memory' }),
    );
  }

  get socket(): Socket {
    return this.pair.client;
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** A request; returns its id. */
  ask(call: string, ...args: readonly unknown[]): number {
    this.say({ id: ++this.asked, call, args });
    return this.asked;
  }

  read(stream: string, after: Id, options: { readonly maxEntries?: number; readonly ahead?: number } = {}): number {
    return this.ask('read', [{ key: keyOf(stream), after, maxEntries: 1000, ...options }]);
  }

  private hear(data: string | Uint8Array<ArrayBuffer>): void {
    if (typeof data === 'string') return this.hearText(data);
    if (data[0] !== binaryKinds.part) return this.hearBlock(data);
    const whole = this.parts.add(data);
    if (E.isLeft(whole)) throw new Error(whole.left);
    this.heard$.next(`part of ${data.length}`);
    if (whole.right !== undefined) this.hearBlock(whole.right);
  }

  private hearText(text: string): void {
    const decoded = decodeServerMessage(text);
    if (E.isLeft(decoded)) throw new Error(`${text}: ${decoded.left.join('; ')}`);
    const message = decoded.right;
    this.texts.push(message);
    if ('follow' in message) this.handles.set(message.handle, message.follow);
    this.heard$.next(inShort(message));
  }

  private hearBlock(data: Uint8Array<ArrayBuffer>): void {
    const decoded = decodeBlockMessage(data);
    if (E.isLeft(decoded)) throw new Error(decoded.left);
    const message = { ...decoded.right, bytes: data.length };
    this.blocks.push(message);
    const { id, answer, last, after, block } = message;
    const extent = `${block.firsts.length === 0 ? 'nothing' : `${block.firsts.at(0)}..${block.firsts.at(-1)}`}${block.more === true ? '+' : ''}${block.seal === undefined ? '' : '|'}`;
    this.heard$.next(answer ? `${id}: ${extent}${last ? '' : ' and'}` : `${letterOf(this.handles.get(id) ?? String(id))} after ${after}: ${extent}`);
  }
}

function inShort(message: ServerMessage): string {
  if ('welcome' in message) return 'welcome';
  if ('value' in message) return `${message.id}: ${JSON.stringify(message.value)}`;
  if ('id' in message) return `${message.id}: ${String(message.error['_tag'])}`;
  if ('wake' in message) return `wake ${message.wake.map(letterOf).join(' ')}`;
  if ('wakeAll' in message) return message.interrupted === true ? 'interrupted' : 'wake all';
  if ('follow' in message) return `follow ${letterOf(message.follow)}`;
  if ('status' in message) return `status ${message.status._tag}`;
  return JSON.stringify(message).replaceAll('"', '');
}
