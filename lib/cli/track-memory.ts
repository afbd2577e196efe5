/** `blissdata-rx track-memory`: keeps a database from running full until it is stopped; the options are those of Python's `memory_tracker`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { fromEvent, lastValueFrom, merge, takeUntil, tap } from 'rxjs';
import { DataStore } from '../index.js';
import { trackMemory, type TrackerEvent, type TrackerOptions } from '../tracker.js';
import { reportError } from './report-error.js';

type TrackerSettings = Required<Omit<TrackerOptions, 'identity' | 'scheduler'>>;

/** Times are in seconds, as in Python's command. */
interface TrackMemoryOptions extends TrackerSettings {
  readonly redisUrl: string;
  readonly initDb?: boolean;
}

const day = 24 * 60 * 60;

export function trackMemoryCommand(): Command {
  return new Command('track-memory')
    .description('keep a database from running full: trim the oldest data, let closed scans expire, delete inactive ones')
    .requiredOption('--redis-url <url>', 'the Redis server; it needs a maxmemory')
    .addOption(number('--cleaning-threshold <percent>', 'how much of maxmemory may be used before the oldest data are trimmed', 80))
    .addOption(number('--protected-history <seconds>', 'the recent past whose data are never trimmed', 180))
    .addOption(number('--monitoring-period <seconds>', 'the time between two rounds', 30))
    .addOption(number('--inactive-scan-deletion <seconds>', 'the time without activity after which an open scan is deleted', day))
    .addOption(number('--closed-scan-deletion <seconds>', 'the time to live of closed scans', 7 * day))
    .addOption(number('--cleaning-time-slice <percent>', 'how much of the history is trimmed at once', 20))
    .option('--init-db', 'first set up the database for blissdata; it must be empty')
    .action(async (options: TrackMemoryOptions) => {
      process.exitCode = await run(options).catch(reportError);
    });
}

const number = (flags: string, description: string, value: number): Option => new Option(flags, description).default(value).argParser(integer);

function integer(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('An integer is expected.');
  return Number(text);
}

/** Runs until a signal stops it; resolves to the exit code. */
async function run({ redisUrl, initDb = false, ...options }: TrackMemoryOptions): Promise<number> {
  const stop$ = merge(...['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => fromEvent(process, signal)));
  if (initDb) await DataStore.init(redisUrl);
  const lines$ = trackMemory(redisUrl, trackerOptions(options)).pipe(tap((event) => process.stdout.write(`${new Date().toISOString()} ${lineOf(event)}\n`)));
  await lastValueFrom(lines$.pipe(takeUntil(stop$)), { defaultValue: undefined });
  return 0;
}

/** The command's seconds in ms. */
const trackerOptions = (options: TrackerSettings): TrackerOptions => ({
  ...options,
  protectedHistory: options.protectedHistory * 1000,
  monitoringPeriod: options.monitoringPeriod * 1000,
  inactiveScanDeletion: options.inactiveScanDeletion * 1000,
  closedScanDeletion: options.closedScanDeletion * 1000,
});

function lineOf(event: TrackerEvent): string {
  switch (event._tag) {
    case 'started':
      return `INFO: Tracking memory: trimming from ${bytes(event.threshold)} of ${bytes(event.memoryLimit)} on, but nothing of the last ${event.protectedHistory / 1000} s`;
    case 'scanFound':
      return `INFO: Start tracking ${event.key}`;
    case 'scanVanished':
      return `INFO: Scan ${event.key} has been deleted, stop tracking`;
    case 'scanExpires':
      return `INFO: Scan ${event.key} is closed, it has ${event.timeToLive / 1000} s to live`;
    case 'scanDeleted':
      return `WARNING: Open scan ${event.key} was inactive for ${Math.floor(event.inactiveFor / 1000)} s, it has been closed and deleted`;
    case 'round':
      return `INFO: Memory usage: ${bytes(event.usedMemory)}, ${event.scans} open scans, ${event.streams} streams`;
    case 'trimmed':
      return `INFO: Trimmed ${event.entries} entries off ${event.streams} streams, from before ${new Date(event.horizon).toISOString()}`;
    case 'nothingToTrim':
      return `CRITICAL: Unable to free memory: all data are from the last ${event.protectedHistory / 1000} s, which are protected`;
    case 'problem':
      return `${event.error._tag === 'OutOfMemory' ? 'CRITICAL' : 'WARNING'}: ${event.error.message}${event.key === undefined ? '' : ` (scan ${event.key})`}`;
  }
}

function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log(Math.max(count, 1)) / Math.log(1024)), units.length - 1);
  return `${Number((count / 1024 ** power).toPrecision(4))} ${units[power] ?? 'B'}`;
}
