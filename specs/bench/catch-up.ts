/** Catching up with a stream that is there already: what `chunks$` costs, against a loop that does nothing with the bytes and against Python's cursor. */
import { python, secondsToRead, us, type Bench } from './bench.js';
import { kinds, type Kind, type Reading } from './catch-up-kinds.js';
import type { Measurement, Rates } from './measurement.js';
import { readWithIoredis } from './read-with-ioredis.js';

const bare = 'ioredis XREAD, counts bytes';

export const catchingUp = (bench: Bench): readonly Measurement[] => kinds(bench.sizes).map((kind) => catchingUpWith(kind, bench));

function catchingUpWith(kind: Kind, { url, peer }: Bench): Measurement {
  const { title, unit, stream, points, bytes } = kind;
  let scan = '';
  let key = '';
  const rates = (seconds: number): Rates => ({ read: (unit === 'MB/s' ? bytes / 1e6 : points) / seconds });
  const ours = async (reading: Reading): Promise<Rates> => {
    let counted = 0;
    const seconds = await secondsToRead(url, scan, (loaded) => reading(loaded, (more) => (counted += more)));
    if (counted !== points) throw new Error(`${title}: ${counted} points of ${points}`);
    return rates(seconds);
  };
  const ioredis = async (): Promise<Rates> => {
    let counted = 0;
    const seconds = await readWithIoredis(url, key, kind.entriesPerReply, (payload) => (counted += payload.length));
    if (counted !== bytes) throw new Error(`${title}: ${counted} bytes of ${bytes}`);
    return rates(seconds);
  };
  const { chunks, lent, onePoint, atLeast } = kind;
  const against = (bar: number) => [
    { name: bare, atLeast: 0.9 },
    { name: python, atLeast: bar },
  ];
  return {
    title,
    unit,
    write: async () => {
      const { scan: written, streams } = await kind.publish(url);
      scan = written;
      ({ key } = streams);
    },
    contestants: [
      { name: `${us}, chunks$`, run: () => ours(chunks), against: against(atLeast.chunks) },
      { name: `${us}, lent`, run: () => ours(lent), against: against(atLeast.lent) },
      ...(onePoint === undefined ? [] : [{ name: `${us}, points$`, run: () => ours(onePoint), against: [{ name: python, ...(atLeast.onePoint === undefined ? {} : { atLeast: atLeast.onePoint }) }] }]),
      { name: bare, run: ioredis, against: [{ name: python }] },
      { name: python, run: async () => rates((await peer.ask('catch_up', { url, scan, name: stream, points })).seconds) },
    ],
  };
}
