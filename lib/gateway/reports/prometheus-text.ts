/** Prometheus' text format for metrics, version 0.0.4. */

type Labels = Readonly<Record<string, string | number>>;

interface Sample {
  readonly suffix?: string;
  readonly labels?: Labels;
  readonly value: number;
}

export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export const metricsText = (metrics: readonly Metric[]): string => metrics.map(textOf).join('');

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

const textOf = ({ name, type, help, samples }: Metric): string =>
  [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ suffix = '', labels = {}, value }) => `${name}${suffix}${labelsText(labels)} ${numberText(value)}`),
    '',
  ].join('\n');

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const numberText = (value: number): string => (value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value));

/** Counts by one label. */
export class Counts {
  private readonly counts = new Map<string, number>();

  constructor(private readonly label: string) {}

  add(value: string, by = 1): void {
    this.counts.set(value, (this.counts.get(value) ?? 0) + by);
  }

  get samples(): readonly Sample[] {
    return [...this.counts].map(([value, count]) => ({ labels: { [this.label]: value }, value: count }));
  }
}

interface Series {
  readonly within: number[];
  sum: number;
  count: number;
}

/** Durations by one label. */
export class Histogram {
  private readonly series = new Map<string, Series>();

  /** @param bounds of the buckets, ascending */
  constructor(
    private readonly label: string,
    private readonly bounds: readonly number[],
  ) {}

  add(value: string, measured: number): void {
    const series = this.series.get(value) ?? { within: this.bounds.map(() => 0), sum: 0, count: 0 };
    this.series.set(value, series);
    const bucket = this.bounds.findIndex((bound) => measured <= bound);
    if (bucket >= 0) series.within[bucket] = (series.within[bucket] ?? 0) + 1;
    series.sum += measured;
    series.count++;
  }

  get samples(): readonly Sample[] {
    return [...this.series].flatMap(([value, { within, sum, count }]) => {
      const labels = { [this.label]: value };
      let upTo = 0;
      const buckets = this.bounds.map((bound, i) => {
        upTo += within[i] ?? 0;
        return { suffix: '_bucket', labels: { ...labels, le: numberText(bound) }, value: upTo };
      });
      return [...buckets, { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count }, { suffix: '_sum', labels, value: sum }, { suffix: '_count', labels, value: count }];
    });
  }
}
