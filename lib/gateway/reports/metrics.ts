/** The gateway's metrics: counted from what its parts report, and written at a request. */
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import type { RefusalReason } from '../http/admission.js';
import type { DatabaseRequest } from './counted-database.js';
import { Counts, Histogram, metricsText, type Metric } from './prometheus-text.js';
import type { RelayEvents, RelayState } from '../relay/relay-events.js';

/** What is looked up when the metrics are written. */
export interface Present {
  readonly connections: number;
  readonly relay: RelayState;
}

/** Names that come from clients must not become labels: each would take memory for ever. */
const known: ReadonlySet<string> = new Set([
  ...['protocolVersion', 'read', 'range', 'entriesAt', 'heads', 'log', 'history', 'logTail', 'text', 'scan', 'scansExist', 'identities', 'states', 'search'],
  ...['append', 'seal', 'commit', 'deleteScan', 'fileLength', 'fileRead'],
]);
export const callLabel = (call: string): string => (known.has(call) ? call : 'other');

/** The event loop is looked at every so many ms, which are no delay. */
const resolution = 10;
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export class Metrics {
  private readonly refused = new Counts('reason');
  private readonly opened = new Counts('transport');
  private readonly closed = new Counts('code');
  private readonly failedRequests = new Counts('call');
  private readonly requests = new Histogram('call', seconds);
  private readonly fromMemory = new Counts('call');
  private readonly databaseRequests = new Counts('kind');
  private readonly sentMessages = new Counts('kind');
  private readonly sentBytes = new Counts('kind');
  private frames = 0;
  private frameBytes = 0;
  private heldBack = 0;
  private readonly loop: IntervalHistogram = monitorEventLoopDelay({ resolution });

  readonly relayEvents: RelayEvents = {
    answered: (call, ms, failed) => {
      this.requests.add(callLabel(call), ms / 1000);
      if (failed) this.failedRequests.add(callLabel(call));
    },
    encoded: (bytes) => {
      this.frames++;
      this.frameBytes += bytes;
    },
    sent: (kind, bytes) => {
      this.sentMessages.add(kind);
      this.sentBytes.add(kind, bytes);
    },
    heldBack: () => {
      this.heldBack++;
    },
    fromMemory: (call) => this.fromMemory.add(callLabel(call)),
  };

  constructor() {
    this.loop.enable();
  }

  connected(): void {
    this.opened.add('websocket');
  }

  disconnected(code: number): void {
    // A peer may send any code: only those that are defined have a count of their own.
    this.closed.add(code < 1000 || (code > 1015 && code < 4400) || code > 4499 ? 'other' : String(code));
  }

  refusedFor(reason: RefusalReason): void {
    this.refused.add(reason);
  }

  requested(kind: DatabaseRequest): void {
    this.databaseRequests.add(kind);
  }

  close(): void {
    this.loop.disable();
  }

  text(present: Present): string {
    const text = metricsText(this.metrics(present));
    this.loop.reset();
    return text;
  }

  private metrics({ connections, relay }: Present): readonly Metric[] {
    const { user, system } = process.cpuUsage();
    const metric =
      (type: Metric['type']) =>
      (name: string, help: string, samples: Metric['samples'] | number): Metric => ({ name: `blissdata_gateway_${name}`, type, help, samples: typeof samples === 'number' ? [{ value: samples }] : samples });
    const [counter, gauge, histogram] = [metric('counter'), metric('gauge'), metric('histogram')];
    return [
      gauge('connections', 'WebSocket connections now.', connections),
      counter('connections_opened_total', 'WebSocket connections opened.', this.opened.samples),
      counter('connections_closed_total', 'WebSocket connections closed, by close code.', this.closed.samples),
      counter('refused_total', 'Requests and connections refused before the upgrade, by reason.', this.refused.samples),
      gauge('sessions', 'Connections that have been let in by their token.', relay.sessions),
      gauge('feeds', 'Streams sent ahead, over all connections.', relay.feeds),
      gauge('feed_most_behind_points', 'Points that the slowest feed is behind the end of its stream.', relay.mostBehind),
      gauge('tails', 'Streams whose newest frames are kept.', relay.tails),
      gauge('tail_bytes', 'Memory of these frames.', relay.tailBytes),
      gauge('answer_bytes', 'Memory of answers that are kept for others.', relay.answerBytes),
      histogram('request_duration_seconds', 'Time to the answer of a request, by call.', this.requests.samples),
      counter('requests_failed_total', 'Requests answered by an error, by call.', this.failedRequests.samples),
      counter('answers_from_memory_total', 'Requests answered without the database, by call.', this.fromMemory.samples),
      counter('database_requests_total', 'Requests sent to the database.', this.databaseRequests.samples),
      counter('messages_sent_total', 'Messages sent to clients. Frames sent per frame encoded tell how much is shared.', this.sentMessages.samples),
      counter('sent_bytes_total', 'Bytes of these messages.', this.sentBytes.samples),
      counter('frames_encoded_total', 'Frames encoded, each once for all clients.', this.frames),
      counter('frames_encoded_bytes_total', 'Bytes of these frames.', this.frameBytes),
      counter('held_back_total', 'Frames that waited for credit or for room in a socket.', this.heldBack),
      gauge('event_loop_delay_seconds', 'Delay of the event loop since the last look.', [0.5, 0.99, 1].map((quantile) => ({ labels: { quantile }, value: this.loopDelay(quantile) }))),
      { name: 'process_cpu_seconds_total', type: 'counter', help: 'CPU time of the process.', samples: [{ value: (user + system) / 1e6 }] },
      { name: 'process_resident_memory_bytes', type: 'gauge', help: 'Memory of the process.', samples: [{ value: process.memoryUsage.rss() }] },
    ];
  }

  private loopDelay(quantile: number): number {
    if (this.loop.count === 0) return 0;
    return Math.max(0, (quantile === 1 ? this.loop.max : this.loop.percentile(quantile * 100)) / 1e9 - resolution / 1000);
  }
}
