/** Random faults, several at once: nothing is lost, duplicated or stuck. */
import { describe, expect, it } from '@jest/globals';
import { nothingWrong } from './chaos/report.js';
import { chaoticRun } from './chaos/run.js';
import { chaosSeconds, seedsInPairs } from './chaos/seeds.js';

describe('publishing and following while connections break, the server pauses, freezes and crashes', () => {
  const seconds = chaosSeconds(20);

  it.each(seedsInPairs())(
    'loses nothing, duplicates nothing and leaves nothing hanging with the seeds %j',
    async (...seeds) => {
      const found = await Promise.all(seeds.map((seed) => chaoticRun({ seed, seconds })));

      expect(found).toEqual(seeds.map(() => nothingWrong));
    },
    (seconds + 180) * 1000,
  );
});
