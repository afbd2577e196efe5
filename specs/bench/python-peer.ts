/** The long-lived Python process of the benchmark. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { problemsOf } from '../../lib/wire/problems.js';
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
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    /** The versions of everything that counts. */
    readonly about: string,
  ) {}

  /** Starts it, and resolves when it has imported everything. */
  static async start(): Promise<PythonPeer> {
    const python = await pythonWith('2.4.5');
    const child = python.spawn(fileURLToPath(new URL('python/peer.py', import.meta.url)), []);
    if (child.stdout === null) throw new Error('Python was started without pipes');
    child.stderr?.pipe(process.stderr, { end: false });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return new PythonPeer(child, lines, (await nextLine(lines, Greeting)).about);
  }

  /** Has one of the tasks of peer.py done; rejects with what Python says went wrong. */
  async ask(task: string, args: Readonly<Record<string, unknown>>): Promise<Done> {
    this.child.stdin?.write(`${JSON.stringify({ task, arguments: args })}\n`);
    const reply = await nextLine(this.lines, Reply);
    if ('error' in reply) throw new Error(`Python, ${task}: ${reply.error}`);
    return reply;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'close');
    this.child.stdin?.end();
    await ended;
  }
}

/** The next line of the process, decoded; rejects when there is none. */
export async function nextLine<A>(lines: AsyncIterator<string>, codec: t.Decoder<unknown, A>): Promise<A> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the Python process has ended');
  const decoded = codec.decode(JSON.parse(value));
  if (E.isLeft(decoded)) throw new Error(problemsOf(decoded.left).join('; '));
  return decoded.right;
}
