/** Virtual time in which promises are kept: whatever was promised at one moment has settled before the next one comes. */
import { VirtualTimeScheduler } from 'rxjs';

export class SteppedTime extends VirtualTimeScheduler {
  /** Goes on by so many ms, from one moment at which something is scheduled to the next. */
  async advance(ms: number): Promise<void> {
    const end = this.frame + ms;
    await settled();
    for (let next = this.actions[0]; next !== undefined && next.delay <= end; next = this.actions[0]) {
      this.maxFrames = next.delay;
      this.flush();
      await settled();
    }
    this.frame = end;
  }

  /** What a promise comes to within so many ms. */
  async outcomeOf<A>(promise: Promise<A>, ms: number): Promise<A> {
    const tooLate = Symbol('too late');
    const late = this.advance(ms).then(() => tooLate);
    const outcome = await Promise.race([promise, late]);
    await late;
    if (typeof outcome === 'symbol') throw new Error(`nothing came of it within ${ms} ms`);
    return outcome;
  }

  /** How many things are to be done yet, however far away. */
  get scheduled(): number {
    return this.actions.length;
  }
}

/** Everything that is promised and waits for no timer has settled by the next turn of the event loop. */
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
