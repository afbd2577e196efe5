/** Writes the gateway's log: keeps secrets out of what failed, and floods out of the rest. */
import type { SchedulerLike } from 'rxjs';
import { isBlissdataError } from '../model/errors.js';
import type { GatewayEvent, GatewayLogEntry } from './log.js';

type Details = Partial<Pick<GatewayLogEntry, 'session' | 'address' | 'code' | 'reason' | 'count'>>;

/** Of one kind at most one entry in so many ms: what strangers cause must not fill a disk. */
const pause = 1000;

interface Flood {
  next: number;
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

  /** What strangers can cause as often as they like: `count` says for how many it stands. */
  readonly stranger = (event: GatewayEvent, message: string, details: Details & { readonly reason: string }): void => {
    const now = this.scheduler.now();
    const flood = this.floods.get(details.reason) ?? { next: -Infinity, left: 0 };
    this.floods.set(details.reason, flood);
    flood.left++;
    if (now < flood.next) return;
    this.put('warn', event, message, { ...details, ...(flood.left > 1 ? { count: flood.left } : {}) });
    flood.next = now + pause;
    flood.left = 0;
  };

  /** Something of the gateway itself, or of the program around it, has failed. */
  readonly failed = (error: unknown): void => this.put('error', 'failed', 'Something failed unexpectedly', { reason: shownError(error) });

  private put(level: GatewayLogEntry['level'], event: GatewayEvent, message: string, details: Details): void {
    this.write?.({ time: this.scheduler.now(), level, event, message, ...details });
  }
}

/** Without messages, which may hold anything: a token, the address of the database. What was thrown, and where. */
export function shownError(error: unknown): string {
  if (isBlissdataError(error)) return error._tag;
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const code = 'code' in error && typeof error.code === 'string' && /^[A-Z_\d]+$/.test(error.code) ? ` ${error.code}` : '';
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at [^\n]*:\d+:\d+\)?$/.test(line));
  return [`${error.constructor.name}${code}`, ...places.slice(0, 3).map((line) => line.trim())].join(' ');
}
