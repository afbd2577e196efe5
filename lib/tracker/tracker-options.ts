/** What a memory tracker may be told: the options of Python's `memory_tracker`, with its defaults. */
import type { SchedulerLike } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { IdentityModel } from '../model/identity-model.js';

/** Names, units and defaults are those of Python's `memory_tracker`, so that the two can take turns on one database. */
export interface TrackerOptions {
  /** How full the server may get before the oldest data are trimmed off, in percent of its `maxmemory`; 80 by default. */
  readonly cleaningThreshold?: number;
  /** The recent past whose data are never trimmed off, in seconds; 180 by default. */
  readonly protectedHistory?: number;
  /** The time between two rounds, in seconds, of any length, `Infinity` for a single round; 30 by default. While there is too little memory there is no pause. */
  readonly monitoringPeriod?: number;
  /** A scan that is not closed, and of which nothing was heard for so many seconds, is closed and deleted; 24 hours by default. */
  readonly inactiveScanDeletion?: number;
  /** How many seconds a closed scan has to live; 7 days by default. */
  readonly closedScanDeletion?: number;
  /** How much of the time that the journal covers is trimmed off at once, in percent; 20 by default. */
  readonly cleaningTimeSlice?: number;
  /** What identifies scans at this institute; the ESRF's by default. */
  readonly identity?: IdentityModel;
  /** Where timers come from; RxJS' asyncScheduler by default. What time it is the server says. */
  readonly scheduler?: SchedulerLike;
}

/** The options that are numbers, each with a value. */
export type TrackerSettings = Readonly<Record<keyof typeof defaults, number>>;

const day = 24 * 60 * 60;

const defaults = {
  cleaningThreshold: 80,
  protectedHistory: 180,
  monitoringPeriod: 30,
  inactiveScanDeletion: day,
  closedScanDeletion: 7 * day,
  cleaningTimeSlice: 20,
};

/** Fills in the defaults; throws `InvalidArgument`. */
export function trackerSettings(options: TrackerOptions): TrackerSettings {
  const { cleaningThreshold, protectedHistory, monitoringPeriod, inactiveScanDeletion, closedScanDeletion, cleaningTimeSlice } = options;
  return {
    cleaningThreshold: percentage('cleaningThreshold', cleaningThreshold, 0),
    protectedHistory: seconds('protectedHistory', protectedHistory, 0),
    monitoringPeriod: period('monitoringPeriod', monitoringPeriod),
    inactiveScanDeletion: seconds('inactiveScanDeletion', inactiveScanDeletion, 0),
    // Redis takes whole seconds, and what has none to live is gone at once.
    closedScanDeletion: wholeSeconds('closedScanDeletion', closedScanDeletion),
    cleaningTimeSlice: percentage('cleaningTimeSlice', cleaningTimeSlice, 1),
  };
}

type Setting = keyof typeof defaults;

const percentage = (name: Setting, value: number = defaults[name], least: number): number =>
  value >= least && value <= 100 ? value : invalid(name, `a percentage from ${least} to 100`, value);

const seconds = (name: Setting, value: number = defaults[name], least: number): number =>
  value >= least && value < Infinity ? value : invalid(name, `a number of seconds from ${least}`, value);

const period = (name: Setting, value: number = defaults[name]): number => (value >= 0 ? value : invalid(name, 'a number of seconds from 0', value));

const wholeSeconds = (name: Setting, value: number = defaults[name]): number =>
  Number.isSafeInteger(value) && value >= 1 ? value : invalid(name, 'an integer number of seconds from 1', value);

function invalid(argument: string, expected: string, value: number): never {
  throw blissdataError('InvalidArgument', { argument, expected, received: String(value) });
}
