/** How what is asked of the SDK ends: with which error, after which values. */
import { isObservable, lastValueFrom, ReplaySubject, type Observable } from 'rxjs';

/** What it fails with; that it does not fail is an error of the test. */
export async function failureOf(made: Observable<unknown> | Promise<unknown> | (() => unknown)): Promise<unknown> {
  let value: unknown;
  try {
    const outcome = typeof made === 'function' ? made() : made;
    value = await (isObservable(outcome) ? lastValueFrom(outcome, { defaultValue: 'completion' }) : outcome);
  } catch (error) {
    return error;
  }
  throw new Error(`It should have failed, but gave ${String(value)}`);
}

/** Subscribes at once, and replays everything to later subscribers. */
export function following<A>(source$: Observable<A>): Observable<A> {
  const seen$ = new ReplaySubject<A>(Infinity);
  source$.subscribe(seen$);
  return seen$;
}
