/** Whether the comparison under faults still runs: so short that its figures mean nothing. */
import { expect, it } from '@jest/globals';
import { run } from '../../lib/server/run.js';

it('the comparison under faults says what became of each contestant', async () => {
  const { code, stdout, stderr } = await run(process.execPath, ['--import', 'tsx', 'specs/bench/chaos/main.ts', '--seeds', '1', '--seconds', '2', '--patience', '2', '--only', 'half-open']);

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const parts = stdout.trim().split('\n\n');
  for (const who of ['blissdata-rx', 'Python 2.4.5']) {
    for (const what of ['reading', 'publishing']) {
      const part = parts.find((each) => each.startsWith(`${what}, ${who}; `)) ?? '';
      expect(part).toMatch(/^ {2}seed 1: \d+ faults; \d+ of \d+ points arrived; \d+ lost in between, 0 doubled, 0 out of order, 0 wrong; .+ after [\d.]+ s$/m);
    }
  }
}, 180_000);
