/** The options of a memory tracker: those of Python's `memory_tracker`, in ms. */
import type { SchedulerLike } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { IdentityModel } from '../model/identity-model.js';

/** Names and defaults are those of Python's `memory_tracker`, so that the two can take turns on one database; times are in ms, its own in seconds. */
export interface TrackerOptions {
  /** How full the server may get before the oldest data are trimmed, in percent of its `maxmemory`; 80 by default. */
  readonly cleaningThreshold?: number;
  /** The recent past whose data are never trimmed, in ms; 180,000 (3 minutes) by default. */
  readonly protectedHistory?: number;
  /** The time between two rounds in ms, `Infinity` for a single round; 30,000 by default. While memory is short there is no pause. */
  readonly monitoringPeriod?: number;
  /** A scan that is not closed is closed and deleted after this time without activity, in ms; 24 hours by default. */
  readonly inactiveScanDeletion?: number;
  /** The time to live of closed scans, in whole ms; 7 days by default. */
  readonly closedScanDeletion?: number;
  /** How much of the time that the journal covers is trimmed at once, in percent; 20 by default. */
  readonly cleaningTimeSlice?: number;
  /** The identity model of this institute's scans; the ESRF's by default. */
  readonly identity?: IdentityModel;
  /** Timers; RxJS' asyncScheduler by default. The time of day comes from the server. */
  readonly scheduler?: SchedulerLike;
}

/** The numeric options with their defaults filled in. */
export type TrackerSettings = Readonly<Record<keyof typeof defaults, number>>;

const day = 24 * 60 * 60_000;

const defaults = {
  cleaningThreshold: 80,
  protectedHistory: 180_000,
  monitoringPeriod: 30_000,
  inactiveScanDeletion: day,
  closedScanDeletion: 7 * day,
  cleaningTimeSlice: 20,
};

/** Fills in the defaults; throws `InvalidArgument`. */
export function trackerSettings(options: TrackerOptions): TrackerSettings {
  const { cleaningThreshold, protectedHistory, monitoringPeriod, inactiveScanDeletion, closedScanDeletion, cleaningTimeSlice } = options;
  return {
    cleaningThreshold: percentage('cleaningThreshold', cleaningThreshold, 0),
    protectedHistory: finiteTime('protectedHistory', protectedHistory),
    monitoringPeriod: time('monitoringPeriod', monitoringPeriod),
    inactiveScanDeletion: finiteTime('inactiveScanDeletion', inactiveScanDeletion),
    // Redis takes whole ms, and deletes at once what has none left.
    closedScanDeletion: wholeTime('closedScanDeletion', closedScanDeletion),
    cleaningTimeSlice: percentage('cleaningTimeSlice', cleaningTimeSlice, 1),
  };
}

type Setting = keyof typeof defaults;

const percentage = (name: Setting, value: number = defaults[name], least: number): number =>
  value >= least && value <= 100 ? value : invalid(name, `a percentage from ${least} to 100`, value);

const time = (name: Setting, value: number = defaults[name]): number => (value >= 0 ? value : invalid(name, 'a number of ms from 0', value));

const finiteTime = (name: Setting, value: number = defaults[name]): number =>
  value >= 0 && value < Infinity ? value : invalid(name, 'a finite number of ms from 0', value);

const wholeTime = (name: Setting, value: number = defaults[name]): number =>
  Number.isSafeInteger(value) && value >= 1 ? value : invalid(name, 'an integer number of ms from 1', value);

function invalid(argument: string, expected: string, value: number): never {
  throw blissdataError('InvalidArgument', { argument, expected, received: String(value) });
}
