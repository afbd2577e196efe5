/** What is still alive of what a test has got: collects garbage, and counts. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Collects what is no longer referenced: not before the turn of the event loop is over in which it was used last. */
export async function collected(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await nextTurn();
    collectGarbage();
  }
}

export class Watched {
  private readonly refs: WeakRef<object>[] = [];

  get seen(): number {
    return this.refs.length;
  }

  add(object: object): void {
    this.refs.push(new WeakRef(object));
  }

  async alive(): Promise<number> {
    await collected();
    return this.refs.filter((ref) => ref.deref() !== undefined).length;
  }
}
