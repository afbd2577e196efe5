/** The long-lived Python process of the benchmark. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { PathReporter } from 'io-ts/lib/PathReporter.js';
import { pythonWith } from '../support/python.js';

const Greeting = t.type({ about: t.string });
const Reply = t.union([t.type({ seconds: t.number, scan: t.string }), t.type({ error: t.string })]);

export interface Done {
  /** How long the task took, by Python's clock. */
  readonly seconds: number;
  /** The key of the scan it wrote or read. */
  readonly scan: string;
}

export class PythonPeer {
  private constructor(
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
    private readonly lines: AsyncIterator<string>,
    /** The versions of everything that counts. */
    readonly about: string,
  ) {}

  /** Starts it, and resolves when it has imported everything. */
  static async start(): Promise<PythonPeer> {
    const { command, env } = await pythonWith('2.4.5');
    const script = fileURLToPath(new URL('python/peer.py', import.meta.url));
    const child = spawn(command, [script], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return new PythonPeer(child, lines, (await nextLine(lines, Greeting)).about);
  }

  /** Has one of the tasks of peer.py done; rejects with what Python says went wrong. */
  async ask(task: string, args: Readonly<Record<string, unknown>>): Promise<Done> {
    this.child.stdin.write(`${JSON.stringify({ task, arguments: args })}\n`);
    const reply = await nextLine(this.lines, Reply);
    if ('error' in reply) throw new Error(`Python, ${task}: ${reply.error}`);
    return reply;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'close');
    this.child.stdin.end();
    await ended;
  }
}

async function nextLine<A>(lines: AsyncIterator<string>, codec: t.Decoder<unknown, A>): Promise<A> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the Python process has ended');
  const decoded = codec.decode(JSON.parse(value));
  if (E.isLeft(decoded)) throw new Error(PathReporter.report(decoded).join('; '));
  return decoded.right;
}
