/** How a store takes leave of its writers. */
import { firstValueFrom, from, race } from 'rxjs';
import { after, requireTime } from '../model/time.js';
import type { Core } from '../polling/core.js';
import type { StreamWriter } from '../stream/stream-writer.js';

export interface CloseOptions {
  /** How many ms to wait for points to be written, where the server is away or out of memory; 10,000 by default, `Infinity` for as long as it takes. */
  readonly within?: number;
}

const defaultWithin = 10_000;

interface Flushing {
  /** Resolves when all is written, or cannot be, and at the latest when time is up. */
  readonly inTime: Promise<unknown>;
  readonly all: Promise<readonly PromiseSettledResult<void>[]>;
}

/** One that cannot be written any more does not keep the others from being written. */
export function flushWithin({ database: { scheduler } }: Core, writers: readonly Pick<StreamWriter, 'flush'>[], { within = defaultWithin }: CloseOptions): Flushing {
  requireTime('within', within);
  const all = Promise.allSettled(writers.map((writer) => writer.flush()));
  const inTime = firstValueFrom(race(from(all), after(within, scheduler)));
  return { inTime, all };
}
