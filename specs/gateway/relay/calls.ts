/** The plain calls of a gateway over a database in memory, in virtual time: what callers with their rights are answered, and what that costs. */
import { firstValueFrom } from 'rxjs';
import { PlainCalls } from '../../../lib/gateway/relay/plain-calls.js';
import type { Rights } from '../../../lib/gateway/relay/rights.js';
import { Visibility } from '../../../lib/gateway/relay/visibility.js';
import { WatchedKeys, type KeyListener } from '../../../lib/gateway/relay/watched-keys.js';
import { memoryDatabase, type DatabaseMethod, type MemoryDatabase } from '../../../lib/memory/memory-database.js';
import { MemoryServer } from '../../../lib/memory/memory-server.js';
import { ESRFIdentity } from '../../../lib/model/identity-model.js';
import type { Key } from '../../../lib/ports/keys.js';
import { SteppedTime } from '../../support/stepped-time.js';

const everything: Rights = { read: 'all', write: true, delete: true };
/** May see the scans of one session. */
export const ofSession = (session: string, rights: Partial<Rights> = {}): Rights => ({ read: [[{ _tag: 'text', field: 'session', kind: 'equals', text: session }]], ...rights });

export interface Client {
  /** The answer to a call, once it is there. */
  ask(call: string, ...args: readonly unknown[]): Promise<unknown>;
  /** The keys by which the client was armed, in order. */
  readonly armed: readonly Key[];
  /** The keys that woke it. */
  readonly woken: readonly Key[];
}

export class Calls {
  readonly time = new SteppedTime();
  readonly server = new MemoryServer({ scheduler: this.time });
  readonly database: MemoryDatabase;
  /** What other programs do. */
  readonly other: MemoryDatabase;
  readonly watched: WatchedKeys;
  readonly plain: PlainCalls;
  readonly fromMemory: string[] = [];

  /** @param latency of the database */
  constructor(latency = 2) {
    this.database = memoryDatabase({ server: this.server, latency });
    this.other = memoryDatabase({ server: this.server });
    this.watched = new WatchedKeys(this.database);
    this.watched.start((error) => {
      throw error;
    });
    const visibility = new Visibility({ database: this.database, name: 'id10', model: ESRFIdentity, scheduler: this.time });
    this.plain = new PlainCalls({ database: this.database, watched: this.watched, visibility, scheduler: this.time, events: { fromMemory: (call) => void this.fromMemory.push(call) } });
  }

  /** A client, which listens as a session does: until it is woken. */
  client(rights: Rights = everything): Client {
    const armed: Key[] = [];
    const woken: Key[] = [];
    const listener: KeyListener = {
      changed: (key) => {
        woken.push(key);
        this.watched.unlisten([key], listener);
      },
      allChanged: () => undefined,
    };
    const arm = (keys: readonly Key[]): void => {
      armed.push(...keys);
      for (const key of keys) this.watched.listen(key, listener);
    };
    return {
      ask: (call, ...args) => this.done(firstValueFrom(this.plain.answer(call, args, { rights, arm }))),
      armed,
      woken,
    };
  }

  /** What several clients are answered who ask at the same moment. */
  async together(clients: readonly Client[], call: string, ...args: readonly unknown[]): Promise<readonly unknown[]> {
    return Promise.all(clients.map((client) => client.ask(call, ...args)));
  }

  /** How many requests of each method reach the database meanwhile; none are left out. */
  async cost(work: () => Promise<unknown>): Promise<Partial<Record<DatabaseMethod, number>>> {
    const before = { ...this.database.calls };
    await work();
    const methods: readonly DatabaseMethod[] = ['protocolVersion', 'read', 'range', 'entriesAt', 'heads', 'log', 'history', 'logTail', 'text', 'scan', 'remains', 'scansExist', 'identities', 'states', 'search', 'append', 'seal', 'commit', 'deleteScan'];
    return Object.fromEntries(methods.map((method) => [method, this.database.calls[method] - before[method]] as const).filter(([, count]) => count > 0));
  }

  private advancing: Promise<false> | undefined;

  /** Time goes on until it is settled: 10 ms at a time, as far as a minute. */
  async done<A>(promise: Promise<A>): Promise<A> {
    const settled = promise.then(() => true, () => true);
    for (let i = 0; i < 6000; i++) {
      this.advancing ??= this.time.advance(10).then(() => {
        this.advancing = undefined;
        return false as const;
      });
      if (await Promise.race([settled, this.advancing])) return promise;
    }
    throw new Error('no answer within a minute');
  }
}

/** The error of a call. */
export const failure = (answer: Promise<unknown>): Promise<unknown> => answer.then((value) => ({ answered: value }), (error: unknown) => error);
