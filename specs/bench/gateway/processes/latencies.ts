/** How late points were, of many followers of one stream: what 200 of them take is too much for an object each. */

/** The beginning, in which everything is still compiled and connected, does not count. */
const warmUpMs = 500;

export class Latencies {
  private sentAt = new Float64Array(1 << 16);
  private ms = new Float64Array(1 << 16);
  private count = 0;

  add(sentAt: number, now: number): void {
    if (this.count === this.ms.length) {
      this.sentAt = twice(this.sentAt);
      this.ms = twice(this.ms);
    }
    this.sentAt[this.count] = sentAt;
    this.ms[this.count++] = now - sentAt;
  }

  clear(): void {
    this.count = 0;
  }

  /** In milliseconds. */
  quantiles(): { readonly p50: number; readonly p99: number } {
    const sentAt = this.sentAt.subarray(0, this.count);
    const start = sentAt.reduce((least, at) => Math.min(least, at), Infinity) + warmUpMs;
    const sorted = this.ms.subarray(0, this.count).filter((_, i) => (sentAt[i] ?? 0) >= start).sort();
    const at = (quantile: number): number => sorted[Math.min(Math.floor(quantile * sorted.length), sorted.length - 1)] ?? NaN;
    return { p50: at(0.5), p99: at(0.99) };
  }
}

function twice(numbers: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}
