/** What every reader of streams of send times answers, and what it checks. */
import { latencySummary, type Sample } from '../latency-summary.js';
import { answer } from './answer.js';
import { epochMs } from './wall-clock.js';

export class Follower {
  private readonly samples: Sample[] = [];
  private readonly next: number[];
  private readonly begun: Promise<void>;
  private allBegun: () => void = () => undefined;
  private waiting: number;
  private goal = Infinity;
  private reached: () => void = () => undefined;
  private start = process.cpuUsage();
  private heap = 0;

  /** @param streams how many are followed; the first point of each tells nothing but that it is read */
  constructor(streams: number) {
    this.waiting = streams;
    this.next = Array.from({ length: streams }, () => 0);
    this.begun = new Promise((resolve) => {
      this.allBegun = resolve;
    });
  }

  /** Takes the next point of a stream: the time at which it was sent. */
  take(stream: number, index: number, sentAt: unknown): void {
    if (index !== this.next[stream] || typeof sentAt !== 'number') {
      this.failed(`stream ${stream}: point ${index}, ${String(sentAt)}, instead of point ${this.next[stream]}`);
      return;
    }
    this.next[stream] = index + 1;
    if (index === 0) {
      if (--this.waiting === 0) this.allBegun();
      return;
    }
    this.samples.push({ sentAt, ms: epochMs() - sentAt });
    if (this.samples.length >= this.goal) this.reached();
  }

  /** Whoever waits for points that do not come any more shall know why. */
  failed(error: unknown): void {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  }

  /** @param more what else the reader can tell at the end */
  answer(more: () => object = () => ({})): void {
    answer({
      /** Answers when the first point of every stream was read. */
      begun: () => this.begun,
      /** Answers when so many points were read. */
      read: (points) => this.upTo(Number(points)),
      /** From here on points and CPU count. What was done before leaves no garbage behind. */
      start: () => {
        this.samples.length = 0;
        globalThis.gc?.();
        this.heap = process.memoryUsage().heapUsed;
        this.start = process.cpuUsage();
      },
      /** Answers when so many points were read, and they are all. */
      finish: async (points) => {
        await this.upTo(Number(points));
        const { user, system } = process.cpuUsage(this.start);
        if (this.samples.length !== points) throw new Error(`${this.samples.length} points were read instead of ${points}`);
        return { ...latencySummary(this.samples), cpuSeconds: (user + system) / 1e6, heapBytes: this.heap, ...more() };
      },
    });
  }

  private async upTo(count: number): Promise<void> {
    if (this.samples.length >= count) return;
    this.goal = count;
    await new Promise<void>((resolve) => {
      this.reached = resolve;
    });
  }
}
