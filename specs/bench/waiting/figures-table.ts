/** The figures as text. */
import { shown } from '../table.js';
import type { Compared, Verdict } from './figures.js';

function said({ is, atMost, atLeast, timesThatOf, moreThanThatOf }: Verdict): string {
  const [found, unit] =
    timesThatOf !== undefined ? [[`${shown(is)} x ${timesThatOf}`], ' x'] : moreThanThatOf !== undefined ? [[`${signed(is)} against ${moreThanThatOf}`], ' more'] : [[], ''];
  const most = atMost === undefined ? [] : [`${is <= atMost ? 'at most' : 'BEYOND'} ${atMost}${unit}`];
  const least = atLeast === undefined ? [] : [`${is >= atLeast ? 'at least' : 'SHORT of'} ${atLeast}${unit}`];
  return [...found, ...most, ...least].join(', ');
}

const signed = (difference: number): string => `${difference < 0 ? '-' : '+'}${shown(Math.abs(difference))}`;

const header = ['', 'figure', 'median', 'min', 'max', 'bars'];

export function figuresTable({ title, rows, notes }: Compared): string {
  const cells = rows.map((row) => [row.candidate, row.figure, shown(row.median), shown(row.min), shown(row.max), row.verdicts.map(said).join('; ')]);
  const lines = [header, ...cells];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const isText = (column: number): boolean => column < 2 || column === header.length - 1;
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd();
  return [title, ...lines.map((row) => `  ${line(row)}`), ...notes.map((note) => `  (${note})`)].join('\n');
}
