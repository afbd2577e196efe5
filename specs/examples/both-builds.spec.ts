/** One process that both imports and requires the package has two copies of it: what the one makes, the other knows. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

it('kinds, guards, operators and databases work across the ES module and the CommonJS copy', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['specs/examples/children/both-builds.mjs']);
  const said = ['sequence is of the kinds: its own', 'saved is of the kinds: its own', 'images is of the kinds: its own', "a kind of one's own: mine", "points of one's own: 5", 'sub-scans: 1', 'rows: 2,2,2', 'guards: true', 'fold: right', 'carried: true'];
  expect(stdout.trim().split('\n')).toEqual(['two copies: true', ...['imported', 'required'].flatMap((way) => said.map((line) => `${way} ${line}`))]);
});
