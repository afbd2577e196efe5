/** A TCP proxy between clients and Redis, or a gateway, that injects faults at the requested byte and command. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { BehaviorSubject, filter, firstValueFrom, Subject } from 'rxjs';
import { ProxiedConnection, type Blow, type Role } from './proxied-connection.js';
import { Messages } from './message-reader.js';
import { Requests, type Command } from './request-reader.js';

export type { Blow, ProxiedConnection, Role } from './proxied-connection.js';
;

export interface Passing {
  readonly command: Command;
  readonly connection: ProxiedConnection;
}

interface Strike {
  readonly at: (passing: Passing) => boolean;
  readonly blow: Blow;
  readonly struck: (connection: ProxiedConnection) => void;
}

/** The commands of this name, on connections of this role if one is given. */
export const commandsNamed =
  (name: string, role?: Role) =>
  ({ command, connection }: Passing): boolean =>
    command.name === name && (role === undefined || connection.role === role);

export class Proxy {
  /** Commands that have been passed on as a whole. */
  readonly passed$ = new Subject<Passing>();
  /** Connections as they are made. */
  readonly opened$ = new Subject<ProxiedConnection>();
  /** Connections as they end. */
  readonly closed$ = new Subject<ProxiedConnection>();
  private readonly all = new Set<ProxiedConnection>();
  private readonly present = new Set<ProxiedConnection>();
  private readonly used$ = new BehaviorSubject(0);
  private strikes: Strike[] = [];
  private readonly striking = new Map<ProxiedConnection, Strike>();
  private listener: Server | undefined;
  private port = 0;
  /** How many ms every answer takes longer, on connections that are made from now on. */
  latency = 0;
  /** How many connections were made so far. */
  made = 0;
  /** A command of more bytes resets its connection. */
  requestLimit = Infinity;
  /** New connections are accepted, and then there is silence. */
  silent = false;

  private constructor(private target: URL) {}

  /** @param url of Redis, or of a gateway: `ws://…` */
  static async to(url: string): Promise<Proxy> {
    const proxy = new Proxy(new URL(url));
    await proxy.accept();
    return proxy;
  }

  /** New connections go to another place. */
  leadTo(url: string): void {
    this.target = new URL(url);
  }

  /** The URL of the target, by way of the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** The connections that there are, as far as their ends know. */
  get connections(): readonly ProxiedConnection[] {
    return [...this.present];
  }

  withRole(role: Role): readonly ProxiedConnection[] {
    return this.connections.filter((connection) => connection.role === role);
  }

  /** Deals a blow to the next command for which `at` is true; resolves when it has fallen. */
  strike(at: (passing: Passing) => boolean, blow: Blow): Promise<ProxiedConnection> {
    return new Promise((struck) => {
      this.strikes.push({ at, blow, struck });
    });
  }

  /** Resolves when there is no connection. */
  async untilUnused(): Promise<void> {
    await firstValueFrom(this.used$.pipe(filter((used) => used === 0)));
  }

  /** Breaks all connections, or closes them in an orderly way. */
  resetAll(): void {
    for (const connection of this.present) connection.reset();
  }

  endAll(): void {
    for (const connection of this.present) connection.end();
  }

  /** Freezes all current connections silently. New ones work. */
  freezeAll(): void {
    for (const connection of this.present) connection.freeze();
  }

  pauseAll(): void {
    for (const connection of this.present) connection.pause();
  }

  resumeAll(): void {
    for (const connection of this.present) connection.resume();
  }

  /** New connections are refused, until `accept`. */
  refuse(): void {
    this.listener?.close();
    this.listener = undefined;
  }

  async accept(): Promise<void> {
    if (this.listener !== undefined) return;
    const listener = createServer((client) => this.open(client));
    this.listener = listener;
    listener.listen(this.port, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    if (typeof address === 'object' && address !== null) this.port = address.port;
  }

  close(): void {
    this.refuse();
    for (const connection of this.all) connection.destroy();
    this.passed$.complete();
    this.opened$.complete();
  }

  private open(client: Socket): void {
    this.made++;
    const connection: ProxiedConnection = new ProxiedConnection(
      client,
      { port: Number(this.target.port), host: this.target.hostname },
      {
        limit: () => this.requestLimit,
        blowFor: (command) => this.blowFor({ command, connection }),
        passed: (command) => this.passed$.next({ command, connection }),
        struck: () => this.striking.get(connection)?.struck(connection),
        closed: () => {
          this.present.delete(connection);
          this.used$.next(this.present.size);
          this.closed$.next(connection);
        },
      },
      this.target.protocol.startsWith('ws') ? new Messages() : new Requests(),
    );
    connection.latency = this.latency;
    if (this.silent) connection.freeze();
    this.all.add(connection);
    this.present.add(connection);
    this.used$.next(this.present.size);
    this.opened$.next(connection);
  }

  private blowFor(passing: Passing): Blow | undefined {
    const strike = this.strikes.find(({ at }) => at(passing));
    if (strike === undefined) return undefined;
    this.strikes = this.strikes.filter((other) => other !== strike);
    this.striking.set(passing.connection, strike);
    return strike.blow;
  }
}
