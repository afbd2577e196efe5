/** The bridge to fp-ts from Promises and from Observables that emit once. */
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { firstValueFrom, isObservable, type Observable } from 'rxjs';
import { isBlissdataError, type BlissdataError } from './errors.js';

/**
 * A task that calls `make` when it is run, and resolves to the first value or to the `BlissdataError`. Any other error is a bug, not a
 * failure, and rejects the task.
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
