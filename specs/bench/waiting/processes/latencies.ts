/** How long points were under way, each from the moment that is its value to the moment it was read. */
import { epochMs } from './clock.js';

/** The beginning, in which everything is still compiled and connected, does not count. */
const warmUpMs = 500;

export class Latencies {
  private readonly sent: number[] = [];
  private readonly taken: number[] = [];
  private readonly goals: { readonly count: number; readonly reached: () => void }[] = [];

  get count(): number {
    return this.sent.length;
  }

  add(sentAt: number): void {
    this.sent.push(sentAt);
    this.taken.push(epochMs() - sentAt);
    if (this.goals.length > 0) for (const { count, reached } of this.goals) if (this.count >= count) reached();
  }

  /** Resolves when there are that many. */
  async upTo(count: number): Promise<void> {
    if (this.count >= count) return;
    await new Promise<void>((reached) => {
      this.goals.push({ count, reached });
    });
  }

  /** The quantiles in milliseconds, of all samples but those sent during the warm-up. */
  summary(): { readonly p50: number; readonly p99: number; readonly samples: number } {
    const start = this.sent.reduce((least, at) => Math.min(least, at), Infinity) + warmUpMs;
    const sorted = Float64Array.from(this.taken.filter((_, i) => (this.sent[i] ?? 0) >= start)).sort();
    const at = (quantile: number): number => sorted[Math.min(Math.floor(quantile * sorted.length), sorted.length - 1)] ?? NaN;
    return { p50: at(0.5), p99: at(0.99), samples: sorted.length };
  }
}
