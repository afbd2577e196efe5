/** The quantiles of how long points were under way. */

/** The beginning, in which everything is still compiled and connected, does not count. */
const warmUpMs = 500;

export interface Sample {
  /** In milliseconds since 1970. */
  readonly sentAt: number;
  readonly ms: number;
}

export interface LatencySummary {
  readonly p50: number;
  readonly p99: number;
}

/** In milliseconds, of all samples but those sent during the warm-up. */
export function latencySummary(samples: readonly Sample[]): LatencySummary {
  const start = samples.reduce((least, { sentAt }) => Math.min(least, sentAt), Infinity) + warmUpMs;
  const sorted = Float64Array.from(samples.filter(({ sentAt }) => sentAt >= start).map(({ ms }) => ms)).sort();
  const at = (quantile: number): number => sorted[Math.min(Math.floor(quantile * sorted.length), sorted.length - 1)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
