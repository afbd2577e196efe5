/** The example of the documentation: one scan of four streams, published whole, then read back whole. */
import { forkJoin, switchMap, tap, type Observable } from 'rxjs';
import { json, numeric, type Chunk, type Scan, type ScanWriter, type StreamType } from '../../lib/index.js';
import { published, python, secondsToRead, us, type Bench } from './bench.js';
import type { Measurement, Rates } from './measurement.js';
import { Checker, documentAt, imageAt, imageBytes, imageShape, scalarAt, spectrumAt, spectrumBytes, spectrumShape } from './points.js';

const declare = (scan: ScanWriter) => ({
  diode: scan.createStream('diode', numeric('float64')),
  spectrum: scan.createStream('spectrum', numeric('int32', spectrumShape)),
  image: scan.createStream('image', numeric('uint16', imageShape)),
  log: scan.createStream('log', json()),
});

async function publish({ diode, spectrum, image, log }: ReturnType<typeof declare>, points: number): Promise<void> {
  const streams = [diode, spectrum, image, log];
  for (let i = 0; i < points; i++) {
    const room = [diode.send(scalarAt(i)), spectrum.send(spectrumAt(i)), image.send(imageAt(i)), log.send(documentAt(i))];
    if (room.includes(false)) await Promise.all(streams.map((stream) => stream.ready()));
  }
  await Promise.all(streams.map((stream) => stream.flush()));
}

function readBack(scan: Scan, points: number): Observable<unknown> {
  const checked = <T extends StreamType>(name: string, type: T, check: (checker: Checker, chunk: Chunk<T>) => void): Observable<unknown> => {
    const checker = new Checker(name, points);
    return scan.stream(name, type).pipe(
      switchMap((stream) => stream.chunks$),
      tap({ next: (chunk) => check(checker, chunk), complete: () => checker.end() }),
    );
  };
  return forkJoin([
    checked('diode', 'float64', (checker, { data }) => checker.scalars(data)),
    checked('spectrum', 'int32[]', (checker, { data }) => checker.arrays(data, spectrumAt)),
    checked('image', 'uint16[]', (checker, { data }) => checker.arrays(data, imageAt)),
    checked('log', 'json', (checker, { data }) => checker.documents(data)),
  ]);
}

export function example({ url, peer, sizes: { examplePoints: points } }: Bench): Measurement {
  const megabytes = (points * (8 + spectrumBytes + imageBytes + JSON.stringify(documentAt(0)).length)) / 1e6;
  const rates = (publishing: number, reading: number): Rates => ({
    publish: megabytes / publishing,
    read: megabytes / reading,
    both: megabytes / (publishing + reading),
  });
  const ours = async (): Promise<Rates> => {
    const { scan, seconds } = await published(url, declare, (streams) => publish(streams, points));
    return rates(seconds, await secondsToRead(url, scan, (loaded) => readBack(loaded, points)));
  };
  const theirs = async (): Promise<Rates> => {
    const { scan, seconds } = await peer.ask('write_example', { url, points });
    const reading = await peer.ask('read_example', { url, scan, points });
    return rates(seconds, reading.seconds);
  };
  const bars = Object.entries({ publish: 2, read: 1.3, both: 1.6 }).map(([figure, atLeast]) => ({ name: python, figure, atLeast }));
  return {
    title: `The example: ${points} points each of float64, int32 (4096,), uint16 (1024, 100) and JSON`,
    unit: 'MB/s',
    contestants: [
      { name: us, run: ours, against: bars },
      { name: python, run: theirs },
    ],
  };
}
