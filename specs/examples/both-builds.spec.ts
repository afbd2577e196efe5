/** One process that both imports and requires the package has two copies of it: what the one makes, the other knows. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

it('kinds, guards, operators, databases and new scans work across the ES module and the CommonJS copy', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['specs/examples/children/both-builds.mjs']);
  const told = (stories: readonly string[]): readonly string[] => ['imported', 'required'].flatMap((way) => stories.map((line) => `${way} ${line}`));
  const said = ['sequence is of the kinds: its own', 'saved is of the kinds: its own', 'images is of the kinds: its own', "a kind of one's own: mine", "points of one's own: 5", 'sub-scans: 1', 'rows: 2,2,2', 'guards: true', 'fold: right', 'carried: true'];
  expect(stdout.trim().split('\n')).toEqual(['two copies: true', ...told(said), ...told(['created right after the subscription: true', 'created by turns: true'])]);
});
