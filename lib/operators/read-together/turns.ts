/** Lets so many work at once; the others wait for their turn, in the order in which they came. */
import { Observable, type Subscriber } from 'rxjs';

interface Waiting {
  readonly begin: () => void;
  readonly subscriber: Subscriber<unknown>;
}

export class Turns {
  private working = 0;
  private readonly queue: Waiting[] = [];

  constructor(private readonly atOnce: number) {}

  /** Emits what the work emits, which begins when it is its turn. */
  take<A>(work$: Observable<A>): Observable<A> {
    return new Observable((subscriber) => {
      const begin = (): void => {
        this.working++;
        subscriber.add(() => {
          this.working--;
          this.goOn();
        });
        subscriber.add(work$.subscribe(subscriber));
      };
      this.queue.push({ begin, subscriber });
      this.goOn();
    });
  }

  /** Nobody's turn comes any more. */
  close(): void {
    this.queue.length = 0;
  }

  private goOn(): void {
    while (this.working < this.atOnce) {
      const next = this.queue.shift();
      if (next === undefined) return;
      if (!next.subscriber.closed) next.begin();
    }
  }
}
