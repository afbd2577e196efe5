/** The child's side of `Child`: answers the questions of the process that started it. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';

const Question = t.type({ question: t.string, argument: t.union([t.string, t.number, t.null]) });

/** What a script can be asked: each question by its name, with one argument. */
export type Questions = Readonly<Record<string, (argument: string | number | null) => unknown>>;

/** Answers until the parent process disconnects or ends. */
export function answer(questions: Questions): void {
  const reply = (message: object): void => void process.send?.(message);
  process.on('message', (message) => {
    void replyTo(message).then(
      (value) => reply({ answer: value }),
      (error: unknown) => reply({ error: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());

  async function replyTo(message: unknown): Promise<unknown> {
    const asked = Question.decode(message);
    const ask = E.isRight(asked) ? questions[asked.right.question] : undefined;
    if (E.isLeft(asked) || ask === undefined) throw new Error(`there is no such question: ${JSON.stringify(message)}`);
    return await ask(asked.right.argument);
  }
}
