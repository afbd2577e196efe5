/** Runs a command to its end and returns its output. */
import { spawn } from 'node:child_process';
import * as E from 'fp-ts/lib/Either.js';

export interface Finished {
  /** The exit code; null if the command could not be executed or was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The command's standard input; empty by default. */
  readonly input?: string;
  /** Interrupts the command; the promise then rejects with the signal's reason, once the command has ended. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `command`. A failure, or a command that does not exist, is a result and no rejection; only `signal` rejects.
 *
 * @example
 * const { code, stdout } = await run('python3', ['--version']);
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(E.toError(signal.reason));
      return;
    }
    const child = spawn(command, args, { env: options.env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let failure = '';
    // SIGINT, not SIGTERM: Python tools clean up only after the former.
    const interrupt = (): void => {
      child.kill('SIGINT');
    };
    const finish = (code: number | null): void => {
      signal?.removeEventListener('abort', interrupt);
      if (signal?.aborted === true) reject(E.toError(signal.reason));
      else resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() + failure });
    };
    signal?.addEventListener('abort', interrupt);
    child.stdout.on('data', (piece: Buffer) => stdout.push(piece));
    child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
    child.stdin.on('error', (error) => {
      failure += `\n${error.message}`; // it ended without reading its input: its output says why
    });
    child.on('error', (error) => {
      failure += error.message;
      if (child.pid === undefined) finish(null);
    });
    child.on('close', finish);
    child.stdin.end(options.input ?? '');
  });
}
