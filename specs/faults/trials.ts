/** Records how often each fault was tried, how often everything recovered from it, and how long that took; reporter.mjs prints it after all tests. */
import { afterAll } from '@jest/globals';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fault that was tried once, as reporter.mjs reads it: how many ms it took to recover, if that was achieved. */
interface Outcome {
  readonly fault: string;
  readonly took: number | null;
}

/** One time that a fault happens. */
export interface Trial {
  /** Counts from 0. */
  readonly number: number;
  /** The fault happens now; of one that lasts, it ends now. */
  struck(): void;
  /** Everything goes on: a new point was received or acknowledged, or the expected error was reported. */
  recovered(): void;
}

/** Tries a fault so many times, one after another. */
export type Trials = (fault: string, times: number, attempt: (trial: Trial) => Promise<void>) => Promise<void>;

/** Call it at the top of a spec file. */
export function useTrials(): Trials {
  const outcomes: Outcome[] = [];
  afterAll(() => {
    const folder = process.env['BLISSDATA_RX_FAULTS'];
    if (folder !== undefined) appendFileSync(join(folder, `${process.pid}.jsonl`), outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(''));
  });
  return async (fault, times, attempt) => {
    for (let number = 0; number < times; number++) {
      let begun: number | undefined;
      let took: number | undefined;
      const trial: Trial = {
        number,
        struck: () => (begun = performance.now()),
        recovered: () => (took ??= performance.now() - (begun ?? NaN)),
      };
      try {
        await attempt(trial);
      } catch (error) {
        took = undefined;
        throw error;
      } finally {
        outcomes.push({ fault, took: took ?? null });
      }
    }
  };
}
