/** A gateway in a process of its own, to be killed, stopped and looked into. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as t from 'io-ts';
import type { GatewayOptions } from '../../lib/gateway.js';

const Started = t.type({ url: t.string });
const Memory = t.type({ rss: t.number, kept: t.number });

export type ChildOptions = Pick<GatewayOptions, 'port' | 'allowWrite' | 'allowDelete' | 'connection' | 'origins'> & {
  /** Texts by name. */
  readonly pages?: Readonly<Record<string, string>>;
};

export class GatewayProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** @param url of Redis */
  static async start(url: string, options: ChildOptions): Promise<GatewayProcess> {
    const child = fork('specs/support/children/gateway.ts', { execArgv: ['--expose-gc', '--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.send({ url, ...options });
    const [started] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (!Started.is(started)) throw new Error(`the gateway did not start: ${String(started)}`);
    return new GatewayProcess(child, started.url);
  }

  get socketUrl(): string {
    return this.url.replace('http', 'ws');
  }

  /** In bytes, after a garbage collection. */
  async memory(): Promise<t.TypeOf<typeof Memory>> {
    this.child.send('memory');
    const [memory] = await once(this.child, 'message');
    if (!Memory.is(memory)) throw new Error(`no memory: ${String(memory)}`);
    return memory;
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  kill(): Promise<unknown> {
    return this.end(() => this.child.kill('SIGKILL'));
  }

  close(): Promise<unknown> {
    return this.end(() => this.child.send('close'));
  }

  private async end(how: () => unknown): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    how();
    await exited;
  }
}
