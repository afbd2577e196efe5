// Before any test on real parts: fetches what they need where that can be seen, and not within a test's time.
// A process of its own, since Jest resolves none of the project's imports here.
import { execFileSync } from 'node:child_process';

export default () => {
  execFileSync(process.execPath, ['--import', 'tsx', 'specs/support/fetch.ts'], { stdio: 'inherit' });
};
