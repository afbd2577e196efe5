/** A Python process with one version of blissdata that obeys commands: python/session.py. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { problemsOf } from '../../lib/wire/problems.js';
import { pythonWith, type BlissdataVersion } from '../support/python.js';

/** An exception in Python: its class and its message. */
class PythonError extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
    this.name = type;
  }
}

const Answer = t.union([t.type({ error: t.string, message: t.string }), t.type({ result: t.unknown })]);

interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (reason: Error) => void;
}

export class PythonSession {
  /** Who waits for the next lines of output, in order. */
  private readonly waiting: Waiting[] = [];
  private readonly said: string[] = [];
  private gone: Error | undefined;
  private readonly exited: Promise<unknown>;

  /** Starts a process that works on the database at `url`. Tests end it when they are done; it ends itself when they die. */
  static async start(version: BlissdataVersion, url: string): Promise<PythonSession> {
    const python = await pythonWith(version);
    const process = python.spawn(resolve('specs/interop/python/session.py'), [url]);
    const { stdin, stdout, stderr } = process;
    if (stdin === null || stdout === null || stderr === null) throw new Error('there is no talking to a process without pipes');
    const session = new PythonSession(process, { stdin, stdout, stderr });
    try {
      await session.answer(t.literal(version), 'start');
      return session;
    } catch (error) {
      await session.end();
      throw error;
    }
  }

  private constructor(
    private readonly process: ChildProcess,
    private readonly pipes: { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable },
  ) {
    createInterface(pipes.stdout).on('line', (line) => this.waiting.shift()?.resolve(line));
    pipes.stderr.on('data', (text: Buffer) => this.said.push(text.toString()));
    // `close` reports that the process has ended; a broken pipe adds nothing.
    pipes.stdin.on('error', (error) => this.said.push(String(error)));
    this.exited = once(process, 'close').then(([code]) => {
      this.gone = new Error(`Python ended with ${String(code)}:\n${this.said.join('')}`);
      for (const { reject } of this.waiting.splice(0)) reject(this.gone);
    });
  }

  /** Has a command carried out, and decodes its answer. Rejects with `PythonError` if it raises. */
  ask<A>(answer: t.Type<A, unknown>, command: string, parameters: object = {}): Promise<A> {
    this.pipes.stdin.write(`${JSON.stringify({ command, arguments: parameters })}\n`);
    return this.answer(answer, command);
  }

  /** Has a command carried out of which nothing comes back. */
  async tell(command: string, parameters: object = {}): Promise<void> {
    await this.ask(t.null, command, parameters);
  }

  private async answer<A>(answer: t.Type<A, unknown>, command: string): Promise<A> {
    if (this.gone !== undefined) throw this.gone;
    const line = await new Promise<string>((resolve, reject) => {
      this.waiting.push({ resolve, reject });
    });
    const reply = Answer.decode(JSON.parse(line));
    if (E.isLeft(reply)) throw new Error(`${command}: ${line}`);
    if ('error' in reply.right) throw new PythonError(reply.right.error, reply.right.message);
    const decoded = answer.decode(reply.right.result);
    if (E.isLeft(decoded)) throw new Error(`${command}: ${problemsOf(decoded.left).join('; ')}`);
    return decoded.right;
  }

  /** Ends the process, whatever it is doing. */
  async end(): Promise<void> {
    // Where the name `python` is a script that starts Python, the signal ends the script; the end of its input ends Python.
    this.pipes.stdin.end();
    this.process.kill('SIGKILL');
    await this.exited;
  }
}
