/** Runs in the browser: follows a stream through a gateway, catches up with one, and does nothing for a while. */
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { DataStore, type Stream, type StreamType } from '../../../../lib/browser.js';
import { openWebSocket } from '../../../../lib/browser/web-socket.js';
import { epochMs } from '../../waiting/processes/wall-clock.js';
import { Latencies } from '../processes/latencies.js';
import { answerQuestions } from './answer-questions.js';

const streamOf = async <T extends StreamType>(url: string, scanKey: string, name: string, type: T): Promise<Stream<T>> => {
  const scan = await firstValueFrom(DataStore.connect(url).loadScan(scanKey));
  return await firstValueFrom(scan.stream(name, type));
};

/** Resolves once something has come as far as was wanted. */
class Progress {
  private reached = 0;
  private readonly waiting: { readonly goal: number; readonly resolve: () => void }[] = [];

  moveTo(count: number): void {
    this.reached = count;
    for (const { goal, resolve } of this.waiting) if (count >= goal) resolve();
  }

  until(goal: number): Promise<void> {
    if (this.reached >= goal) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting.push({ goal, resolve });
    });
  }
}

const latencies = new Latencies();
const progress = new Progress();
let problem: string | undefined;
let chunks = 0;
let points = 0;

const fail = (error: unknown): void => {
  problem ??= String(error);
  progress.moveTo(Infinity);
};

async function checked(): Promise<void> {
  await Promise.resolve();
  if (problem !== undefined) throw new Error(problem);
}

/** Follows scalars that are send times, all but the first; resolves when the first has come. */
async function followTimes(url: string, scanKey: string, name: string): Promise<void> {
  const stream = await streamOf(url, scanKey, name, 'float64');
  let next = 0;
  stream.points$.subscribe({
    next: ({ index, value }) => {
      if (index !== next) return fail(`point ${index} instead of point ${next}`);
      if (index > 0) latencies.add(value, epochMs());
      progress.moveTo(++next);
    },
    error: fail,
  });
  await progress.until(1);
  await checked();
}

/** Resolves when so many points have come. */
async function times(count: number): Promise<object> {
  await progress.until(count);
  await checked();
  return latencies.quantiles();
}

/** Reads images from the first to the last, lent ones or ones that may be kept. The connection is open before. */
async function catchUp(url: string, scanKey: string, name: string, lend: boolean): Promise<object> {
  const stream = await streamOf(url, scanKey, name, 'uint16[]');
  await firstValueFrom(stream.at(0));
  const start = performance.now();
  let [next, bytes] = [0, 0];
  const work = stream.consume(
    ({ index, expired, data: { data, shape } }) => {
      if (index !== next || expired > 0) throw new Error(`image ${index} instead of image ${next}`);
      next = index + (shape[0] ?? 0);
      bytes += data.byteLength;
    },
    { lend },
  );
  await lastValueFrom(work, { defaultValue: undefined });
  return { points: next, bytes, seconds: (performance.now() - start) / 1000 };
}

/** Counts the bytes of a bare WebSocket, until the other end closes it. */
function receive(url: string): Promise<object> {
  return new Promise((resolve, reject) => {
    let [start, bytes] = [0, 0];
    openWebSocket(url, {
      opened: () => {
        start = performance.now();
      },
      message: (data) => {
        bytes += data.length;
      },
      closed: (code) => (code === 1000 ? resolve({ bytes, seconds: (performance.now() - start) / 1000 }) : reject(new Error(`closed with ${code}`))),
    });
  });
}

/** Follows images, all or the newest; resolves when the first has come. */
async function followImages(url: string, scanKey: string, name: string, policy: 'all' | 'newest'): Promise<void> {
  const stream = await streamOf(url, scanKey, name, 'uint16[]');
  let next = 0;
  stream
    .consume(
      ({ index, expired, data: { shape } }) => {
        const count = shape[0] ?? 0;
        if (index < next || (policy === 'all' && (index !== next || expired > 0))) throw new Error(`image ${index} instead of image ${next}`);
        chunks++;
        points += count;
        next = index + expired + count;
        progress.moveTo(next);
      },
      { policy },
    )
    .subscribe({ error: fail });
  await progress.until(1);
  await checked();
}

/** Lets the page do nothing else for so many seconds. */
function stall(seconds: number): void {
  [chunks, points] = [0, 0];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end);
}

/** What has come since the stall, once so many images have come in all. */
async function images(count: number): Promise<object> {
  await progress.until(count);
  await checked();
  return { chunks, points };
}

void answerQuestions({ followTimes, times, catchUp, receive, followImages, stall, images });
