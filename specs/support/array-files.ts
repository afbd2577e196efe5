/** Files of arrays that lie in memory, and count what is read of them. */
import { defer, delay, map, of, type Observable, type SchedulerLike } from 'rxjs';
import { pointCount } from '../../lib/model/chunk-data.js';
import type { NdArray } from '../../lib/model/nd-array.js';
import { sliceRows } from '../../lib/model/rows.js';
import type { ArrayFiles, ArrayPlace } from '../../lib/ports/files.js';

interface Timing {
  readonly scheduler: SchedulerLike;
  /** How many ms a read takes. */
  readonly latency: number;
}

export class FilesInMemory implements ArrayFiles {
  /** The places of what was read, each as `file:dataset start-stop`. */
  readonly reads: string[] = [];
  private readonly arrays = new Map<string, NdArray>();

  constructor(private readonly timing?: Timing) {}

  /** Puts an array in place, or another one in its stead: its first axis counts the points. */
  put(file: string, dataset: string, array: NdArray): void {
    this.arrays.set(`${file}:${dataset}`, array);
  }

  length(place: ArrayPlace): Observable<number> {
    return this.answer(() => pointCount(this.at(place)));
  }

  read(place: ArrayPlace, start: number, stop: number): Observable<NdArray> {
    return defer(() => {
      this.reads.push(`${place.file}:${place.dataset} ${start}-${stop}`);
      return this.answer(() => {
        const array = this.at(place);
        const end = Math.min(stop, pointCount(array));
        return sliceRows(array, Math.min(start, end), end);
      });
    });
  }

  private at({ file, dataset }: ArrayPlace): NdArray {
    const array = this.arrays.get(`${file}:${dataset}`);
    if (array === undefined) throw new Error(`there is no ${dataset} in ${file}`);
    return array;
  }

  private answer<A>(look: () => A): Observable<A> {
    const { timing } = this;
    const answer$ = defer(() => of(look()));
    return timing === undefined ? answer$ : of(undefined).pipe(delay(timing.latency, timing.scheduler), map(look));
  }
}
