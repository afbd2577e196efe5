/** Begins to fill a cache folder, says so, and never ends: for a test to kill. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { cached } from '../../../lib/server/cached.js';

await cached({
  folder: process.argv[2] ?? '',
  stamp: 'whole',
  fill: async (temporary) => {
    await writeFile(join(temporary, 'content'), 'half of it');
    process.stdout.write('filling\n');
    await setTimeout(2 ** 30);
  },
});
