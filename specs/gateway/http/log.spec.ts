/** The log: its two forms, and what strangers can do to it. */
import { describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import { concernsOperator, GatewayLog, shownError } from '../../../lib/gateway/reports/gateway-log.js';
import { jsonLine, textLine, type GatewayLogEntry } from '../../../lib/gateway.js';
import { blissdataError } from '../../../lib/index.js';

const entry: GatewayLogEntry = { time: Date.UTC(2026, 10, 30, 12), level: 'warn', event: 'refused', message: 'A request was refused', reason: 'host', address: '::1', count: 3 };

describe('an entry', () => {
  it('is a line for people', () => {
    expect(textLine(entry)).toBe('2026-11-30T12:00:00.000Z warn refused: A request was refused (reason=host address=::1 count=3)');
    expect(textLine({ time: 0, level: 'info', event: 'stopped', message: 'Stopped' })).toBe('1970-01-01T00:00:00.000Z info stopped: Stopped');
  });

  it('is a JSON object a line', () => {
    expect(jsonLine(entry)).not.toContain('\n');
    expect(JSON.parse(jsonLine(entry))).toEqual({ ...entry, time: '2026-11-30T12:00:00.000Z' });
  });
});

describe('what strangers cause', () => {
  it('is logged at most once a second for each reason, with how often it came', () => {
    const scheduler = new VirtualTimeScheduler();
    const logged: GatewayLogEntry[] = [];
    const log = new GatewayLog((each) => logged.push(each), scheduler);
    for (let i = 0; i < 10_000; i++) {
      scheduler.frame = i;
      log.stranger('refused', 'A request was refused', { reason: i % 2 === 0 ? 'host' : 'origin', address: '::1' });
    }
    expect(logged).toHaveLength(20);
    expect(logged.slice(0, 4).map(({ reason, count, time }) => ({ reason, count, time }))).toEqual([
      { reason: 'host', count: undefined, time: 0 },
      { reason: 'origin', count: undefined, time: 1 },
      { reason: 'host', count: 500, time: 1000 },
      { reason: 'origin', count: 500, time: 1001 },
    ]);
  });
});

describe('connections', () => {
  it('are logged at most 50 times a second as they open and as they close, so that a flood of them leaves room', () => {
    const scheduler = new VirtualTimeScheduler();
    const logged: GatewayLogEntry[] = [];
    const log = new GatewayLog((each) => logged.push(each), scheduler);
    for (let i = 0; i < 1000; i++) {
      scheduler.frame = i * 2;
      log.connection('opened', 'A client has connected', { session: String(i) });
      log.connection('closed', 'A connection has ended', { session: String(i), code: 1000 });
    }
    expect(logged).toHaveLength(200);
    expect(logged.filter(({ event }) => event === 'opened').reduce((sum, { count = 1 }) => sum + count, 0)).toBe(550);
    expect(logged[100]).toMatchObject({ session: '500', count: 451 });
  });
});

describe('a failure', () => {
  it('shows as what it is and where it came from, without its message', () => {
    expect(shownError(new TypeError('the secret'))).toMatch(/^TypeError at .*log\.spec\.ts/);
    expect(shownError(Object.assign(new Error('the secret\n    at secret:1:1'), { code: 'ECONNRESET' }))).toMatch(/^Error ECONNRESET at (?!.*secret)/);
    expect(shownError(blissdataError('ServerError', { command: 'JSON.GET', code: 'NOPERM', reply: 'NOPERM user reader at 10.0.0.1' }))).toBe('ServerError NOPERM (JSON.GET)');
    expect(shownError(blissdataError('UnexpectedReply', { command: 'the secret', problems: ['the secret'] }))).toBe('UnexpectedReply');
    expect(shownError('the secret')).toBe('a thrown string');
    expect(shownError({ name: 'the secret', stack: 1 })).not.toContain('secret');
  });

  it('concerns who runs the gateway unless it is about a request, or the database is away', () => {
    expect(concernsOperator(new Error('a bug'))).toBe(true);
    expect(concernsOperator(blissdataError('ServerError', { command: 'GET', code: 'NOPERM', reply: '' }))).toBe(true);
    expect(concernsOperator(blissdataError('ScanNotFound', { key: 'k' }))).toBe(false);
    expect(concernsOperator(blissdataError('Disconnected', { url: 'u', reason: 'r' }))).toBe(false);
  });
});
