/** Waiting for a started server to be ready. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from '@jest/globals';
import { LogTail } from '../../lib/server/log-tail.js';
import { ready } from '../../lib/server/ready.js';
import { keepLoop } from '../support/keep-loop.js';

let child: ChildProcess | undefined;
afterEach(() => void child?.kill('SIGKILL'));

function saying(script: string, readyWithin: number): Promise<void> {
  const started = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  child = started;
  const exited = once(started, 'exit').then(() => ({ code: started.exitCode }));
  return ready({ name: 'a server', port: 1, log: new LogTail(started.stdout, started.stderr), exited, readyWithin, signal: undefined });
}

it('counts what it said while other work kept the event loop', async () => {
  const answered = saying('echo Ready to accept connections; exec sleep 60', 100);
  keepLoop(600);
  await answered;
});

it('is waited for no longer than that', async () => {
  await expect(saying('exec sleep 60', 100)).rejects.toMatchObject({ _tag: 'NoServer' });
});

it('may be waited for longer than a native timer can wait', async () => {
  await saying('echo starting; sleep 0.1; echo Ready to accept connections; exec sleep 60', 2 ** 32);
});
