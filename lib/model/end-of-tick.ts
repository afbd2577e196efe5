/** When work that is gathered during a tick is done: as RxJS' asapScheduler, in a tenth of its size. */
import { Subscription } from 'rxjs';

/** Any scheduler of RxJS is one. */
export interface EndOfTick {
  schedule(work: () => void): Subscription;
}

/** After the present job, before any timer, input or output. */
export const endOfJob: EndOfTick = {
  schedule: (work) => {
    const scheduled = new Subscription();
    queueMicrotask(() => {
      if (!scheduled.closed) work();
    });
    return scheduled;
  },
};
