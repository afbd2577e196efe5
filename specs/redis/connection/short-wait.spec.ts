/** Turning the event loop while a reply is due, for as long as that pays. */
import { describe, expect, it } from '@jest/globals';
import { ShortWait } from '../../../lib/redis/connection/short-wait.js';

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** A wait that counts how often it looked whether the reply is still due. */
function givenWait() {
  const seen = { due: true, looks: 0 };
  const wait = new ShortWait(() => {
    seen.looks++;
    return seen.due;
  });
  /** Until it has ended. */
  const ended = async (): Promise<number> => {
    for (let before = -1; before !== seen.looks; ) {
      before = seen.looks;
      await turn();
      await turn();
    }
    return seen.looks;
  };
  return { seen, wait, ended };
}

describe('a short wait', () => {
  it('ends with the reply', async () => {
    const { seen, wait, ended } = givenWait();
    seen.due = false;
    wait.begin();
    expect(await ended()).toBe(1);
    wait.begin();
    expect(await ended()).toBe(2);
  });

  it('ends without one, and after such waits is not tried for more and more requests', async () => {
    const { seen, wait, ended } = givenWait();
    let looks = 0;
    const waited: boolean[] = [];
    for (let request = 0; request < 12; request++) {
      wait.begin();
      const now = await ended();
      waited.push(now > looks);
      looks = now;
    }
    expect(waited).toEqual([true, false, true, false, false, false, true, false, false, false, false, false]);
    seen.due = false;
    for (let request = 0; request < 3; request++) wait.begin();
    expect(await ended()).toBe(looks + 1);
    // A reply in time counts: the next one is waited for again.
    wait.begin();
    expect(await ended()).toBe(looks + 2);
  });
});
