/** The demonstration's reader: finds the scan, follows its state and all four streams, and checks every point. */
import { count, first, forkJoin, map, mergeMap, switchMap, tap, toArray, type Observable } from 'rxjs';
import { scanStateName, type DataStore, type PointValue, type Scan, type StreamType } from '../../index.js';
import { isRight, pointBytes, type StreamName } from './demo-streams.js';
import type { Progress } from './progress.js';

/** What the reader saw, once the scan is closed and all streams are read to their ends. */
export interface Seen {
  readonly states: readonly string[];
  readonly endReason: unknown;
}

/** Waits for the first scan after `timetag`, follows it to its end, and emits once. */
export const followDemo = (store: DataStore, timetag: string, progress: Progress): Observable<Seen> =>
  store.scansSince(timetag).pipe(
    first(),
    mergeMap(({ key }) => store.loadScan(key)),
    tap((scan) => progress.say(`discovered ${scan.identity.name} #${scan.identity.number} (${scan.key})`)),
    mergeMap((scan) =>
      forkJoin([
        states(scan, progress),
        metadata(scan),
        checked(scan, 'diode', 'float64', isRight.diode, progress),
        checked(scan, 'spectrum', 'int32[]', isRight.spectrum, progress),
        checked(scan, 'image', 'uint16[]', isRight.image, progress),
        checked(scan, 'log', 'json', isRight.log, progress),
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

/** Reads one stream to its end; emits how many points there were. */
const checked = <T extends StreamType>(
  scan: Scan,
  name: StreamName,
  type: T,
  right: (index: number, value: PointValue<T>) => boolean,
  progress: Progress,
): Observable<number> =>
  scan.stream(name, type).pipe(
    switchMap((stream) => stream.points$),
    tap(({ index, value }) => progress.read(name, index, pointBytes[name], right(index, value))),
    count(),
  );
