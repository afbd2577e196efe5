/** Timers of any length: in virtual time, in a time whose longest timers fire at once as native ones do, and natively. */
import { describe, expect, it } from '@jest/globals';
import { asyncScheduler, firstValueFrom, merge, take, type Observable } from 'rxjs';
import { after, doAfter, every, requirePeriod, requireTime } from '../../lib/model/time.js';
import { NativeTime } from '../support/native-time.js';
import { virtually } from '../support/virtual-time.js';

/** At which moments it emits and completes, up to a moment. */
function momentsOf(make: (time: NativeTime) => Observable<unknown>, until: number): readonly (number | string)[] {
  const time = new NativeTime();
  const moments: (number | string)[] = [];
  make(time).subscribe({ next: () => moments.push(time.now()), complete: () => moments.push('|') });
  time.runTo(until);
  return moments;
}

describe('after', () => {
  it('emits once and completes', () => {
    virtually(({ expectObservable }, scheduler) => {
      expectObservable(after(4, scheduler)).toBe('----(0|)', [0]);
      expectObservable(after(0, scheduler)).toBe('(0|)', [0]);
      expectObservable(after(-4, scheduler)).toBe('(0|)', [0]);
      expectObservable(after(Infinity, scheduler)).toBe('------');
    });
  });

  it('leaves nothing behind once unsubscribed', () => {
    const time = new NativeTime();
    const waiting = after(2 ** 32, time).subscribe();
    time.runTo(2 ** 31);
    waiting.unsubscribe();
    time.runTo(2 ** 40);
    expect(time.actions).toEqual([]);
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 2, 2 ** 32, 2 ** 35 + 7, 1.5 * 2 ** 31])('waits %p ms', (ms) => {
    expect(momentsOf((time) => after(ms, time), 2 ** 36)).toEqual([ms, '|']);
  });

  it.each([Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Infinity])('waits %p ms', (ms) => {
    expect(momentsOf((time) => after(ms, time), 2 ** 40)).toEqual([]);
  });
});

describe('every', () => {
  it('emits once a period', () => {
    virtually(({ expectObservable }, scheduler) => {
      expectObservable(every(4, scheduler).pipe(take(3))).toBe('----0---1---(2|)', [0, 1, 2]);
      expectObservable(every(Infinity, scheduler)).toBe('------');
    });
  });

  it('ends with its subscription', () => {
    virtually(({ expectObservable }, scheduler) => {
      expectObservable(every(2, scheduler), '^----!').toBe('--0-1-', [0, 1]);
    });
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 3])('of %p ms keeps its period', (ms) => {
    expect(momentsOf((time) => every(ms, time), 3 * ms + 1)).toEqual([ms, 2 * ms, 3 * ms]);
  });

  it.each([Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Infinity])('of %p ms waits', (ms) => {
    expect(momentsOf((time) => every(ms, time), 2 ** 40)).toEqual([]);
  });
});

describe('doAfter', () => {
  it('does the work once, unless it is called off', () => {
    const time = new NativeTime();
    const done: number[] = [];
    doAfter(2 ** 31, time, () => done.push(time.now()));
    doAfter(2 ** 31, time, () => done.push(-1)).unsubscribe();
    time.runTo(2 ** 33);
    expect(done).toEqual([2 ** 31]);
  });
});

it('native timers wait as well', async () => {
  const long = [2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, Infinity].flatMap((ms) => [after(ms, asyncScheduler), every(ms, asyncScheduler)]);
  const fired: unknown[] = [];
  const waiting = merge(...long).subscribe((value) => fired.push(value));
  // Where one of them were to fire at once, it would long before this.
  await firstValueFrom(after(50, asyncScheduler));
  expect(fired).toEqual([]);
  waiting.unsubscribe();
});

it.each([NaN, -1, '5', undefined])('%p is no time', (ms) => {
  expect(() => requireTime('period', ms)).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'period' }));
  expect(() => requirePeriod('period', ms)).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'period' }));
});

it.each([1, 2 ** 31, Number.MAX_VALUE, Infinity])('%p ms is one', (ms) => {
  expect(() => requireTime('period', ms)).not.toThrow();
  expect(() => requirePeriod('period', ms)).not.toThrow();
});
