/** A process of its own for one side of a measurement, so that its CPU, its memory and its event loop are its own. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { problemsOf } from '../../../lib/wire/problems.js';

const Answer = t.union([t.type({ error: t.string }), t.partial({ answer: t.unknown })]);

/** Longer than anything that is asked may take: what has not come by then is lost. */
const patienceMs = 180_000;

export class Child {
  private constructor(
    private readonly script: string,
    private readonly process: ChildProcess,
  ) {}

  /** Starts a script of the folder `processes`. */
  static start(script: string, ...args: readonly (string | number)[]): Child {
    return Child.startIn(new URL('processes/', import.meta.url), script, ...args);
  }

  /** Starts a script of another folder. */
  static startIn(folder: URL, script: string, ...args: readonly (string | number)[]): Child {
    const path = fileURLToPath(new URL(`${script}.ts`, folder));
    return new Child(script, fork(path, args.map(String), { execArgv: ['--expose-gc', '--import', 'tsx'] }));
  }

  /** Asks one of the script's questions, one at a time; rejects with what the script says went wrong. */
  async ask<A>(question: string, codec: t.Decoder<unknown, A>, argument: string | number | null = null): Promise<A> {
    const reply = this.decoded(question, Answer, await this.reply({ question, argument }));
    if ('error' in reply) throw new Error(`${this.script}, ${question}: ${reply.error}`);
    return this.decoded(question, codec, 'answer' in reply ? reply.answer : undefined);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    if (this.process.connected) this.process.disconnect();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async reply(message: object): Promise<unknown> {
    const listening = new AbortController();
    const { signal } = listening;
    const late = setTimeout(() => listening.abort(new Error(`${this.script}: no answer to ${JSON.stringify(message)}`)), patienceMs);
    try {
      const ended = once(this.process, 'exit', { signal }).then(() => [{ error: 'the process has ended' }]);
      const answered = once(this.process, 'message', { signal });
      this.process.send(message);
      const [reply]: readonly unknown[] = await Promise.race([answered, ended]);
      return reply;
    } finally {
      clearTimeout(late);
      listening.abort();
    }
  }

  private decoded<A>(question: string, codec: t.Decoder<unknown, A>, value: unknown): A {
    const decoded = codec.decode(value);
    if (E.isLeft(decoded)) throw new Error(`${this.script}, ${question}: ${problemsOf(decoded.left).join('; ')}`);
    return decoded.right;
  }
}
