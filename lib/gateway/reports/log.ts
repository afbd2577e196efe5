/** What the gateway logs, and its two forms: lines for people, and JSON for programs. */

/** Never holds a token, a path of a file, or where the database is. */
export interface GatewayLogEntry {
  /** In ms since 1970. */
  readonly time: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly event: GatewayEvent;
  /** What happened, in a sentence. */
  readonly message: string;
  /** The name of the connection that its `welcome` told it. */
  readonly session?: string;
  /** The IP address of the peer. */
  readonly address?: string;
  /** Why a connection was closed. */
  readonly code?: number;
  /** Why one was refused. */
  readonly reason?: string;
  /** How many are meant, where several are logged as one. */
  readonly count?: number;
}

export type GatewayEvent = 'listening' | 'warning' | 'opened' | 'closed' | 'refused' | 'denied' | 'database' | 'reloaded' | 'failed' | 'draining' | 'stopped';

/** One JSON object. */
export const jsonLine = ({ time, ...entry }: GatewayLogEntry): string => JSON.stringify({ time: new Date(time).toISOString(), ...entry });

/** `2026-12-01T10:00:00.000Z info opened: A connection was opened (session=… address=…)` */
export function textLine({ time, level, event, message, ...details }: GatewayLogEntry): string {
  const pairs = Object.entries(details).map(([name, value]) => `${name}=${String(value)}`);
  return `${new Date(time).toISOString()} ${level} ${event}: ${message}${pairs.length === 0 ? '' : ` (${pairs.join(' ')})`}`;
}
