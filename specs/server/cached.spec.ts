/** Cache folders are filled once. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cached } from '../../lib/server/cached.js';
import { child } from './child.js';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-'));
  folder = join(parent, 'wanted');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const write =
  (text: string) =>
  (temporary: string): Promise<void> =>
    writeFile(join(temporary, 'content'), text);
const content = (): string => readFileSync(join(folder, 'content'), 'utf8');

describe('a cached folder', () => {
  it('is filled once and appears whole', async () => {
    await cached({
      folder,
      stamp: '1',
      fill: async (temporary) => {
        await write('a')(temporary);
        expect(readdirSync(parent)).not.toContain('wanted');
      },
    });
    await cached({ folder, stamp: '1', fill: write('b') });
    expect(content()).toBe('a');
    expect(readdirSync(parent)).toEqual(['wanted']);
  });

  it('is filled anew when it is to hold something else', async () => {
    await cached({ folder, stamp: '1', fill: write('a') });
    await cached({ folder, stamp: '2', fill: write('b') });
    expect(content()).toBe('b');
    expect(readdirSync(parent)).toEqual(['wanted']);
  });

  it('is waited for while another one fills it', async () => {
    let second: Promise<void> | undefined;
    await cached({
      folder,
      stamp: '1',
      fill: async (temporary) => {
        await new Promise<void>((waiting) => {
          second = cached({ folder, stamp: '1', fill: write('second'), onWait: waiting });
        });
        await write('first')(temporary);
      },
    });
    await second;
    expect(content()).toBe('first');
    expect(readdirSync(parent)).toEqual(['wanted']);
  });

  it('is not there after a failure, nor is anything else', async () => {
    const failed = cached({ folder, stamp: '1', fill: () => Promise.reject(new Error('no network')) });
    await expect(failed).rejects.toThrow('no network');
    expect(readdirSync(parent)).toEqual([]);
    await cached({ folder, stamp: '1', fill: write('a') });
    expect(content()).toBe('a');
  });

  it('is filled after a process was killed in the middle of it, which leaves nothing behind', async () => {
    const other = child('specs/server/children/fill-and-hang.ts', [folder]);
    expect(await other.line()).toBe('filling');
    other.process.kill('SIGKILL');
    await other.ended;
    expect(readdirSync(parent)).toHaveLength(1);

    await cached({ folder, stamp: 'whole', fill: write('all of it') });
    expect(content()).toBe('all of it');
    expect(readdirSync(parent)).toEqual(['wanted']);
  });

  it('is no longer waited for when called off', async () => {
    const calledOff = new AbortController();
    const failed = cached({
      folder,
      stamp: '1',
      fill: async () => {
        await cached({ folder, stamp: '1', fill: write('b'), onWait: () => calledOff.abort(), signal: calledOff.signal });
      },
    });
    await expect(failed).rejects.toThrow(/abort/i);
    expect(readdirSync(parent)).toEqual([]);
  });
});
