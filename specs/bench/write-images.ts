/** Publishing images of 200 KB one by one to one stream, every one confirmed by the server at the end. */
import { numeric } from '../../lib/index.js';
import { published, python, us, type Bench } from './bench.js';
import type { Measurement, Rates } from './measurement.js';
import { imageAt, imageBytes, imageShape } from './points.js';
import { secondsToWriteOverSocket } from './write-over-socket.js';

const bareSocket = 'a bare socket, plain XADD, 2 MB at a time';

export function writingImages({ url, peer, sizes: { images: points } }: Bench): Measurement {
  const rates = (seconds: number): Rates => ({ publish: (points * imageBytes) / 1e6 / seconds });
  const ours = async (): Promise<Rates> => {
    const { seconds } = await published(
      url,
      (scan) => scan.createStream('image', numeric('uint16', imageShape)),
      async (stream) => {
        for (let i = 0; i < points; i++) if (!stream.send(imageAt(i))) await stream.ready();
        await stream.flush();
      },
    );
    return rates(seconds);
  };
  return {
    title: 'Publishing images of 200 KB one by one',
    unit: 'MB/s',
    contestants: [
      { name: us, run: ours, against: [{ name: python, atLeast: 2 }, { name: bareSocket }] },
      { name: bareSocket, run: async () => rates(await secondsToWriteOverSocket(url, points)) , against: [{ name: python }] },
      { name: python, run: async () => rates((await peer.ask('write_images', { url, points })).seconds) },
    ],
  };
}
