/** Metrics as Prometheus reads them, by its own parser; health and readiness. */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Counts, Histogram, metricsText } from '../../../lib/gateway/reports/prometheus-text.js';
import { blissdataError } from '../../../lib/index.js';
import { memoryDatabase } from '../../../lib/testing.js';
import { pythonWith, type Python } from '../../support/python.js';
import { request, upgrade } from './hostile.js';
import { closeAfterEach, connected, open, welcomed, type Opened } from './opened.js';

closeAfterEach();

let python: Python;
beforeAll(async () => {
  python = await pythonWith('prometheus');
}, 600_000);

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly (readonly [name: string, labels: Readonly<Record<string, string>>, value: number | string])[];
}

async function parsedBy(text: string): Promise<readonly Family[]> {
  const { code, stdout, stderr } = await python.run(fileURLToPath(new URL('parse_metrics.py', import.meta.url)), [], { input: text });
  if (code !== 0) throw new Error(stderr);
  const families: readonly Family[] = JSON.parse(stdout);
  return families;
}

/** Values by name and labels, such as `refused_total{reason="host"}`. */
async function valuesOf({ port }: Opened): Promise<ReadonlyMap<string, number | string>> {
  const { status, headers, body } = await request(port, '/metrics');
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
  return new Map((await parsedBy(body)).flatMap(({ samples }) => samples.map(([name, labels, value]) => [`${name.replace('blissdata_gateway_', '')}${labelsText(labels)}`, value])));
}

const labelsText = (labels: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

describe('the text of metrics', () => {
  it('is what Prometheus reads', async () => {
    const counts = new Counts('label');
    counts.add('plain');
    counts.add('a "quote", a \\ and a\nline', 2.5);
    const durations = new Histogram('call', [0.1, 1]);
    for (const measured of [0.05, 0.1, 0.5, 7]) durations.add('read', measured);
    const text = metricsText([
      { name: 'counted_total', type: 'counter', help: 'Help with \\ and\na line.', samples: counts.samples },
      { name: 'level', type: 'gauge', help: 'Help.', samples: [{ value: -Infinity }, { labels: { a: 1, b: 'ü' }, value: 1e-7 }] },
      { name: 'duration_seconds', type: 'histogram', help: 'Help.', samples: durations.samples },
      { name: 'nothing_total', type: 'counter', help: 'Help.', samples: [] },
    ]);
    expect(await parsedBy(text)).toEqual([
      { name: 'counted', type: 'counter', help: 'Help with \\ and\na line.', samples: [['counted_total', { label: 'plain' }, 1], ['counted_total', { label: 'a "quote", a \\ and a\nline' }, 2.5]] },
      { name: 'level', type: 'gauge', help: 'Help.', samples: [['level', {}, '-inf'], ['level', { a: '1', b: 'ü' }, 1e-7]] },
      {
        name: 'duration_seconds',
        type: 'histogram',
        help: 'Help.',
        samples: [
          ['duration_seconds_bucket', { call: 'read', le: '0.1' }, 2],
          ['duration_seconds_bucket', { call: 'read', le: '1' }, 3],
          ['duration_seconds_bucket', { call: 'read', le: '+Inf' }, 4],
          ['duration_seconds_sum', { call: 'read' }, 7.65],
          ['duration_seconds_count', { call: 'read' }, 4],
        ],
      },
      { name: 'nothing', type: 'counter', help: 'Help.', samples: [] },
    ]);
  });
});

describe('the metrics of a gateway', () => {
  it('tell of connections, refusals and closes', async () => {
    const opened = await open();
    const [first, second] = [await welcomed(opened), await connected(opened)];
    expect(await upgrade(opened.port, { host: 'evil.example' })).toMatchObject({ status: 403 });
    expect(await upgrade(opened.port, { headers: { Origin: 'https://evil.example' } })).toMatchObject({ status: 403 });
    expect(await upgrade(opened.port, { headers: { Origin: 'https://evil.example' } })).toMatchObject({ status: 403 });
    second.socket.send('nonsense');
    await second.closed;
    const third = await connected(opened);
    third.socket.close(4321);
    await third.closed;
    await opened.logs({ event: 'closed', code: 4321 });
    const values = await valuesOf(opened);
    expect(values.get('connections')).toBe(1);
    expect(values.get('connections_opened_total{transport="websocket"}')).toBe(3);
    expect(values.get('connections_closed_total{code="4400"}')).toBe(1);
    expect(values.get('connections_closed_total{code="other"}')).toBe(1);
    expect(values.get('refused_total{reason="host"}')).toBe(1);
    expect(values.get('refused_total{reason="origin"}')).toBe(2);
    first.socket.close();
  });

  it('tell of requests by their calls, and of none that a client invents', async () => {
    const opened = await open();
    const client = await welcomed(opened);
    for (let i = 1; i <= 3; i++) await client.ask(i, 'protocolVersion');
    const before = (await valuesOf(opened)).size;
    for (let i = 10; i < 30; i++) expect(await client.ask(i, `invented-${i}"} 1\nevil_total 5`)).toMatchObject({ error: { _tag: 'InvalidArgument' } });
    const values = await valuesOf(opened);
    expect(values.get('request_duration_seconds_count{call="protocolVersion"}')).toBe(3);
    expect(values.get('request_duration_seconds_bucket{call="protocolVersion",le="+Inf"}')).toBe(3);
    expect(values.get('requests_failed_total{call="other"}')).toBe(20);
    expect(values.get('database_requests_total{kind="read"}')).toBeGreaterThanOrEqual(1);
    expect(values.get('sent_bytes_total{kind="text"}')).toBeGreaterThan(100);
    expect(values.size - before).toBeLessThan(20);
  });

  it('tell of the process', async () => {
    const values = await valuesOf(await open());
    for (const name of ['event_loop_delay_seconds{quantile="0.99"}', 'process_cpu_seconds_total', 'process_resident_memory_bytes', 'feeds', 'tail_bytes', 'answer_bytes', 'feed_most_behind_points', 'held_back_total', 'frames_encoded_total']) expect(values.get(name)).toBeGreaterThanOrEqual(0);
  });
});

describe('health', () => {
  it('is that it answers at all; it is ready while the database answers', async () => {
    const database = memoryDatabase();
    const opened = await open({}, database);
    expect(await request(opened.port, '/healthz')).toMatchObject({ status: 200 });
    expect(await request(opened.port, '/readyz')).toMatchObject({ status: 200 });
    const client = await welcomed(opened);
    database.server.flush();
    const empty = await open({}, database);
    expect(await request(empty.port, '/readyz')).toMatchObject({ status: 503 });
    const failing = memoryDatabase();
    const away = await open({}, failing);
    failing.failNext('protocolVersion', blissdataError('Disconnected', { url: 'redis://10.1.2.3:6379', reason: 'refused' }));
    const answer = await request(away.port, '/readyz');
    expect(answer).toMatchObject({ status: 503 });
    expect(answer.body).not.toContain('10.1.2.3');
    expect(await request(away.port, '/healthz')).toMatchObject({ status: 200 });
    client.socket.close();
  });
});
