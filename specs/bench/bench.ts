/** What all measurements share: the server, the Python process, the sizes, and the clock. */
import type { Redis } from 'ioredis';
import { firstValueFrom, lastValueFrom, type Observable } from 'rxjs';
import { DataStore, type Scan, type ScanWriter } from '../../lib/index.js';
import type { Options } from './options.js';
import type { PythonPeer } from './python-peer.js';

export interface Bench {
  readonly url: string;
  readonly peer: PythonPeer;
  readonly sizes: Options;
}

export interface WaitingBench extends Bench {
  /** For the server's own statistics. */
  readonly redis: Redis;
}

export const us = 'blissdata-rx';
export const python = 'Python 2.4.5';

/**
 * How many seconds something takes. What was done before leaves no garbage behind.
 *
 * @param warmUp what is done first and does not count
 */
export async function secondsOf(work: () => Promise<unknown>, warmUp: () => Promise<unknown> = () => Promise.resolve()): Promise<number> {
  globalThis.gc?.();
  await warmUp();
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

export interface Published<Streams> {
  /** The scan's key. */
  readonly scan: string;
  readonly streams: Streams;
  readonly seconds: number;
}

/** Publishes a scan: `declare` creates its streams, `publish` is what the clock measures. */
export async function published<Streams>(
  url: string,
  declare: (scan: ScanWriter) => Streams,
  publish: (streams: Streams) => Promise<void>,
): Promise<Published<Streams>> {
  await using store = DataStore.connect(url);
  const scan = await store.createScan({ name: 'bench', number: 1, data_policy: 'ESRF' });
  const streams = declare(scan);
  await scan.prepare();
  await scan.start();
  const seconds = await secondsOf(() => publish(streams));
  await scan.stop();
  await scan.close();
  return { scan: scan.key, streams, seconds };
}

/** Reads of a scan whatever `reading` reads, and resolves to the seconds that took. The connections are open before, as Python's are. */
export async function secondsToRead(url: string, key: string, reading: (scan: Scan) => Observable<unknown>): Promise<number> {
  await using store = DataStore.connect(url);
  const scan = await firstValueFrom(store.loadScan(key));
  const [stream] = (await firstValueFrom(scan.streams$)).values();
  if (stream !== undefined) await firstValueFrom(stream.chunks$);
  return await secondsOf(() => lastValueFrom(reading(scan), { defaultValue: undefined }));
}
