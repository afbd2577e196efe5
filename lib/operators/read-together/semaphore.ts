/** Limits how much work is done at once; the rest waits in order of arrival. */
import { defer, EMPTY, finalize, from, Observable, type ObservableInput, type Subscriber } from 'rxjs';

// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- functions that return nothing are welcome
type Work<A> = () => ObservableInput<A> | void;

interface Waiting {
  readonly begin: () => void;
  readonly subscriber: Subscriber<unknown>;
}

export class Semaphore {
  private running = 0;
  private isBeginning = false;
  private readonly queue: Waiting[] = [];

  constructor(private readonly limit: number) {}

  /** Does the work: at once if there is a place, with no result if it is done at once; otherwise when the result is subscribed to and there is one. */
  run<A>(work: Work<A>): Observable<A> | undefined {
    if (this.running >= this.limit || this.queue.length > 0) return this.later(defer(() => work() ?? EMPTY));
    this.running++;
    let result$: Observable<A> | undefined;
    try {
      const results = work();
      if (results !== undefined) result$ = from(results).pipe(finalize(() => this.leave()));
    } finally {
      if (result$ === undefined) this.leave();
    }
    return result$;
  }

  /** Begins no more work. */
  close(): void {
    this.queue.length = 0;
  }

  private later<A>(work$: Observable<A>): Observable<A> {
    return new Observable((subscriber) => {
      const begin = (): void => {
        this.running++;
        subscriber.add(() => this.leave());
        subscriber.add(work$.subscribe(subscriber));
      };
      this.queue.push({ begin, subscriber });
      this.beginNext();
    });
  }

  private leave(): void {
    this.running--;
    this.beginNext();
  }

  /** Never nested: work that is done at once would pile up calls. */
  private beginNext(): void {
    if (this.isBeginning) return;
    this.isBeginning = true;
    while (this.running < this.limit) {
      const next = this.queue.shift();
      if (next === undefined) break;
      if (!next.subscriber.closed) next.begin();
    }
    this.isBeginning = false;
  }
}
