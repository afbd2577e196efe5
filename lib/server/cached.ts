/** Fills a cache folder once, safe against other processes that fill it at the same time and against interrupted fills. */
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { asyncScheduler, firstValueFrom } from 'rxjs';
import { after } from '../model/time.js';

// Identifies the content of a folder. Written last, just before the folder gets its final name.
const stampFile = '.stamp';
const pollPeriod = 200; // ms
const longestFill = 15 * 60_000; // ms; a fill by another process that takes longer is considered stuck

export interface Fill {
  /** The folder to fill. */
  readonly folder: string;
  /** Identifies the content: a folder with another stamp is filled again. */
  readonly stamp: string;
  /** Fills a new, empty folder next to it, or rejects. */
  readonly fill: (temporary: string) => Promise<void>;
  /** Called once if another process or call is filling it. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves when `folder` holds the content of `stamp`. It is filled under a temporary name and renamed when complete, so a partial
 * folder is never seen; the next fill removes what killed processes left behind.
 */
export async function cached({ folder, stamp, fill, onWait, signal }: Fill): Promise<void> {
  const started = Date.now();
  let waited = false;
  while (!(await isFilled(folder, stamp))) {
    await mkdir(dirname(folder), { recursive: true });
    if ((await removeLeftovers(folder)) && Date.now() - started < longestFill) {
      if (!waited) onWait?.();
      waited = true;
      await firstValueFrom(after(pollPeriod, asyncScheduler));
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

/** Removes what dead processes left; true if a live one is filling the folder. */
async function removeLeftovers(folder: string): Promise<boolean> {
  const prefix = basename(prefixOf(folder));
  let atWork = false;
  for (const name of (await readdir(dirname(folder))).filter((entry) => entry.startsWith(prefix))) {
    if (isAlive(Number.parseInt(name.slice(prefix.length), 10))) atWork = true;
    else await rm(join(dirname(folder), name), { recursive: true, force: true, maxRetries: 5 }); // a fetch that outlived its parent may still write to it
  }
  return atWork;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM'; // alive, but of another user; ESRCH: no such process
  }
}

async function moveIntoPlace(temporary: string, folder: string, stamp: string): Promise<void> {
  try {
    await rename(temporary, folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
    if (await isFilled(folder, stamp)) return; // another process was faster, with the same content
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

// Not `instanceof Error`: in a test runner Node's own errors come from another realm.
const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined);
