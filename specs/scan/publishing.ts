/** Scans as tests publish them, and a look at what lies in Redis of them. */
import type { Redis } from 'ioredis';
import { firstValueFrom } from 'rxjs';
import type { DataStore, Encoder, ScanWriter, Stream, StreamType, StreamWriter, StreamWriterOptions } from '../../lib/index.js';

export const identity = { name: 'align', number: 1, data_policy: 'esrf' } as const;

export interface Published<T extends StreamType> {
  readonly scan: ScanWriter;
  readonly writer: StreamWriter<T>;
}

/** A scan, started, with one stream. */
export async function publishing<T extends StreamType>(store: DataStore, encoder: Encoder<T>, options: StreamWriterOptions = {}): Promise<Published<T>> {
  const scan = await store.createScan(identity);
  const writer = scan.createStream('diode', encoder, {}, options);
  await scan.prepare();
  await scan.start();
  return { scan, writer };
}

/** The stream of `publishing`, as a reader has it. */
export async function reading<T extends StreamType>(store: DataStore, { scan }: { readonly scan: Pick<ScanWriter, 'key'> }, type: T): Promise<Stream<T>> {
  const loaded = await firstValueFrom(store.loadScan(scan.key));
  return firstValueFrom(loaded.stream('diode', type));
}

export type Document = Record<string, unknown> & { info: Record<string, unknown>; data_streams: Record<string, unknown> };

/** A scan's JSON as it lies in Redis. */
export async function documentAt(client: Redis, key: string): Promise<Document> {
  const document: Document = JSON.parse(String(await client.call('JSON.GET', [key])));
  return document;
}

/** What another client might make of a scan's JSON. */
export async function edit(client: Redis, key: string, change: (document: Document) => void): Promise<void> {
  const document = await documentAt(client, key);
  change(document);
  await client.call('JSON.SET', [key, '$', JSON.stringify(document)]);
}

/** The key of a scan's state stream. */
export async function stateKeyOf(client: Redis, key: string): Promise<string> {
  const [pk] = JSON.parse(String(await client.call('JSON.GET', [key, '$.state_stream.pk'])));
  return `esrf:stream:${pk}`;
}

/** The numbers of all states that a scan has been in. */
export async function statesAt(client: Redis, key: string): Promise<readonly string[]> {
  return (await client.xrange(await stateKeyOf(client, key), '-', '+')).map(([, fields]) => fields[1] ?? '');
}

/** What deletes a scan: its keys get ten seconds to live. */
export async function expire(client: Redis, ...keys: readonly string[]): Promise<void> {
  const multi = client.multi();
  for (const key of keys) multi.expire(key, 10);
  await multi.exec();
}

/** Resolves when clients watch this many keys: the server tracks as many. */
export async function untilAwaited(client: Redis, keys: number): Promise<void> {
  const awaited = async (): Promise<number> => Number(/tracking_total_keys:(\d+)/.exec(await client.info('stats'))?.[1]);
  while ((await awaited()) < keys);
}
