/** Writes the gateway's log: keeps secrets out of what failed, and floods out of the rest. */
import type { SchedulerLike } from 'rxjs';
import { isBlissdataError } from '../../model/errors.js';
import type { GatewayEvent, GatewayLogEntry } from './log.js';

type Details = Partial<Pick<GatewayLogEntry, 'session' | 'address' | 'code' | 'reason' | 'count'>>;

/** What strangers cause must not fill a disk: of each kind so many entries in a period of so many ms, and of connections that are opened or closed. */
const period = 1000;
const mostOfKind = 1;
const mostConnections = 50;

interface Flood {
  since: number;
  written: number;
  left: number;
}

export class GatewayLog {
  private readonly floods = new Map<string, Flood>();

  constructor(
    private readonly write: ((entry: GatewayLogEntry) => void) | undefined,
    private readonly scheduler: SchedulerLike,
  ) {}

  readonly info = (event: GatewayEvent, message: string, details: Details = {}): void => this.put('info', event, message, details);
  readonly warn = (event: GatewayEvent, message: string, details: Details = {}): void => this.put('warn', event, message, details);

  /** What strangers can cause as often as they like. */
  readonly stranger = (event: GatewayEvent, message: string, details: Details & { readonly reason: string }): void => this.limited(details.reason, mostOfKind, 'warn', event, message, details);

  readonly connection = (event: 'opened' | 'closed', message: string, details: Details): void => this.limited(event, mostConnections, 'info', event, message, details);

  /** Something of the gateway itself, or of the program around it, has failed. */
  readonly failed = (error: unknown): void => this.put('error', 'failed', 'Something failed unexpectedly', { reason: shownError(error) });

  /** An entry that had to wait says by its `count` for how many it stands. */
  private limited(kind: string, most: number, ...[level, event, message, details]: Parameters<GatewayLog['put']>): void {
    const now = this.scheduler.now();
    const flood = this.floods.get(kind) ?? { since: now, written: 0, left: 0 };
    this.floods.set(kind, flood);
    if (now - flood.since >= period) Object.assign(flood, { since: now, written: 0 });
    if (flood.written >= most) {
      flood.left++;
      return;
    }
    this.put(level, event, message, { ...details, ...(flood.left > 0 ? { count: flood.left + 1 } : {}) });
    flood.written++;
    flood.left = 0;
  }

  private put(level: GatewayLogEntry['level'], event: GatewayEvent, message: string, details: Details): void {
    this.write?.({ time: this.scheduler.now(), level, event, message, ...details });
  }
}

/** What a client cannot do anything about; a database that is away shows in its status. */
export const concernsOperator = (error: unknown): boolean => !isBlissdataError(error) || isBlissdataError(error, 'ServerError', 'UnexpectedReply', 'InternalError', 'NotInitialized', 'ProtocolVersionMismatch', 'FileNotReadable', 'PathNotAllowed', 'MissingPackage');

/** Without messages, which may hold anything: a token, the address of the database. What was thrown, and where. */
export function shownError(error: unknown): string {
  if (isBlissdataError(error, 'ServerError', 'ServerBusy')) return `${error._tag} ${/^[A-Z]+$/.test(error.code) ? error.code : 'another code'} (${error.command})`;
  if (isBlissdataError(error)) return error._tag;
  // By its shape: it may come from another realm.
  if (typeof error !== 'object' || error === null || !('name' in error) || !('stack' in error)) return `a thrown ${typeof error}`;
  const words = [error.name, 'code' in error ? error.code : ''].filter((word) => typeof word === 'string' && /^\w+$/.test(word));
  // A message of several lines may look like a place.
  const message = 'message' in error ? String(error.message) : '';
  const stack = String(error.stack);
  const places = stack.slice(stack.indexOf(message) + message.length).split('\n').filter((line) => /^\s+at [^\n]*:\d+:\d+\)?$/.test(line));
  return [...words, ...places.slice(0, 3).map((line) => line.trim())].join(' ');
}
