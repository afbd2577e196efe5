/** One connection through the proxy: its traffic, and the faults injected into it. */
import { connect, type Socket } from 'node:net';
import { asyncScheduler } from 'rxjs';
import type { Command, Piece } from './request-reader.js';

/** What happens to a command as it passes. Where bytes are counted, they are those of the command or of its answer. */
export type Blow =
  /** So many bytes of the command are passed on, then the client's connection is reset, or (`end`) closed in an orderly way. */
  | { readonly what: 'reset' | 'end'; readonly after: number }
  /** The command is passed on, then so many bytes of what is answered; 0 loses an answer that there is. Then a reset. */
  | { readonly what: 'reset in the answer'; readonly after: number }
  /** From this command on no byte passes in either direction, silently; `after the command` passes that on first. */
  | { readonly what: 'freeze' | 'freeze after the command' };

export interface Blows {
  /** How many bytes a command may have. */
  limit(): number;
  /** What is to be done to this command, asked once for each. */
  blowFor(command: Command, connection: ProxiedConnection): Blow | undefined;
  /** A command has been passed on, as a whole. */
  passed(command: Command, connection: ProxiedConnection): void;
  struck(connection: ProxiedConnection): void;
  closed(connection: ProxiedConnection): void;
}

/** What the SDK uses a connection for, as far as its commands tell. */
export type Role = 'subscriber' | 'blocked' | 'commands' | 'writes' | 'reads' | 'ranges' | 'other';

export class ProxiedConnection {
  private readonly upstream: Socket;
  private readonly seen = new Set<string>();
  private frozen = false;
  /** How many ms later answers arrive than they would. */
  latency = 0;
  private ended = false;
  /** The command that is being passed on, and what was made of it. */
  private present: { readonly command: Command; readonly blow: Blow | undefined; passed: number } | undefined;
  /** How many bytes of answers may still pass. */
  private answerBytes = Infinity;
  /** How many bytes of requests and of answers have been passed on. */
  readonly bytes = { requests: 0, answers: 0 };

  constructor(
    private readonly client: Socket,
    target: { readonly port: number; readonly host: string },
    private readonly blows: Blows,
    private readonly requests: { push(chunk: Buffer): readonly Piece[] },
  ) {
    client.setNoDelay(true);
    const upstream = connect({ ...target, noDelay: true });
    this.upstream = upstream;
    client.on('data', (chunk) => this.request(chunk));
    upstream.on('data', (chunk) => {
      if (this.latency > 0) asyncScheduler.schedule(() => this.answer(chunk), this.latency);
      else this.answer(chunk);
    });
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      // An error is followed by the close, which is what is passed on.
      socket.on('error', () => undefined);
      socket.on('close', () => this.lost(other));
    }
  }

  /** Whether such a command has passed: `EVALSHA`, `XREAD BLOCK`, ... */
  saw(command: string): boolean {
    return this.seen.has(command);
  }

  get role(): Role {
    if (this.saw('SUBSCRIBE')) return 'subscriber';
    if (this.saw('XREAD BLOCK')) return 'blocked';
    if (['CLIENT CACHING', 'GET', 'JSON.GET', 'MULTI', 'FT.SEARCH'].some((name) => this.saw(name))) return 'commands';
    if (this.saw('EVALSHA') || this.saw('EVAL')) return 'writes';
    if (this.saw('XREAD')) return 'reads';
    return this.saw('XRANGE') || this.saw('XREVRANGE') ? 'ranges' : 'other';
  }

  /** Where the server sees it come from, as CLIENT LIST and CLIENT KILL name it. */
  get address(): string {
    return `${this.upstream.localAddress ?? ''}:${this.upstream.localPort ?? 0}`;
  }

  /** Breaks it: the client sees a reset. */
  reset(): void {
    this.finish(() => this.client.resetAndDestroy());
  }

  /** Closes it in an orderly way. */
  end(): void {
    this.finish(() => this.client.end());
  }

  /** From now on no byte passes in either direction, silently, as when a cable is pulled. */
  freeze(): void {
    this.frozen = true;
  }

  /** Holds back what comes, either way, until `resume`. */
  pause(): void {
    this.client.pause();
    this.upstream.pause();
  }

  resume(): void {
    this.client.resume();
    this.upstream.resume();
  }

  /** Leaves nothing behind. */
  destroy(): void {
    this.client.destroy();
    this.upstream.destroy();
  }

  private request(chunk: Buffer): void {
    if (this.frozen) return;
    for (const piece of this.requests.push(chunk)) this.pass(piece);
  }

  private pass({ command, bytes, last }: Piece): void {
    if (this.ended || this.frozen) return;
    if (this.present?.command !== command) {
      this.seen.add(command.name).add(`${command.name} ${(command.args[0] ?? '').toUpperCase()}`);
      this.present = { command, blow: this.blows.blowFor(command, this), passed: 0 };
    }
    const { present } = this;
    const { blow } = present;
    if (blow?.what === 'freeze') {
      this.freeze();
      return this.blows.struck(this);
    }
    const room = blow?.what === 'reset' || blow?.what === 'end' ? blow.after - present.passed : Infinity;
    if (blow?.what === 'reset in the answer') this.answerBytes = blow.after;
    const passing = bytes.subarray(0, room);
    present.passed += passing.length;
    if (present.passed > this.blows.limit()) return this.reset();
    this.bytes.requests += passing.length;
    this.upstream.write(passing);
    if (room <= bytes.length) {
      if (blow?.what === 'reset') this.reset();
      else this.end();
      return this.blows.struck(this);
    }
    if (!last) return;
    this.blows.passed(command, this);
    if (blow?.what !== 'freeze after the command') return;
    this.freeze();
    this.blows.struck(this);
  }

  private answer(chunk: Buffer): void {
    if (this.frozen || this.ended) return;
    const passing = chunk.subarray(0, this.answerBytes);
    this.bytes.answers += passing.length;
    this.answerBytes -= passing.length;
    if (passing.length === chunk.length) this.client.write(passing);
    else if (passing.length === 0) this.strikeInAnswer();
    // The client must have them first: a reset discards unsent bytes.
    else this.client.write(passing, () => this.strikeInAnswer());
  }

  private strikeInAnswer(): void {
    if (this.ended) return;
    this.reset();
    this.blows.struck(this);
  }

  private finish(hangUp: () => void): void {
    if (this.ended) return;
    this.ended = true;
    hangUp();
    // Not a reset: the server is to get every byte that was passed on.
    this.upstream.end();
    this.blows.closed(this);
  }

  private lost(other: Socket): void {
    if (!this.ended && !(this.frozen && other === this.client)) {
      this.ended = true;
      this.blows.closed(this);
    }
    if (!this.frozen) other.end();
  }
}
