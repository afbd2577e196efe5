/** Runs the demonstration: a publisher, and a reader that waits for the scan from before its creation. */
import { asyncScheduler, firstValueFrom, lastValueFrom } from 'rxjs';
import { DataStore, isNotInitialized } from '../../index.js';
import { every } from '../../model/time.js';
import { reportError } from '../report-error.js';
import { followDemo } from './follow-demo.js';
import { expectedPoints, Progress } from './progress.js';
import { publishDemo } from './publish-demo.js';

const progressEveryMs = 250;

/** Resolves to whether every point of every stream arrived with the expected index and value. */
export async function runDemo(url: string, write: (line: string) => void, stopping: AbortSignal): Promise<boolean> {
  const progress = new Progress(write, () => performance.now());
  const reading = DataStore.connect(url);
  const writing = DataStore.connect(url);
  try {
    const timetag = await initialised(url, reading);
    const seen = lastValueFrom(followDemo(reading, timetag, progress));
    const ticker = every(progressEveryMs, asyncScheduler).subscribe({ next: () => progress.show(), error: reportError });
    try {
      const published = publishDemo(writing, (index) => progress.sent(index), stopping);
      const [{ states, endReason }] = await Promise.all([seen, published]);
      progress.say(`scan states ${states.join(' → ')}, end_reason ${String(endReason)}`);
    } finally {
      ticker.unsubscribe();
    }
    progress.summary();
    return progress.correctPoints === expectedPoints;
  } finally {
    await writing.close();
    await reading.close();
  }
}

/** The last timetag, after which no scan can be missed. Sets up an empty database first. */
async function initialised(url: string, store: DataStore): Promise<string> {
  try {
    return await firstValueFrom(store.lastTimetag());
  } catch (error) {
    if (!isNotInitialized(error)) throw error;
    await DataStore.init(url);
    return await firstValueFrom(store.lastTimetag());
  }
}
