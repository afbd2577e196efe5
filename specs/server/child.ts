/** Runs a TypeScript program of this checkout in a process of its own. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** Its next line on standard output; rejects with what it said on standard error if it ends without one. */
  line(): Promise<string>;
  /** What it said on standard error, whole, and its exit code or the signal that ended it. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stderr: string }>;
}

export function child(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Child {
  const started = spawn(process.execPath, ['--import', 'tsx', program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = createInterface(started.stdout)[Symbol.asyncIterator]();
  let stderr = '';
  started.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  const ended = once(started, 'close').then(([code, signal]) => ({ code, signal, stderr }));
  return {
    process: started,
    ended,
    line: async () => {
      const next = await lines.next();
      if (next.done === true) throw new Error(`it said nothing: ${(await ended).stderr}`);
      return next.value;
    },
  };
}
