/** What a measurement is, and how its contestants take turns. */
import { summarise, type Summary } from './statistics.js';

/** Rates by the name of the figure, such as `write`. */
export type Rates = Readonly<Record<string, number>>;

/** Another contestant, by whose medians one's own are divided. */
interface Rival {
  readonly name: string;
  /** How many times faster one shall be. */
  readonly atLeast?: number;
  /** Only in this figure; in every one that both have by default. */
  readonly figure?: string;
}

/** One way of doing what is measured. */
interface Contestant {
  readonly name: string;
  /** Does it once. Rejects if what was read is not what was written. */
  readonly run: () => Promise<Rates>;
  readonly against?: readonly Rival[];
}

export interface Measurement {
  readonly title: string;
  readonly unit: 'points/s' | 'MB/s' | 'calls/s';
  /** Writes what all contestants read. Without it each of them gets a database that is freshly initialised. */
  readonly write?: () => Promise<void>;
  readonly contestants: readonly Contestant[];
}

export interface Comparison extends Rival {
  /** The ratio of the medians. */
  readonly ratio: number;
}

interface Row extends Summary {
  readonly contestant: string;
  readonly figure: string;
  readonly runs: readonly number[];
  readonly comparisons: readonly Comparison[];
}

export interface Result {
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly Row[];
}

/** Lets all contestants run in turn, again and again, so that whatever else the machine does meets them all. */
export async function measure({ title, unit, write, contestants }: Measurement, runs: number, freshDatabase: () => Promise<void>): Promise<Result> {
  const taken = new Map(contestants.map(({ name }) => [name, new Map<string, number[]>()]));
  if (write !== undefined) {
    await freshDatabase();
    await write();
  }
  for (let run = 0; run < runs; run++) {
    for (const contestant of contestants) {
      if (write === undefined) await freshDatabase();
      const figures = taken.get(contestant.name);
      for (const [figure, rate] of Object.entries(await contestant.run())) figures?.set(figure, [...(figures.get(figure) ?? []), rate]);
    }
  }
  const rows = contestants.flatMap(({ name, against = [] }) =>
    [...(taken.get(name) ?? [])].map(([figure, rates]): Row => {
      const summary = summarise(rates);
      const comparisons = against.flatMap((rival): readonly Comparison[] => {
        const others = rival.figure === undefined || rival.figure === figure ? taken.get(rival.name)?.get(figure) : undefined;
        return others === undefined ? [] : [{ ...rival, ratio: summary.median / summarise(others).median }];
      });
      return { contestant: name, figure, runs: rates, ...summary, comparisons };
    }),
  );
  return { title, unit, rows };
}
