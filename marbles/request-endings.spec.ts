/**
 * How requests for the points at some indices end: the same cases for all of them. A call takes 4 ms; all ask first how far the
 * stream has come.
 *
 * ```
 * heads:   ^---!
 * at(0):   --------(v|)
 * left:    ^-!             the request is given up
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { map, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { blissdataError } from '../lib/model/errors.js';
import type { Stream } from '../lib/stream/stream.js';
import { nothingIsHeld, virtualStream, type VirtualStream } from '../specs/support/virtual-stream.js';
import { virtually } from '../specs/support/virtual-time.js';

/** Each with the frames in which it completes. */
const requests: readonly (readonly [string, (stream: Stream<'json'>) => Observable<unknown>, string])[] = [
  ['at', (stream) => stream.at(0), '--------(v|)'],
  ['slice', (stream) => stream.slice({ start: 0, stop: 2 }), '--------(v|)'],
  ['length', (stream) => stream.length(), '----(v|)'],
];

describe.each(requests)('%s', (_, request, completed) => {
  const written = (scheduler: TestScheduler): VirtualStream => {
    const virtual = virtualStream(scheduler, { latency: 4 });
    for (const letter of 'ab') virtual.scan.append('diode', JSON.stringify(letter));
    return virtual;
  };

  it('errors with what the database errors with', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = written(scheduler);
      const requested = '^---!';
      const expected = ' ----#';

      const error = blissdataError('Disconnected', { url: virtual.database.url, reason: 'test' });
      virtual.memory.failNext('heads', error);
      expectObservable(request(virtual.stream)).toBe(expected, undefined, error);
      expectSubscriptions(virtual.database.subscriptions.heads).toBe(requested);
      flush();
      nothingIsHeld(virtual);
    });
  });

  it('gives up the request under way when the subscriber leaves', () => {
    virtually(({ expectObservable, expectSubscriptions, flush }, scheduler) => {
      const virtual = written(scheduler);
      const unsub = '   ^-!';
      const expected = '---';

      expectObservable(request(virtual.stream), unsub).toBe(expected);
      expectSubscriptions(virtual.database.subscriptions.heads).toBe(unsub);
      flush();
      nothingIsHeld(virtual);
      expect(scheduler.now()).toBe(2);
    });
  });

  it('completes after its answer', () => {
    virtually(({ expectObservable, flush }, scheduler) => {
      const virtual = written(scheduler);
      const completed$ = request(virtual.stream).pipe(map(() => 'v'));

      expectObservable(completed$, '^ 20ms !').toBe(completed);
      flush();
      nothingIsHeld(virtual);
    });
  });
});
