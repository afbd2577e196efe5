/** Finding a Python that has pip. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as O from 'fp-ts/lib/Option.js';
import { findPython } from '../../lib/server/python.js';

const path = process.env['PATH'] ?? '';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-'));
  process.env['PATH'] = folder;
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true, force: true });
});

function install(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}
const any = (): boolean => true;

describe('the Python that is found', () => {
  it('is none where there is none', async () => {
    expect(await findPython(any)).toEqual(O.none);
  });

  it('is not one that runs nothing, or has no pip', async () => {
    install('python3', 'echo "command not found" >&2; exit 127');
    install('python3.13', 'echo "No module named pip" >&2; exit 1');
    install('python3.11', 'echo 3.11');
    expect(await findPython(any)).toEqual(O.some({ command: 'python3.11', version: '3.11' }));
  });

  it('is of the requested version', async () => {
    install('python3', 'echo 3.14');
    install('python3.12', 'echo 3.12');
    expect(await findPython((version) => version === '3.12')).toEqual(O.some({ command: 'python3.12', version: '3.12' }));
    expect(await findPython((version) => version === '3.9')).toEqual(O.none);
  });
});
