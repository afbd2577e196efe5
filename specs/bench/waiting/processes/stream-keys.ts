/** The Redis keys of a scan's streams, for what is done to them without this package. */
import { filter, firstValueFrom } from 'rxjs';
import { DataStore, type StreamType } from '../../../../lib/index.js';

/** All keys of streams of that type, in the order in which they were created. */
export async function streamKeys(url: string, scanKey: string, type: StreamType): Promise<readonly string[]> {
  await using store = DataStore.connect(url);
  const scan = await firstValueFrom(store.loadScan(scanKey));
  const streams = await firstValueFrom(scan.streams$.pipe(filter(({ size }) => size > 0)));
  return [...streams.values()].filter((stream) => stream.type === type).map(({ key }) => key);
}
