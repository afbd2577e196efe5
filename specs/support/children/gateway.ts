/**
 * A gateway in a process of its own: `gateway.ts <url of Redis> <options as JSON>`. Says where it listens; by IPC it closes itself and tells
 * how much memory it has.
 */
import { gateway } from '../../../lib/gateway.js';

const [url = '', options = '{}'] = process.argv.slice(2);
const { pages, ...given } = JSON.parse(options);
const files = pages === undefined ? {} : { pages: new Map(Object.entries<string>(pages).map(([name, text]) => [name, new TextEncoder().encode(text)])) };
const running = await gateway(url, { ...given, ...files });

process.on('message', (message) => {
  if (message === 'close') void running.close({ drain: 300 }).then(() => process.exit(0));
  else {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send?.({ rss, kept: heapUsed + external });
  }
});
process.on('disconnect', () => process.exit(0));
process.send?.({ url: running.url });
