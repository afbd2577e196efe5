/** Two requests that are sent together. */
import { Observable } from 'rxjs';

/** Emits both answers once they have come, and completes. Errors as the first one does. */
export const both = <A, B>(first$: Observable<A>, second$: Observable<B>): Observable<readonly [A, B]> =>
  new Observable((subscriber) => {
    let first: readonly [A] | undefined;
    let second: readonly [B] | undefined;
    const emit = (): void => {
      if (first === undefined || second === undefined) return;
      subscriber.next([...first, ...second]);
      subscriber.complete();
    };
    const error = (reason: unknown): void => subscriber.error(reason);
    subscriber.add(first$.subscribe({ next: (answer) => { first = [answer]; emit(); }, error }));
    subscriber.add(second$.subscribe({ next: (answer) => { second = [answer]; emit(); }, error }));
  });
