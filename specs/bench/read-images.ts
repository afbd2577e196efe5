/** Reading images of 200 KB back. */
import { switchMap, tap } from 'rxjs';
import { numeric, type StreamWriter } from '../../lib/index.js';
import { published, python, secondsToRead, us, type Bench, type Published } from './bench.js';
import type { Measurement, Rates } from './measurement.js';
import { Checker, imageAt, imageBytes, imageShape } from './points.js';
import { readWithIoredis } from './read-with-ioredis.js';

const writeImages = (url: string, images: number): Promise<Published<StreamWriter<'uint16[]'>>> =>
  published(
    url,
    (scan) => scan.createStream('image', numeric('uint16', imageShape)),
    async (stream) => {
      for (let i = 0; i < images; i++) if (!stream.send(imageAt(i))) await stream.ready();
      await stream.flush();
    },
  );

export function readingImages({ url, peer, sizes: { images } }: Bench): Measurement {
  const rates = (seconds: number): Rates => ({ read: (images * imageBytes) / 1e6 / seconds });
  const ours = async (): Promise<Rates> => {
    const { scan } = await writeImages(url, images);
    const checker = new Checker('image', images);
    const seconds = await secondsToRead(url, scan, (loaded) =>
      loaded.stream('image', 'uint16[]').pipe(
        switchMap((stream) => stream.chunks$),
        tap(({ data }) => checker.arrays(data, imageAt)),
      ),
    );
    checker.end();
    return rates(seconds);
  };
  const ioredis = async (): Promise<Rates> => {
    const { streams } = await writeImages(url, images);
    const checker = new Checker('image', images);
    const seconds = await readWithIoredis(url, streams.key, 10, (payload) => checker.bytes(payload, imageAt));
    checker.end();
    return rates(seconds);
  };
  const theirs = async (): Promise<Rates> => {
    const { scan } = await writeImages(url, images);
    return rates((await peer.ask('read_images', { url, scan, points: images })).seconds);
  };
  return {
    title: 'Reading images of 200 KB',
    unit: 'MB/s',
    contestants: [
      { name: `${us}, chunks$`, run: ours, comparedWith: python },
      { name: 'ioredis XREAD', run: ioredis, comparedWith: python },
      { name: python, run: theirs },
    ],
  };
}
