/** Publishes send times to an array of Tiled: patches that are streamed and not stored, each with whatever has come since the one before was answered. */
import { Agent, request } from 'node:http';
import { answer } from '../../waiting/processes/answer.js';
import { paced } from '../../waiting/processes/clock.js';
import { epochMs } from '../../waiting/processes/wall-clock.js';

const [url = '', apiKey = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let sent = 0;
let waiting: number[] = [];
let sending: Promise<void> | undefined;

function put(offset: number, values: readonly number[]): Promise<void> {
  const body = Buffer.from(Float64Array.from(values).buffer);
  const target = new URL(url);
  for (const [name, value] of Object.entries({ offset, shape: values.length, extend: false, persist: false })) target.searchParams.set(name, String(value));
  return new Promise((resolve, reject) => {
    const put = request(target, { method: 'PATCH', agent, headers: { Authorization: `Apikey ${apiKey}`, 'Content-Type': 'application/octet-stream', 'Content-Length': body.length } }, (response) => {
      response.resume().on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`Tiled answered ${response.statusCode}`))));
    });
    put.on('error', reject).end(body);
  });
}

/** Resolves, for all that came meanwhile, when Tiled has everything. */
function send(value: number): Promise<void> {
  waiting.push(value);
  return (sending ??= sendAll());
}

async function sendAll(): Promise<void> {
  while (waiting.length > 0) {
    const values = waiting;
    waiting = [];
    await put(sent, values);
    sent += values.length;
  }
  sending = undefined;
}

answer({
  /** Sends a first point, which is no time. */
  prime: () => send(NaN),
  /** Publishes `perSecond` points a second; answers with the number of points once Tiled has them all. */
  publish: async (argument) => {
    const [perSecond = 0, seconds = 0] = String(argument).split(' ').map(Number);
    let last = Promise.resolve();
    const points = await paced(perSecond, seconds, () => {
      last = send(epochMs());
    });
    await last;
    return points;
  },
});
