/** What a measurement is, and how its contestants take turns. */
import { summarise, type Summary } from './statistics.js';

/** One way of doing what is measured. */
export interface Contestant {
  readonly name: string;
  /**
   * Does it once, on a database that is empty but for blissdata's set-up, and resolves to one rate for each figure of the
   * measurement. Rejects if what was read is not what was written.
   */
  readonly run: () => Promise<Readonly<Record<string, number>>>;
  /** What the medians are divided by: the name of another contestant. */
  readonly comparedWith?: string;
  /** How often faster it has to be, at least. */
  readonly atLeast?: number;
}

export interface Measurement {
  readonly title: string;
  readonly unit: 'points/s' | 'MB/s';
  /** The names of what every run gives. */
  readonly figures: readonly string[];
  readonly contestants: readonly Contestant[];
}

export interface Row extends Summary {
  readonly contestant: string;
  readonly figure: string;
  readonly runs: readonly number[];
  /** The ratio of the medians. */
  readonly ratio?: { readonly to: string; readonly times: number; readonly atLeast?: number };
}

export interface Result {
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly Row[];
}

/** Runs all contestants in turn, and that several times, so that whatever else the machine does meets them all. */
export async function measure(measurement: Measurement, runs: number, prepare: () => Promise<void>): Promise<Result> {
  const { title, unit, figures, contestants } = measurement;
  const rates: { readonly contestant: string; readonly figure: string; readonly rate: number }[] = [];
  for (let run = 0; run < runs; run++) {
    for (const { name, run: compete } of contestants) {
      await prepare();
      const given = await compete();
      for (const figure of figures) rates.push({ contestant: name, figure, rate: given[figure] ?? NaN });
    }
  }
  const ratesOf = (contestant: string, figure: string): readonly number[] =>
    rates.filter((each) => each.contestant === contestant && each.figure === figure).map(({ rate }) => rate);
  const rows = contestants.flatMap(({ name, comparedWith, atLeast }) =>
    figures.map((figure): Row => {
      const own = ratesOf(name, figure);
      const summary = summarise(own);
      if (comparedWith === undefined) return { contestant: name, figure, runs: own, ...summary };
      const times = summary.median / summarise(ratesOf(comparedWith, figure)).median;
      return { contestant: name, figure, runs: own, ...summary, ratio: { to: comparedWith, times, ...(atLeast === undefined ? {} : { atLeast }) } };
    }),
  );
  return { title, unit, rows };
}
