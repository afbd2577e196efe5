/** What the demonstration shows while it runs, and the figures it ends with. */
import { pointsPerStream, type StreamName } from './demo-streams.js';

interface StreamProgress {
  /** How many points came with the index that was due and the right value. */
  right: number;
  next: number;
  bytes: number;
  lag: number;
}

const names: readonly StreamName[] = ['diode', 'spectrum', 'image', 'log'];
export const expectedPoints = names.length * pointsPerStream;

export class Progress {
  private readonly streams = new Map<StreamName, StreamProgress>(names.map((name) => [name, { right: 0, next: 0, bytes: 0, lag: 0 }]));
  private readonly sentAt: number[] = [];
  private firstSent = 0;
  private lastRead = 0;
  private slowest = 0;

  /** @param write prints a line; @param now a clock in ms */
  constructor(
    private readonly write: (line: string) => void,
    private readonly now: () => number,
  ) {}

  say(line: string): void {
    this.write(`  ${line}`);
  }

  /** The publisher is about to send the points of this index. */
  sent(index: number): void {
    const time = this.now();
    if (this.sentAt.length === 0) this.firstSent = time;
    this.sentAt[index] = time;
  }

  /** The reader has a point; `right` says whether its value is the published one. */
  read(name: StreamName, index: number, bytes: number, right: boolean): void {
    const stream = this.streams.get(name);
    if (stream === undefined) return;
    this.lastRead = this.now();
    stream.lag = this.lastRead - (this.sentAt[index] ?? this.lastRead);
    this.slowest = Math.max(this.slowest, stream.lag);
    stream.bytes += bytes;
    if (right && index === stream.next) stream.right++;
    stream.next = index + 1;
  }

  /** One line of progress. */
  show(): void {
    const columns = [...this.streams].map(([name, { next, lag }]) => `${name} ${String(next).padStart(4)} (lag ${lag.toFixed(1)} ms)`);
    this.write(`  ${columns.join('  ')}  ${this.rate()} MB/s`);
  }

  /** How many points were right, index and value, of those there should be. */
  get rightPoints(): number {
    return [...this.streams.values()].reduce((sum, { right }) => sum + right, 0);
  }

  summary(): void {
    for (const [name, { right, bytes }] of this.streams) this.say(`${name.padEnd(8)} ${right} of ${pointsPerStream} points right, ${(bytes / 1e6).toFixed(1)} MB`);
    this.write(`checked ${this.rightPoints} of ${expectedPoints} points, ${this.rate()} MB/s, slowest lag ${this.slowest.toFixed(1)} ms`);
  }

  private rate(): string {
    const bytes = [...this.streams.values()].reduce((sum, stream) => sum + stream.bytes, 0);
    const seconds = (this.lastRead - this.firstSent) / 1000;
    return seconds > 0 ? (bytes / 1e6 / seconds).toFixed(1) : '0.0';
  }
}
