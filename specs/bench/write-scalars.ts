/** Writing float64 points one by one, every point confirmed by the server at the end. */
import { Redis } from 'ioredis';
import { numeric, type StreamWriter } from '../../lib/index.js';
import { published, python, secondsOf, us, type Bench, type Published } from './bench.js';
import type { Measurement, Rates } from './measurement.js';
import { scalarAt } from './points.js';

/** Publishes a scan with one stream, `scalars`. */
export const writeScalars = (url: string, points: number, coalesce: boolean): Promise<Published<StreamWriter<'float64'>>> =>
  published(
    url,
    (scan) => scan.createStream('scalars', numeric('float64'), {}, { coalesce }),
    async (stream) => {
      for (let i = 0; i < points; i++) if (!stream.send(scalarAt(i))) await stream.ready();
      await stream.flush();
    },
  );

/** Adds entries of one point inside the server: a client that has to send them cannot be faster. */
const serverAlone = `
for i = ARGV[1], ARGV[1] + ARGV[2] - 1 do redis.call('XADD', KEYS[1], i .. '-1', 'payload', '8 bytes.') end
`;
const entriesPerCall = 2000;

async function secondsOfServer(url: string, points: number): Promise<number> {
  const redis = new Redis(url, { protocol: 2 });
  try {
    return await secondsOf(async () => {
      for (let i = 0; i < points; i += entriesPerCall) await redis.eval(serverAlone, 1, 'scalars', i, Math.min(entriesPerCall, points - i));
    });
  } finally {
    redis.disconnect();
  }
}

export function writingScalars({ url, peer, sizes: { points, peerPoints } }: Bench): Measurement {
  const ours = async (coalesce: boolean): Promise<Rates> => ({ write: points / (await writeScalars(url, points, coalesce)).seconds });
  return {
    title: 'Writing float64 points one by one',
    unit: 'points/s',
    contestants: [
      { name: us, run: () => ours(true), against: [{ name: python, atLeast: 200 }] },
      { name: `${us}, coalesce: false`, run: () => ours(false), against: [{ name: python, atLeast: 6 }] },
      { name: python, run: async () => ({ write: peerPoints / (await peer.ask('write_scalars', { url, points: peerPoints })).seconds }) },
      { name: 'Redis alone, a script of XADDs', run: async () => ({ write: peerPoints / (await secondsOfServer(url, peerPoints)) }), against: [{ name: python }] },
    ],
  };
}
