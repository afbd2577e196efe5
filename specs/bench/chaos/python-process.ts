/** A Python process that reads or publishes by way of a proxy, and what it said of that. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { firstValueFrom, ReplaySubject } from 'rxjs';
import { pythonWith } from '../../support/python.js';

const Line = t.union([
  t.type({ stream: t.string, index: t.number, said: t.array(t.number) }),
  t.intersection([t.type({ begun: t.string }), t.partial({ keys: t.record(t.string, t.string) })]),
  t.type({ sent: t.record(t.string, t.number) }),
  t.type({ joined: t.record(t.string, t.number) }),
  t.type({ end: t.union([t.null, t.string]) }),
]);
export type Said = t.TypeOf<typeof Line>;

export class PythonProcess {
  private readonly begun$ = new ReplaySubject<Extract<Said, { readonly begun: string }>>(1);
  /** What it ended with: null for nothing to complain of; undefined as long as it has not. */
  end: string | null | undefined;
  private readonly exited: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly hear: (said: Said) => void,
  ) {
    this.exited = once(child, 'close');
    if (child.stdout === null) throw new Error('Python was started without pipes');
    // Exceptions of its threads go there; its publishing code does not see them.
    child.stderr?.resume();
    createInterface(child.stdout).on('line', (line) => this.said(line));
  }

  /** Starts it, and tells `hear` each thing it says. */
  static async start(url: string, what: 'read' | 'publish', argument: string, hear: (said: Said) => void): Promise<PythonProcess> {
    const python = await pythonWith('2.4.5');
    return new PythonProcess(python.spawn(fileURLToPath(new URL('../../interop/python/chaos_peer.py', import.meta.url)), [url, what, argument]), hear);
  }

  /** Resolves when it has everything it needs. */
  begun(): Promise<Extract<Said, { readonly begun: string }>> {
    return firstValueFrom(this.begun$);
  }

  /** Resolves when it has ended. */
  async ended(): Promise<void> {
    await this.exited;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private said(line: string): void {
    const said = Line.decode(JSON.parse(line));
    if (E.isLeft(said)) throw new Error(`Python said ${line}`);
    if ('end' in said.right) this.end = said.right.end;
    if ('begun' in said.right) this.begun$.next(said.right);
    this.hear(said.right);
  }
}
