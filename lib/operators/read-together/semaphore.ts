/** Limits how many Observables run at once; the others wait in order of arrival. */
import { Observable, type Subscriber } from 'rxjs';

interface Waiting {
  readonly begin: () => void;
  readonly subscriber: Subscriber<unknown>;
}

export class Semaphore {
  private running = 0;
  private readonly queue: Waiting[] = [];

  constructor(private readonly limit: number) {}

  /** Mirrors the work, which begins when a place is free. */
  run<A>(work$: Observable<A>): Observable<A> {
    return new Observable((subscriber) => {
      const begin = (): void => {
        this.running++;
        subscriber.add(() => {
          this.running--;
          this.beginNext();
        });
        subscriber.add(work$.subscribe(subscriber));
      };
      this.queue.push({ begin, subscriber });
      this.beginNext();
    });
  }

  /** Begins no more work. */
  close(): void {
    this.queue.length = 0;
  }

  private beginNext(): void {
    while (this.running < this.limit) {
      const next = this.queue.shift();
      if (next === undefined) return;
      if (!next.subscriber.closed) next.begin();
    }
  }
}
