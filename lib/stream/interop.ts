/** Makes RxJS take what is iterated over for an Observable, wherever it takes one: `from(stream)`, and what is returned to `mergeMap`. */
import { Observable } from 'rxjs';

/** By itself it would hear of nobody listening any more only when the next value comes. */
const iterated = <A>(iterable: AsyncIterable<A>): Observable<A> =>
  new Observable((subscriber) => {
    const iterator = iterable[Symbol.asyncIterator]();
    subscriber.add(() => void iterator.return?.());
    const read = async (): Promise<void> => {
      while (!subscriber.closed) {
        const result = await iterator.next();
        if (result.done === true) break;
        subscriber.next(result.value);
      }
      subscriber.complete();
    };
    read().catch((error: unknown) => subscriber.error(error));
  });

/** The names by which RxJS knows what can be made an Observable: the latter where somebody has defined it before RxJS was loaded. */
const names: readonly PropertyKey[] = ['@@observable', ...(typeof Symbol.observable === 'symbol' ? [Symbol.observable] : [])];

export function observableOfIterated(prototype: AsyncIterable<unknown>): void {
  const value = function (this: AsyncIterable<unknown>): Observable<unknown> {
    return iterated(this);
  };
  for (const name of names) Object.defineProperty(prototype, name, { value });
}
