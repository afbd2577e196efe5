/** The reader of the demonstration: finds the scan, follows its state and its four streams, and checks every point. */
import { count, first, forkJoin, map, mergeMap, switchMap, tap, toArray, type Observable } from 'rxjs';
import { scanStateName, type DataStore, type PointValue, type Scan, type StreamType } from '../../index.js';
import { isCorrect, pointBytes, type StreamName } from './demo-streams.js';
import type { Progress } from './progress.js';

/** The result of the reader, once the scan is closed and all streams have ended. */
export interface Followed {
  readonly states: readonly string[];
  readonly endReason: unknown;
}

/** Follows the first scan after `timetag` to its end, and emits once. */
export const followDemo = (store: DataStore, timetag: string, progress: Progress): Observable<Followed> =>
  store.scansSince(timetag).pipe(
    first(),
    mergeMap(({ key }) => store.loadScan(key)),
    tap((scan) => progress.say(`discovered ${scan.identity.name} #${scan.identity.number} (${scan.key})`)),
    mergeMap((scan) =>
      forkJoin([
        states(scan, progress),
        metadata(scan),
        checked(scan, 'diode', 'float64', isCorrect.diode, progress),
        checked(scan, 'spectrum', 'int32[]', isCorrect.spectrum, progress),
        checked(scan, 'image', 'uint16[]', isCorrect.image, progress),
        checked(scan, 'log', 'json', isCorrect.log, progress),
      ]),
    ),
    map(([seen, endReason]) => ({ states: seen, endReason })),
  );

const states = (scan: Scan, progress: Progress): Observable<readonly string[]> =>
  scan.state$.pipe(
    map(scanStateName),
    tap((name) => progress.say(`state ${name}`)),
    toArray(),
  );

const metadata = (scan: Scan): Observable<unknown> =>
  scan.info$.pipe(
    toArray(),
    map((infos) => infos.at(-1)?.['end_reason']),
  );

/** Reads a stream to its end; emits the number of points. */
const checked = <T extends StreamType>(
  scan: Scan,
  name: StreamName,
  type: T,
  correct: (index: number, value: PointValue<T>) => boolean,
  progress: Progress,
): Observable<number> =>
  scan.stream(name, type).pipe(
    switchMap((stream) => stream.points$),
    tap(({ index, value }) => progress.read(name, index, pointBytes[name], correct(index, value))),
    count(),
  );
