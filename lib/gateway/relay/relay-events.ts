/** What the relay reports of its work, for metrics and logs. Plain calls, as some come with every frame. */
import type { Visitor } from './authorize.js';

export interface RelayEvents {
  /** A session began or ended: `code` is why it was closed. */
  opened?(session: string, visitor: Visitor): void;
  closed?(session: string, code: number, reason: string, visitor: Visitor): void;
  /** A request was answered, or failed; ms by the relay's clock. */
  answered?(call: string, ms: number, failed: boolean): void;
  /** A request was answered by an error, of which the client may be told less. */
  failed?(call: string, error: unknown): void;
  /** A frame was encoded, once for all. */
  encoded?(bytes: number): void;
  /** A frame, an answer or a text was sent to one session. */
  sent?(kind: 'frame' | 'answer' | 'text', bytes: number): void;
  /** A feed had a frame to send, and the socket no room or the client no credit. */
  heldBack?(): void;
  /** A request was answered from memory. */
  fromMemory?(call: string): void;
}

/** How the relay stands. */
export interface RelayState {
  readonly sessions: number;
  readonly feeds: number;
  readonly tails: number;
  readonly tailBytes: number;
  readonly answerBytes: number;
  /** Of the slowest feed: how many points it is behind the end of its stream. */
  readonly mostBehind: number;
}
