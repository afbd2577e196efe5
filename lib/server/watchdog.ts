/** Sees to it that a server dies with the process that started it, even if that one is killed outright. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Watchdog {
  /** Calls the watch off; resolves when the watchdog process is gone. */
  release(): Promise<void>;
}

// It waits for a line on a pipe that only we hold: our death, of whatever kind, closes the pipe without one.
// $1: signal, $2: process id, $3: folder to remove, or nothing.
const script = "trap '' HUP INT TERM; read -r farewell && exit 0; kill -\"$1\" \"$2\"; rm -rf -- \"$3\"";

/** Starts a small shell process that, should this process end before `release`, sends `signal` to `pid` and removes `folder`. */
export function watchdog(pid: number, signal: 'KILL' | 'TERM', folder: string): Watchdog {
  const shell = spawn('/bin/sh', ['-c', script, 'blissdata-rx-watchdog', signal, String(pid), folder], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    detached: true, // its own process group: a Ctrl-C is for us, not for it
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(shell, 'exit').then(
    () => undefined,
    () => undefined, // there is no /bin/sh: no watch then, everything else works
  );
  shell.stdin.on('error', () => undefined); // killed by somebody: nothing left to release
  shell.unref();
  return {
    release: () => {
      shell.ref();
      shell.stdin.end('\n');
      return gone;
    },
  };
}
