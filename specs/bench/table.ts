/** The results as text. */
import type { Comparison, Result } from './measurement.js';

/** Three digits, as one would say it: `12.3 M`, `450 k`. */
export function shown(rate: number): string {
  const [divisor, suffix] = rate >= 1e6 ? [1e6, ' M'] : rate >= 1e4 ? [1e3, ' k'] : [1, ''];
  const value = rate / divisor;
  return `${value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)}${suffix}`;
}

function verdict({ name, ratio, atLeast }: Comparison): string {
  const times = `${shown(ratio)} x ${name}`;
  return atLeast === undefined ? times : `${times}, ${ratio >= atLeast ? 'at least' : 'SHORT of'} ${atLeast} x`;
}

const header = ['', 'figure', 'median', 'min', 'max', 'ratio of medians'];

export function table({ title, unit, rows }: Result): string {
  const cells = [header, ...rows.map((row) => [row.contestant, row.figure, shown(row.median), shown(row.min), shown(row.max), row.comparisons.map(verdict).join('; ')])];
  const widths = header.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const isText = (column: number): boolean => column < 2 || column === header.length - 1;
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd();
  return [`${title} (${unit})`, ...cells.map((row) => `  ${line(row)}`)].join('\n');
}
