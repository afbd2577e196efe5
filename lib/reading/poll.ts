/** The loop that everything live is made of: look, and if there is nothing, wait for a wake and look again. */
import { concat, defer, first, ignoreElements, repeat, type Observable } from 'rxjs';
import type { DirtyFlag } from './dirty-flag.js';

/**
 * Looks until something other than `undefined` is found, emits that, and completes.
 *
 * ```
 * wakes:   -----w----------w-
 * looks:   --u
 *               --u
 *                          --v
 * poll:    ------------------(v|)
 * ```
 *
 * A wake that comes while a look is under way makes it look once more, for the change may be newer than what the look saw.
 * `look` sends its (arming) read when it is subscribed to, and the alarm's mark is cleared right before that, never when the
 * answer arrives: the other order loses wakes. The look is told whether the mark was set.
 */
export function poll<A>(alarm: DirtyFlag, look: (woken: boolean) => Observable<A | undefined>): Observable<A> {
  return defer(() => look(alarm.clear())).pipe(
    repeat({ delay: () => alarm.next() }),
    first((found): found is A => found !== undefined),
  );
}

/** The same for one whose last look saw everything to the end, and armed the next wake: it need not look before that. */
export const pollFromEnd = <A>(alarm: DirtyFlag, look: (woken: boolean) => Observable<A | undefined>): Observable<A> =>
  concat(
    defer(() => alarm.next()).pipe(ignoreElements()),
    poll(alarm, look),
  );
