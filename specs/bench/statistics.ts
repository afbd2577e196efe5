/** What is said of several runs of the same measurement. */

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The median, not the mean: a run that the machine disturbed shall not count. */
export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (position: number): number => sorted[position] ?? NaN;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) };
}
