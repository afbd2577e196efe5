/** What an Observable over a database without latency emits at its subscription. */
import type { Observable } from 'rxjs';

export function atOnce<A>(source$: Observable<A>): A {
  const found: A[] = [];
  source$.subscribe((value) => found.push(value)).unsubscribe();
  const [value] = found;
  if (value === undefined) throw new Error('nothing was emitted at once');
  return value;
}
