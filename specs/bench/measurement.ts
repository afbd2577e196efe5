/** What a measurement is, and how its contestants take turns. */
import { summarise, type Summary } from './statistics.js';

/** Rates by the name of the figure, such as `write`. */
export type Rates = Readonly<Record<string, number>>;

/** One way of doing what is measured. */
export interface Contestant {
  readonly name: string;
  /** Does it once, on a database that is freshly initialised. Rejects if what was read is not what was written. */
  readonly run: () => Promise<Rates>;
  /** The name of the contestant that its medians are divided by. */
  readonly comparedWith?: string;
  /** How many times faster it shall be. */
  readonly atLeast?: number;
}

export interface Measurement {
  readonly title: string;
  readonly unit: 'points/s' | 'MB/s';
  readonly contestants: readonly Contestant[];
}

export interface Row extends Summary {
  readonly contestant: string;
  readonly figure: string;
  readonly runs: readonly number[];
  /** The ratio of the medians. */
  readonly ratio?: number;
  readonly comparedWith?: string;
  readonly atLeast?: number;
}

export interface Result {
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly Row[];
}

/** Lets all contestants run in turn, again and again, so that whatever else the machine does meets them all. */
export async function measure({ title, unit, contestants }: Measurement, runs: number, prepare: () => Promise<void>): Promise<Result> {
  const taken = new Map(contestants.map(({ name }) => [name, new Map<string, number[]>()]));
  for (let run = 0; run < runs; run++) {
    for (const contestant of contestants) {
      await prepare();
      const figures = taken.get(contestant.name);
      for (const [figure, rate] of Object.entries(await contestant.run())) figures?.set(figure, [...(figures.get(figure) ?? []), rate]);
    }
  }
  const rows = contestants.flatMap(({ name, comparedWith, atLeast }) =>
    [...(taken.get(name) ?? [])].map(([figure, rates]): Row => {
      const summary = summarise(rates);
      const other = comparedWith === undefined ? undefined : taken.get(comparedWith)?.get(figure);
      return {
        contestant: name,
        figure,
        runs: rates,
        ...summary,
        ...(comparedWith === undefined || other === undefined ? {} : { comparedWith, ratio: summary.median / summarise(other).median }),
        ...(atLeast === undefined ? {} : { atLeast }),
      };
    }),
  );
  return { title, unit, rows };
}
