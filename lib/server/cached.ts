/** Fills a cache folder once, whoever else is filling it at the same time and however a fill before was cut short. */
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { asyncScheduler, firstValueFrom } from 'rxjs';
import { after } from '../model/time.js';

// Says which content a folder holds. It is written last, before the folder gets its name.
const stampFile = '.stamp';
const lookEvery = 200; // ms
const longestFill = 15 * 60_000; // ms; after that another fill is taken for stuck and not waited for

export interface Fill {
  /** The folder wanted. */
  readonly folder: string;
  /** What it must hold: with another stamp it is filled anew. */
  readonly stamp: string;
  /** Fills a new, empty folder beside it, or rejects. */
  readonly fill: (temporary: string) => Promise<void>;
  /** Called once if another process (or call) is found filling it. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves when `folder` holds what `stamp` says. Work happens in a folder with a temporary name which is renamed when
 * it is whole, so nobody sees a part of it, and what a killed process left behind is removed by the next fill.
 */
export async function cached({ folder, stamp, fill, onWait, signal }: Fill): Promise<void> {
  const started = Date.now();
  let waited = false;
  while (!(await isFilled(folder, stamp))) {
    await mkdir(dirname(folder), { recursive: true });
    if ((await removeLeftovers(folder)) && Date.now() - started < longestFill) {
      if (!waited) onWait?.();
      waited = true;
      await firstValueFrom(after(lookEvery, asyncScheduler));
      signal?.throwIfAborted();
      continue;
    }
    const temporary = await mkdtemp(`${prefixOf(folder)}${process.pid}-`);
    try {
      await fill(temporary);
      await writeFile(join(temporary, stampFile), stamp);
      await moveIntoPlace(temporary, folder, stamp);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
}

async function isFilled(folder: string, stamp: string): Promise<boolean> {
  return (await unlessMissing(readFile(join(folder, stampFile), 'utf8'))) === stamp;
}

const prefixOf = (folder: string): string => `${folder}.partial-${hostname()}-`;

/** Removes what dead processes left; true if a live one is at work. */
async function removeLeftovers(folder: string): Promise<boolean> {
  const prefix = basename(prefixOf(folder));
  let atWork = false;
  for (const name of (await readdir(dirname(folder))).filter((entry) => entry.startsWith(prefix))) {
    if (isAlive(Number.parseInt(name.slice(prefix.length), 10))) atWork = true;
    else await rm(join(dirname(folder), name), { recursive: true, force: true, maxRetries: 5 }); // a fetch that outlived its parent may still write there
  }
  return atWork;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM'; // somebody else's process lives; ESRCH: there is none
  }
}

async function moveIntoPlace(temporary: string, folder: string, stamp: string): Promise<void> {
  try {
    await rename(temporary, folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
    if (await isFilled(folder, stamp)) return; // another one was faster with the same
    const outdated = await mkdtemp(`${prefixOf(folder)}${process.pid}-`);
    await unlessMissing(rename(folder, join(outdated, 'content')));
    await rm(outdated, { recursive: true, force: true });
    await moveIntoPlace(temporary, folder, stamp);
  }
}

async function unlessMissing<A>(result: Promise<A>): Promise<A | undefined> {
  try {
    return await result;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

// Not `instanceof Error`: inside a test runner Node's own errors come from another realm.
const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined);
