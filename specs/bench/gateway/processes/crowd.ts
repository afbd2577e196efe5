/** Many followers of one stream of send times in one process: what each has got, and how late it was for those that are watched. */
import { answer, type Questions } from '../../waiting/processes/answer.js';
import { epochMs } from '../../waiting/processes/wall-clock.js';
import { Latencies } from './latencies.js';

export class Crowd {
  private readonly next: number[];
  private readonly latencies = new Latencies();
  private offset = 0;
  private cpu = process.cpuUsage();
  private goal = Infinity;
  private behind = 0;
  private reached: () => void = () => undefined;

  /** @param size how many there are; of the first `watched` of them latencies are taken */
  constructor(
    private readonly size: number,
    private readonly watched: number,
  ) {
    this.next = Array.from({ length: size }, () => 0);
  }

  /** The next points of a follower, the first of which has this index; `undefined` if they are not looked at. The first point of all is no time. */
  take(follower: number, index: number, count: number, sentAt: ArrayLike<number> | undefined): void {
    if (index !== this.next[follower]) {
      this.failed(`follower ${follower}: point ${index} instead of point ${this.next[follower]}`);
      return;
    }
    this.next[follower] = index + count;
    if (sentAt !== undefined && follower < this.watched) {
      const now = epochMs();
      for (let i = 0; i < count; i++) if (index + i > 0) this.latencies.add(sentAt[i] ?? NaN, now);
    }
    if (index < this.goal && index + count >= this.goal && --this.behind === 0) this.reached();
  }

  /** Those that wait for points that do not come any more shall know why. */
  failed(error: unknown): void {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  }

  /** @param more what else can be asked */
  answer(more: Questions = {}): void {
    answer({
      /** Answers when each has the first point. */
      begun: () => this.until(1, Infinity),
      /** From here on points and CPU count. What was done before leaves no garbage behind. */
      start: () => {
        this.offset = Math.max(...this.next);
        this.latencies.clear();
        globalThis.gc?.();
        this.cpu = process.cpuUsage();
      },
      /** Answers when each has so many points since the start, or, in vain, after so many seconds. */
      finish: async (argument) => {
        const [points = 0, seconds = 0] = String(argument).split(' ').map(Number);
        await this.until(this.offset + points, seconds);
        const { user, system } = process.cpuUsage(this.cpu);
        const got = this.next.reduce((sum, next) => sum + next - this.offset, 0);
        return { ...(this.watched > 0 ? this.latencies.quantiles() : { p50: 0, p99: 0 }), cpuSeconds: (user + system) / 1e6, missing: this.size * points - got };
      },
      ...more,
    });
  }

  private async until(points: number, seconds: number): Promise<void> {
    this.goal = points;
    this.behind = this.next.filter((next) => next < points).length;
    if (this.behind === 0) return;
    await new Promise<void>((resolve) => {
      this.reached = resolve;
      if (seconds !== Infinity) setTimeout(resolve, 1000 * seconds);
    });
  }
}
