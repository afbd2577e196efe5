/** Memory trackers as processes of their own: Python's, and the command of this package. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pythonWith, type BlissdataVersion } from '../support/python.js';
import { child } from '../server/child.js';

/** Options by the names that both have, such as `monitoring-period`. */
export type TrackerArguments = Readonly<Record<string, number>>;

export class TrackerProcess {
  private readonly lines: AsyncIterator<string>;
  private readonly said: string[] = [];
  private readonly exited: Promise<unknown>;

  private constructor(
    private readonly process: ChildProcess,
    stdout: Readable,
  ) {
    this.lines = createInterface(stdout)[Symbol.asyncIterator]();
    this.exited = once(process, 'close');
  }

  static async start(whose: BlissdataVersion | 'ours', url: string, options: TrackerArguments): Promise<TrackerProcess> {
    const args = ['--redis-url', url, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])];
    const process =
      whose === 'ours' ? child('lib/cli/main.ts', ['track-memory', ...args]).process : (await pythonWith(whose)).spawn('-m', ['blissdata.redis_engine.memory_tracker', ...args]);
    process.stderr?.resume();
    if (process.stdout === null) throw new Error('there is no hearing a process without pipes');
    return new TrackerProcess(process, process.stdout);
  }

  /** Resolves when it says something that contains the text. */
  async says(text: string): Promise<void> {
    for (;;) {
      const { done, value } = await this.lines.next();
      if (done === true) throw new Error(`it ended without saying "${text}":\n${this.said.join('\n')}`);
      this.said.push(value);
      if (value.includes(text)) return;
    }
  }

  /** Ends it as a machine does that goes down. */
  async end(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exited;
  }
}
