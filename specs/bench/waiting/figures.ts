/** Measurements with figures of any unit, each with the bars it shall stay below, or above. */
import { summarise, type Summary } from '../statistics.js';

/** Figures by their names, which say the unit, such as `p99 ms`. */
export type Figures = Readonly<Record<string, number>>;

export interface Bar {
  readonly figure: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** The contestant by whose median the figure is divided before it is compared. */
  readonly timesThatOf?: string;
  /** The contestant whose median is taken off before. */
  readonly moreThanThatOf?: string;
}

export interface Candidate {
  readonly name: string;
  /** Does it once, on a database that is freshly initialised. Rejects if what was read is not what was published. */
  readonly run: () => Promise<Figures>;
  readonly bars?: readonly Bar[];
}

export interface Comparison {
  readonly title: string;
  readonly candidates: readonly Candidate[];
  /** What has to be known of them. */
  readonly notes?: readonly string[];
}

export interface Verdict extends Bar {
  /** What is compared: the median, or the ratio or the difference of the medians. */
  readonly is: number;
}

interface FigureRow extends Summary {
  readonly candidate: string;
  readonly figure: string;
  readonly runs: readonly number[];
  readonly verdicts: readonly Verdict[];
}

export interface Compared {
  readonly title: string;
  readonly rows: readonly FigureRow[];
  readonly notes: readonly string[];
}

/** Lets all candidates run in turn, again and again, so that whatever else the machine does meets them all. */
export async function compare({ title, candidates, notes = [] }: Comparison, runs: number, prepare: () => Promise<void>): Promise<Compared> {
  const taken = new Map<string, Map<string, number[]>>(candidates.map(({ name }) => [name, new Map()]));
  for (let run = 0; run < runs; run++) {
    for (const candidate of candidates) {
      await prepare();
      const figures = taken.get(candidate.name);
      for (const [figure, value] of Object.entries(await candidate.run())) figures?.set(figure, [...(figures.get(figure) ?? []), value]);
    }
  }
  const medianOf = (name: string, figure: string): number => summarise(taken.get(name)?.get(figure) ?? []).median;
  const rows = candidates.flatMap(({ name, bars = [] }) =>
    [...(taken.get(name) ?? [])].map(([figure, values]): FigureRow => {
      const summary = summarise(values);
      const verdicts = bars
        .filter((bar) => bar.figure === figure)
        .map((bar) => {
          const ratio = bar.timesThatOf === undefined ? summary.median : summary.median / medianOf(bar.timesThatOf, figure);
          return { ...bar, is: bar.moreThanThatOf === undefined ? ratio : ratio - medianOf(bar.moreThanThatOf, figure) };
        });
      return { candidate: name, figure, runs: values, ...summary, verdicts };
    }),
  );
  return { title, rows, notes };
}
