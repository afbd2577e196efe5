/** Streams of any kind on a Redis, published by this package and read through a store with files and live images. */
import { afterEach } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { DataStore, json, type Encoder, type ScanInfo, type ScanWriter, type StoreOptions, type Stream, type StreamType, type StreamWriter } from '../../lib/index.js';
import { identity } from '../scan/publishing.js';
import { onRedis, type OnRedis } from '../store/on-redis.js';

export interface Opening extends OnRedis {
  /** Publishes a scan of one stream `images`, started. */
  publish<T extends StreamType>(encoder: Encoder<T>, info: ScanInfo): Promise<{ readonly scan: ScanWriter; readonly writer: StreamWriter<T> }>;
  /** The stream of a scan, from a store with these options, which is closed after the test. */
  read(scanKey: string, options?: StoreOptions, name?: string): Promise<Stream>;
  read<T extends StreamType>(scanKey: string, options: StoreOptions, name: string, type: T): Promise<Stream<T>>;
}

export function opening(): Opening {
  const redis = onRedis();
  let stores: DataStore[] = [];
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    stores = [];
  });
  function read(scanKey: string, options?: StoreOptions, name?: string): Promise<Stream>;
  function read<T extends StreamType>(scanKey: string, options: StoreOptions, name: string, type: T): Promise<Stream<T>>;
  async function read(scanKey: string, options: StoreOptions = {}, name = 'images', type?: StreamType): Promise<Stream> {
    const store = DataStore.connect(redis.url, options);
    stores.push(store);
    const scan = await firstValueFrom(store.loadScan(scanKey));
    return firstValueFrom(type === undefined ? scan.stream(name) : scan.stream(name, type));
  }
  return {
    get url() {
      return redis.url;
    },
    get client() {
      return redis.client;
    },
    get store() {
      return redis.store;
    },
    another: () => redis.another(),
    publish: async (encoder, info) => {
      const scan = await redis.store.createScan(identity);
      const writer = scan.createStream('images', encoder, info, { coalesce: false });
      await scan.prepare();
      await scan.start();
      return { scan, writer };
    },
    read,
  };
}

/** An encoder of status documents. */
export const documents = json();
