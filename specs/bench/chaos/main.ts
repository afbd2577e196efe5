/** What becomes of reading and publishing, here and with Python blissdata, while connections break: `npm run bench:chaos -- --seeds 5 --seconds 10`. */
import { parseArgs } from 'node:util';
import { all, publishing, reading, toldOf, type Result, type Who } from './contests.js';

const contestants: readonly Who[] = ['blissdata-rx', 'Python 2.4.5'];

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function line({ faults, points, arrived, verdict, end, after }: Result): string {
  const { lost, doubled, outOfOrder, wrong } = verdict;
  return `${faults} faults; ${arrived} of ${points} points arrived; ${lost} lost in between, ${doubled} doubled, ${outOfOrder} out of order, ${wrong} wrong; ${end} after ${after.toFixed(1)} s`;
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    first: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '10' },
    patience: { type: 'string', default: '15' },
    only: { type: 'string', default: '' },
  },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => Number(values.first) + i);

for (const [faults, disasters] of [['resets, FINs, cuts, refusals, delays', toldOf], ['the same and half-open connections', all]] as const) {
  for (const [what, contest] of [['reading', reading], ['publishing', publishing]] as const) {
    for (const who of contestants) {
      const title = `${what}, ${who}; ${faults}`;
      if (!title.includes(values.only)) continue;
      print(`\n${title}`);
      for (const seed of seeds) print(`  seed ${seed}: ${line(await contest(who, { seed, seconds: Number(values.seconds), patience: Number(values.patience), disasters }))}`);
    }
  }
}
