/** The rate of requests, where the clock is set. */
import { describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import { RequestRate } from '../../../lib/gateway/relay/request-rate.js';

describe('the rate', () => {
  it('does not wait for the time at which a clock was that has been set back', () => {
    const time = new VirtualTimeScheduler();
    time.frame = 3_600_000;
    const rate = new RequestRate(time);
    rate.count(1000);
    expect(rate.wait).toBe(0);
    rate.count(1);
    expect(rate.wait).toBe(2);
    time.frame = 0;
    expect(rate.wait).toBe(0);
    rate.count(1);
    expect(rate.wait).toBe(2);
  });
});
