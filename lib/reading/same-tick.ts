/** Shares requests: callers that need the same answer within one tick send one request. */
import { concat, defer, finalize, Observable, share } from 'rxjs';
import type { EndOfTick } from '../model/end-of-tick.js';

/** Only requests that were not sent yet are shared: an answer under way may be older than the change that caused the next request. */
export class SameTick {
  private readonly gathering = new Map<string, Observable<unknown>>();

  /** @param endOfTick when gathered requests are sent */
  constructor(private readonly endOfTick: EndOfTick) {}

  /** Mirrors the request, shared by all callers that give the same key within one tick. */
  share<A>(key: string, request: () => Observable<A>): Observable<A>;
  share(key: string, request: () => Observable<unknown>): Observable<unknown> {
    return defer(() => {
      const present$ = this.gathering.get(key);
      if (present$ !== undefined) return present$;
      const forget = (): void => {
        if (this.gathering.get(key) === shared$) this.gathering.delete(key);
      };
      const shared$: Observable<unknown> = concat(
        new Observable<never>((subscriber) => this.endOfTick.schedule(() => subscriber.complete())),
        defer(() => {
          forget();
          return request();
        }),
      ).pipe(finalize(forget), share());
      this.gathering.set(key, shared$);
      return shared$;
    });
  }
}
