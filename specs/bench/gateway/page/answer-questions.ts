/** The page's side of `ChromiumPage`: fetches questions from the server that the page is from, one after another, and posts the answers. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';

const Question = t.type({ name: t.string, args: t.UnknownArray });

/** What can be asked: each question by its name. */
type Questions = Readonly<Record<string, (...args: readonly never[]) => unknown>>;

export async function answerQuestions(questions: Questions): Promise<never> {
  for (;;) {
    const asked: unknown = await (await fetch('/question')).json();
    const reply = await answerTo(asked, questions).then(
      (value) => ({ answer: value ?? null }),
      (error: unknown) => ({ error: String(error) }),
    );
    await fetch('/answer', { method: 'POST', body: JSON.stringify(reply) });
  }
}

async function answerTo(asked: unknown, questions: Questions): Promise<unknown> {
  const question = Question.decode(asked);
  const ask = E.isRight(question) ? questions[question.right.name] : undefined;
  if (E.isLeft(question) || ask === undefined) throw new Error(`there is no such question: ${JSON.stringify(asked)}`);
  return await Reflect.apply(ask, undefined, question.right.args);
}
