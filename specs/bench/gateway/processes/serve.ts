/** A gateway in a process of its own, and what it costs. */
import { gateway } from '../../../../lib/gateway.js';
import { answer } from '../../waiting/processes/answer.js';
import { ProcessWatch } from './process-watch.js';

const [url = '', origin = ''] = process.argv.slice(2);
const serving = await gateway(url, { port: 0, limits: { connectionsPerAddress: 1000 }, ...(origin === '' ? {} : { origins: [origin] }) });
const watch = new ProcessWatch();

answer({
  url: () => serving.url,
  start: () => watch.start(),
  stop: () => watch.stop(),
  /** How many requests of this name were answered, as the metrics say. */
  answered: async (call) => {
    const text = await (await fetch(`${serving.url}/metrics`)).text();
    return Number(new RegExp(`^blissdata_gateway_request_duration_seconds_count\\{[^}]*"${String(call)}"[^}]*\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  },
});
