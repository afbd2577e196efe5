/** The limit on work: what waits begins in order of arrival, however much of it there is. */
import { describe, expect, it } from '@jest/globals';
import { Subject } from 'rxjs';
import { Semaphore } from '../../../lib/operators/read-together/semaphore.js';

describe('Semaphore', () => {
  it('does thousands of waiting pieces of work one after another, each done at once', () => {
    const semaphore = new Semaphore(1);
    const first = new Subject<never>();
    semaphore.run(() => first)?.subscribe();
    const numbers = Array.from({ length: 20_000 }, (_, i) => i);
    const begun: number[] = [];
    const failed: unknown[] = [];
    for (const i of numbers) semaphore.run(() => void begun.push(i))?.subscribe({ error: (error: unknown) => failed.push(error) });
    expect(begun).toEqual([]);

    first.complete();
    expect(failed).toEqual([]);
    expect(begun).toEqual(numbers);
  });
});
