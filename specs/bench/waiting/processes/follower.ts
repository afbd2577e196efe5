/** What every reader of streams of send times answers, and what it checks. */
import { answer } from './answer.js';
import { Latencies } from './latencies.js';

export class Follower {
  private readonly latencies = new Latencies();
  private readonly next: number[];
  private readonly begun: Promise<void>;
  private waiting: number;
  private start = process.cpuUsage();
  private allBegun: () => void = () => undefined;

  /** @param streams how many are followed; the first point of each tells nothing but that it is read */
  constructor(streams: number) {
    this.waiting = streams;
    this.next = Array.from({ length: streams }, () => 0);
    this.begun = new Promise((resolve) => {
      this.allBegun = resolve;
    });
  }

  /** Takes the next point of a stream. */
  take(stream: number, index: number, sentAt: unknown): void {
    if (index !== this.next[stream] || typeof sentAt !== 'number') {
      this.failed(`stream ${stream}: point ${index}, ${String(sentAt)}, instead of point ${this.next[stream]}`);
      return;
    }
    this.next[stream] = index + 1;
    if (index > 0) this.latencies.add(sentAt);
    else if (--this.waiting === 0) this.allBegun();
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
      /** From here on the CPU counts. */
      start: () => {
        this.start = process.cpuUsage();
      },
      /** Answers when so many points were read, and they are all. */
      finish: async (points) => {
        await this.latencies.upTo(Number(points));
        const { user, system } = process.cpuUsage(this.start);
        if (this.latencies.count !== points) throw new Error(`${this.latencies.count} points were read instead of ${points}`);
        return { ...this.latencies.summary(), cpuSeconds: (user + system) / 1e6, ...more() };
      },
    });
  }
}
