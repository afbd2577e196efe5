/** How a store takes leave of its writers. */
import { firstValueFrom, from, race, timer } from 'rxjs';
import { blissdataError } from '../model/errors.js';
import type { Core } from '../polling/core.js';
import { received } from '../wire/problems.js';

export interface CloseOptions {
  /** How many ms to wait for points to be written, where the server is away or out of memory; 10,000 by default, `Infinity` for as long as it takes. */
  readonly within?: number;
}

const defaultWithin = 10_000;
/** Node's timers cannot wait longer. */
const longestTimer = 2 ** 31 - 1;

interface Flushing {
  /** Resolves when all is written, or cannot be, and at the latest when time is up. */
  readonly inTime: Promise<unknown>;
  readonly all: Promise<readonly PromiseSettledResult<void>[]>;
}

/** One that cannot be written any more does not keep the others from being written. */
export function flushWithin({ database: { scheduler }, unwritten }: Core, { within = defaultWithin }: CloseOptions): Flushing {
  if (!(within >= 0)) throw blissdataError('InvalidArgument', { argument: 'within', expected: 'a time in ms', received: received(within) });
  const all = Promise.allSettled(unwritten.writing.map((writer) => writer.flush()));
  const inTime = within > longestTimer ? all : firstValueFrom(race(from(all), timer(within, scheduler)));
  return { inTime, all };
}
