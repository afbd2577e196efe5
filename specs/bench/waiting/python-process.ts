/** A Python process on one side of a live measurement. */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type * as t from 'io-ts';
import { pythonWith } from '../../support/python.js';
import { nextLine } from '../python-peer.js';

/** Starts a script of the folder `python`, which prints one JSON document a line; disposing of it ends it. */
export async function startPython(script: 'live' | 'counters', ...args: readonly (string | number)[]) {
  const child = (await pythonWith('2.4.5')).spawn(fileURLToPath(new URL(`python/${script}.py`, import.meta.url)), args.map(String));
  if (child.stdout === null) throw new Error('Python was started without pipes');
  child.stderr?.pipe(process.stderr, { end: false });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    next: <A>(codec: t.Decoder<unknown, A>): Promise<A> => nextLine(lines, codec),
    go: () => child.stdin?.write('\n'),
    [Symbol.dispose]: () => void child.kill(),
  };
}
