/** Whatever happens to this package's connections, Python blissdata and this package receive everything from each other exactly once. */
import { describe, expect, it } from '@jest/globals';
import { nothingWrong } from './chaos/report.js';
import { pythonPublishes, pythonReads } from './chaos/run-with-python.js';
import { chaosSeconds, oneSeed } from './chaos/seeds.js';

describe('between Python blissdata and this package, while connections break', () => {
  const seconds = chaosSeconds(10);
  const atMost = (seconds + 180) * 1000;

  it('what Python publishes is followed here, and what is published here is read by Python', async () => {
    const seed = oneSeed();

    const found = await Promise.all([pythonPublishes({ seed, seconds }), pythonReads({ seed, seconds })]);

    expect(found).toEqual([nothingWrong, nothingWrong]);
  }, atMost);
});
