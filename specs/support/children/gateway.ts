/** A gateway in a process of its own. By IPC it gets the URL of Redis and its options, says where it listens, tells how much memory it has, and closes. */
import { gateway, type Gateway } from '../../../lib/gateway.js';

let running: Gateway | undefined;

async function start({ url, pages, ...options }: { readonly url: string; readonly pages?: Readonly<Record<string, string>> }): Promise<void> {
  const files = pages === undefined ? {} : { pages: new Map(Object.entries(pages).map(([name, text]) => [name, new TextEncoder().encode(text)])) };
  running = await gateway(url, { ...options, ...files });
  process.send?.({ url: running.url });
}

process.on('message', (message: unknown) => {
  if (message === 'close') void running?.close({ drain: 300 }).then(() => process.exit(0));
  else if (typeof message === 'object' && message !== null && 'url' in message && typeof message.url === 'string') void start({ ...message, url: message.url });
  else {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send?.({ rss, kept: heapUsed + external });
  }
});
process.on('disconnect', () => process.exit(0));
