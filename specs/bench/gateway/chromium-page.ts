/** A page in a Chromium of its own, with the program of `page/`, and how that is asked. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Browser } from 'playwright-core';
import { problemsOf } from '../../../lib/wire/problems.js';
import { startChromium } from '../../support/chromium.js';

/** With these a page's clock is as exact as it gets: 5 µs instead of 100. */
const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
/** Longer than anything that is asked may take. */
const patienceMs = 180_000;

const Answer = t.union([t.type({ error: t.string }), t.type({ answer: t.unknown })]);

/**
 * Playwright watches the network of its pages: all that a WebSocket brings would be sent on to it, as text, which takes ten times longer
 * than bringing it. So the page is one that Playwright does not know; it fetches its questions from the server that it is from.
 */
export class ChromiumPage {
  private readonly server: Server;
  private browser: Browser | undefined;
  private asking: ServerResponse | undefined;
  private readonly questions: string[] = [];
  private readonly answers: ((answer: unknown) => void)[] = [];

  private constructor(private readonly program: string) {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async open(): Promise<ChromiumPage> {
    const page = new ChromiumPage(await bundled());
    await once(page.server.listen(0, '127.0.0.1'), 'listening');
    page.browser = await startChromium();
    const devtools = await page.browser.newBrowserCDPSession();
    await devtools.send('Target.createTarget', { url: page.origin, ...(await devtools.send('Target.createBrowserContext')) });
    return page;
  }

  /** Of the page, for the gateway's list. */
  get origin(): string {
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  /** Calls a function of the program; one after another, in the order of the calls. */
  async call<A>(name: string, codec: t.Decoder<unknown, A>, ...args: readonly (string | number | boolean)[]): Promise<A> {
    const answered = new Promise<unknown>((resolve, reject) => {
      this.answers.push(resolve);
      setTimeout(() => reject(new Error(`the page has not answered ${name}`)), patienceMs).unref();
    });
    this.questions.push(JSON.stringify({ name, args }));
    this.askNext();
    const reply = Answer.decode(await answered);
    if (E.isRight(reply) && 'error' in reply.right) throw new Error(`the page, ${name}: ${reply.right.error}`);
    const decoded = codec.decode(E.isRight(reply) && 'answer' in reply.right ? reply.right.answer : undefined);
    if (E.isLeft(decoded)) throw new Error(`the page, ${name}: ${problemsOf(decoded.left).join('; ')}`);
    return decoded.right;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser?.close();
    this.server.closeAllConnections();
    this.server.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (type: string, body: string): void => void response.writeHead(200, { 'content-type': type, ...isolated }).end(body);
    if (request.url === '/') send('text/html', '<!doctype html><title>benchmark</title><script src="/program.js"></script>');
    else if (request.url === '/program.js') send('text/javascript', this.program);
    else if (request.url === '/question') {
      this.asking = response;
      this.askNext();
    } else if (request.url === '/answer') {
      const answer: unknown = JSON.parse(await text(request));
      this.answers.shift()?.(answer);
      send('text/plain', '');
    } else response.writeHead(404).end();
  }

  private askNext(): void {
    const { asking } = this;
    const question = asking === undefined ? undefined : this.questions.shift();
    if (question === undefined) return;
    this.asking = undefined;
    asking?.writeHead(200, { 'content-type': 'application/json', ...isolated }).end(question);
  }
}

async function bundled(): Promise<string> {
  const entry = fileURLToPath(new URL('page/program.ts', import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: 'iife', target: 'es2022', logLevel: 'error' });
  return outputFiles[0]?.text ?? '';
}
