/** The bridge from Observables that emit once, and from Promises, to fp-ts. */
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { firstValueFrom, isObservable, type Observable } from 'rxjs';
import { isBlissdataError, type BlissdataError } from './errors.js';

/**
 * A task that subscribes (or calls) when it is run, and gives the first value or the `BlissdataError`. Anything else that is
 * thrown is a bug, not a failure, and rejects the task.
 *
 * @example
 * const scan = toTaskEither(() => store.loadScan(key));
 */
export const toTaskEither =
  <A>(make: () => Observable<A> | Promise<A>): TE.TaskEither<BlissdataError, A> =>
  async () => {
    try {
      const made = make();
      return { _tag: 'Right', right: await (isObservable(made) ? firstValueFrom(made) : made) };
    } catch (error) {
      if (isBlissdataError(error)) return { _tag: 'Left', left: error };
      throw error;
    }
  };
