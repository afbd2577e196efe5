/** The progress lines of the demonstration, and its summary. */
import { pointsPerStream, type StreamName } from './demo-streams.js';

interface StreamProgress {
  /** The number of points with the expected index and value. */
  correct: number;
  next: number;
  bytes: number;
  lag: number;
}

const names: readonly StreamName[] = ['diode', 'spectrum', 'image', 'log'];
export const expectedPoints = names.length * pointsPerStream;

export class Progress {
  private readonly streams = new Map<StreamName, StreamProgress>(names.map((name) => [name, { correct: 0, next: 0, bytes: 0, lag: 0 }]));
  private readonly sentAt: number[] = [];
  private firstSent = 0;
  private lastRead = 0;
  private slowest = 0;

  /**
   * @param write prints a line
   * @param now a clock in ms
   */
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

  /** The reader has received a point; `correct` if its value is the published one. */
  read(name: StreamName, index: number, bytes: number, correct: boolean): void {
    const stream = this.streams.get(name);
    if (stream === undefined) return;
    this.lastRead = this.now();
    stream.lag = this.lastRead - (this.sentAt[index] ?? this.lastRead);
    this.slowest = Math.max(this.slowest, stream.lag);
    stream.bytes += bytes;
    if (correct && index === stream.next) stream.correct++;
    stream.next = index + 1;
  }

  /** One line of progress. */
  show(): void {
    const columns = [...this.streams].map(([name, { next, lag }]) => `${name} ${String(next).padStart(4)} (lag ${lag.toFixed(1)} ms)`);
    this.write(`  ${columns.join('  ')}  ${this.rate()} MB/s`);
  }

  /** The number of points with the expected index and value, of all streams. */
  get correctPoints(): number {
    return [...this.streams.values()].reduce((sum, { correct }) => sum + correct, 0);
  }

  summary(): void {
    for (const [name, { correct, bytes }] of this.streams) this.say(`${name.padEnd(8)} ${correct} of ${pointsPerStream} points correct, ${(bytes / 1e6).toFixed(1)} MB`);
    this.write(`checked ${this.correctPoints} of ${expectedPoints} points, ${this.rate()} MB/s, slowest lag ${this.slowest.toFixed(1)} ms`);
  }

  private rate(): string {
    const bytes = [...this.streams.values()].reduce((sum, stream) => sum + stream.bytes, 0);
    const seconds = (this.lastRead - this.firstSent) / 1000;
    return seconds > 0 ? (bytes / 1e6 / seconds).toFixed(1) : '0.0';
  }
}
