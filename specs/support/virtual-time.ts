/** Runs a test in virtual time, with Jest's comparison. */
import { expect } from '@jest/globals';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';

export const virtually = (test: (helpers: RunHelpers, scheduler: TestScheduler) => void): void => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run((helpers) => test(helpers, scheduler));
};
