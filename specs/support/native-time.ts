/** Virtual time with the fault of native timers: one of 2^31 ms or more fires after 1 ms (HTML standard, "timers"; Node's documentation of `setTimeout`). */
import { VirtualAction, VirtualTimeScheduler, type Subscription } from 'rxjs';

class NativeAction<T> extends VirtualAction<T> {
  override schedule(state?: T, delay = 0): Subscription {
    return super.schedule(state, delay > 2 ** 31 - 1 || Number.isNaN(delay) ? 1 : delay);
  }
}

export class NativeTime extends VirtualTimeScheduler {
  constructor() {
    super(NativeAction);
    this.maxFrames = 0;
  }

  /** Lets time pass until that moment, in ms, and does all that is due by then. */
  runTo(ms: number): void {
    this.maxFrames = ms;
    this.flush();
    this.frame = ms;
  }
}


