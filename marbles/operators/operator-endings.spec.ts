/**
 * How every operator ends: with its source, or because the subscriber leaves. The same cases for all of them.
 *
 * ```
 * source:      -p--#
 * operator():  -p--#
 * subscribed:  ^---!
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { map, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { ScanState } from '../../lib/model/scan-state.js';
import type { Chunk } from '../../lib/model/stream-type.js';
import { bufferPoints, downsample, lag, latestTogether, publishTo, rate, retryBackoff, untilState, zipByIndex } from '../../lib/operators.js';
import { floats } from '../../specs/operators/chunks.js';
import { virtualStreams } from '../../specs/operators/virtual-streams.js';
import { held } from '../../specs/support/subscription-logs.js';
import { virtualStream } from '../../specs/support/virtual-stream.js';
import { virtually } from '../../specs/support/virtual-time.js';

type Source = Observable<Chunk<'float64'>>;

/** An operator on virtual time, and what must hold once it has ended. */
interface Applied {
  readonly result$: Observable<unknown>;
  readonly nothingIsHeld?: () => void;
}

/** Each gives something for the chunk that comes, but for those that measure. */
const mirroring: readonly (readonly [string, (source$: Source, scheduler: TestScheduler) => Applied])[] = [
  ['bufferPoints', (source$) => ({ result$: source$.pipe(bufferPoints(1)) })],
  ['downsample by minMax', (source$) => ({ result$: source$.pipe(downsample({ bucket: 1 })) })],
  ['downsample by lttb', (source$) => ({ result$: source$.pipe(downsample({ bucket: 1, method: 'lttb' })) })],
  ['retryBackoff', (source$, scheduler) => ({ result$: source$.pipe(retryBackoff({ scheduler })) })],
  ['latestTogether', (source$) => ({ result$: latestTogether({ a: source$ }) })],
  ['zipByIndex', (source$) => ({ result$: zipByIndex({ a: source$ }) })],
  [
    'untilState',
    (source$, scheduler) => {
      const { openScan, database } = virtualStreams(scheduler);
      return { result$: source$.pipe(untilState(openScan, ScanState.CLOSED)), nothingIsHeld: () => expect(held(database)).toEqual([]) };
    },
  ],
];

const measuring: typeof mirroring = [
  ['rate', (source$, scheduler) => ({ result$: source$.pipe(rate({ period: 10, scheduler })) })],
  [
    'lag',
    (source$, scheduler) => {
      const { streams, database } = virtualStreams(scheduler, 'a');
      return { result$: source$.pipe(lag(streams.a.length(), { period: 10, scheduler })), nothingIsHeld: () => expect(held(database)).toEqual([]) };
    },
  ],
];

/** Its end waits for a Promise of the server's, which virtual time does not see: see specs/operators. */
const publishing: typeof mirroring = [
  [
    'publishTo',
    (source$, scheduler) => {
      const { writer } = virtualStream(scheduler);
      return { result$: source$.pipe(map(() => 'a'), publishTo(writer)) };
    },
  ],
];

const chunks = { p: floats(0, [1]) };

describe.each([...mirroring, ...measuring, ...publishing])('%s', (_, apply) => {
  it('does nothing before it is subscribed to', () => {
    virtually(({ cold, expectSubscriptions }, scheduler) => {
      const source$ = cold<Chunk<'float64'>>('p|', chunks);

      apply(source$, scheduler);
      expectSubscriptions(source$.subscriptions).toBe([]);
    });
  });

  it('never emits for a source that never does, and leaves it when it is left', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const source$ = cold<Chunk<'float64'>>('------', chunks);
      const unsub = '    ^----!';
      const expected = ' ------';

      const { result$, nothingIsHeld } = apply(source$, scheduler);
      expectObservable(result$, unsub).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(unsub);
      flush();
      nothingIsHeld?.();
    });
  });

  it('errors at once with a source that fails from the start', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const source$ = cold<Chunk<'float64'>>('#', chunks);
      const subscribed = '(^!)';
      const expected = '  #';

      const { result$, nothingIsHeld } = apply(source$, scheduler);
      expectObservable(result$).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
      flush();
      nothingIsHeld?.();
    });
  });

  it('starts anew for each subscriber', () => {
    virtually(({ cold, expectSubscriptions, expectObservable }, scheduler) => {
      const source$ = cold<Chunk<'float64'>>('------', chunks);
      const unsub1 = '  ^--!';
      const unsub2 = '  --^--!';
      const expected = '------';

      const { result$ } = apply(source$, scheduler);
      expectObservable(result$, unsub1).toBe(expected);
      expectObservable(result$, unsub2).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe([unsub1, unsub2]);
    });
  });
});

describe.each([...mirroring, ...measuring])('%s', (_, apply) => {
  it('completes at once for an empty source', () => {
    virtually(({ cold, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const source$ = cold<Chunk<'float64'>>('|', chunks);
      const subscribed = '(^!)';
      const expected = '  |';

      const { result$, nothingIsHeld } = apply(source$, scheduler);
      expectObservable(result$).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
      flush();
      nothingIsHeld?.();
    });
  });
});

describe.each(mirroring)('%s', (_, apply) => {
  const applied = (source$: Source, scheduler: TestScheduler): Applied => {
    const { result$, ...rest } = apply(source$, scheduler);
    return { ...rest, result$: result$.pipe(map(() => 'p')) };
  };

  it('emits what comes, and completes with the source', () => {
    virtually(({ hot, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const source$ = hot<Chunk<'float64'>>('-p--|', chunks);
      const subscribed = '^---!';
      const expected = '  -p--|';

      const { result$, nothingIsHeld } = applied(source$, scheduler);
      expectObservable(result$).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
      flush();
      nothingIsHeld?.();
    });
  });

  it('errors at once when the source does', () => {
    virtually(({ hot, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const source$ = hot<Chunk<'float64'>>('-p--#', chunks);
      const subscribed = '^---!';
      const expected = '  -p--#';

      const { result$, nothingIsHeld } = applied(source$, scheduler);
      expectObservable(result$).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
      flush();
      nothingIsHeld?.();
    });
  });

  it('leaves the source when it is left', () => {
    virtually(({ hot, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const source$ = hot<Chunk<'float64'>>('-p---p', chunks);
      const unsub = '     ^--!';
      const expected = '  -p--';

      const { result$, nothingIsHeld } = applied(source$, scheduler);
      expectObservable(result$, unsub).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(unsub);
      flush();
      nothingIsHeld?.();
    });
  });
});

describe.each(measuring)('%s', (_, apply) => {
  it('errors at once when the source does, within a period', () => {
    virtually(({ hot, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const source$ = hot<Chunk<'float64'>>('-p--#', chunks);
      const subscribed = '^---!';
      const expected = '  ----#';

      const { result$, nothingIsHeld } = apply(source$, scheduler);
      expectObservable(result$).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(subscribed);
      flush();
      nothingIsHeld?.();
    });
  });

  it('leaves the source when it is left, within a period, and starts no other', () => {
    virtually(({ hot, expectObservable, expectSubscriptions, flush }, scheduler) => {
      const source$ = hot<Chunk<'float64'>>('-p---', chunks);
      const unsub = '     ^--!';
      const expected = '  ----';

      const { result$, nothingIsHeld } = apply(source$, scheduler);
      expectObservable(result$, unsub).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(unsub);
      flush();
      nothingIsHeld?.();
    });
  });
});
