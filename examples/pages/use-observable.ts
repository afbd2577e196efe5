// A hook for React: the newest value of an Observable, for as long as the component is there.
import { useEffect, useState } from 'react';
import type { Observable } from 'rxjs';

/** Subscribes when the component appears and unsubscribes when it goes. An error goes to the nearest error boundary. */
export function useObservable<A, B>(source$: Observable<A>, initial: B): A | B {
  const [value, setValue] = useState<A | B>(initial);
  useEffect(() => {
    setValue(() => initial);
    const subscription = source$.subscribe({
      next: (next) => setValue(() => next),
      error: (error: unknown) =>
        setValue(() => {
          throw error;
        }),
    });
    return () => subscription.unsubscribe();
    // The initial value is that of the first rendering.
  }, [source$]);
  return value;
}
