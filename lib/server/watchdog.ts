/** Ends a server together with the process that started it, even if that one is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Watchdog {
  /** Ends the watch; resolves when the watchdog process has ended. */
  release(): Promise<void>;
}

// It waits for a line on a pipe that only this process holds: whatever ends this process closes the pipe without one.
// $1: signal, $2: process id, $3: folder to remove, or nothing.
const script = "trap '' HUP INT TERM; read -r farewell && exit 0; kill -\"$1\" \"$2\"; rm -rf -- \"$3\"";

/** Starts a small shell process that sends `signal` to `pid` and removes `folder` if this process ends before `release`. */
export function watchdog(pid: number, signal: 'KILL' | 'TERM', folder: string): Watchdog {
  const shell = spawn('/bin/sh', ['-c', script, 'blissdata-rx-watchdog', signal, String(pid), folder], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    detached: true, // its own process group, which Ctrl-C does not reach
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(shell, 'exit').then(
    () => undefined,
    () => undefined, // without /bin/sh there is no watch, and everything else works
  );
  shell.stdin.on('error', () => undefined); // already killed: nothing left to release
  shell.unref();
  return {
    release: () => {
      shell.ref();
      shell.stdin.end('\n');
      return ended;
    },
  };
}
