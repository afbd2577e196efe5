/** A connection that may see the scans of one session: to it the others do not exist, whatever it asks, and however it guesses. */
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { firstValueFrom, of, type Observable } from 'rxjs';
import { publicError } from '../../../lib/gateway/relay/public-error.js';
import { Visibility } from '../../../lib/gateway/relay/visibility.js';
import { ESRFIdentity } from '../../../lib/model/identity-model.js';
import { ScanState } from '../../../lib/model/scan-state.js';
import type { Key } from '../../../lib/ports/keys.js';
import type { HistoryPage } from '../../../lib/ports/logs.js';
import { historyKey } from '../../../lib/wire/protocol.js';
import { originId } from '../../../lib/wire/stream-id.js';
import { append, entries, sampleScan, scanJson, type SampleScan } from '../../contract/samples.js';
import { Calls, failure, ofSession, type Client } from './calls.js';

const pkOf = (key: Key): string => key.slice('esrf:stream:'.length);

/** A scan's JSON with streams. */
const jsonWith = (n: number, session: string, streams: readonly Key[], server?: string): string =>
  scanJson(n, { session }).replace(
    '"data_streams":{}',
    `"data_streams":{${streams.map((key, i) => `"s${i}":{"pk":"${pkOf(key)}","encoding":{"type":"json"},"info":${server === undefined ? '{}' : `{"lima_info":{"server_url":"${server}"}}`}}`).join(',')}}`,
  );

let calls: Calls;
let red: SampleScan;
let blue: SampleScan;
let client: Client;

async function publish(n: number, session: string, streams: readonly Key[] = [sampleScan(n).stream], server?: string): Promise<SampleScan> {
  const scan = sampleScan(n);
  await firstValueFrom(calls.other.commit({ key: scan.key, json: jsonWith(n, session, streams, server), stateKey: scan.stateKey, state: ScanState.CREATED, after: originId, announce: true }));
  await append(calls.other, scan, originId, entries(0, 3));
  return scan;
}

const head = (key: Key): unknown => ({ key, exists: false, lastId: originId, length: 0, sealed: false });

beforeEach(async () => {
  calls = new Calls();
  red = await publish(1, 'red', undefined, 'id00/red');
  blue = await publish(2, 'blue', undefined, 'id00/blue');
  calls.server.setText('id00/red', '1');
  calls.server.setText('id00/blue', '2');
  client = calls.client(ofSession('red'));
});

describe('a scan that may be seen', () => {
  it('is there for every call', async () => {
    expect(await client.ask('scan', red.key)).toMatchObject({ state: { fields: { state: '0' } } });
    expect(await client.ask('scan', red.key, red.stateKey)).toMatchObject({ state: { fields: { state: '0' } } });
    expect(await client.ask('remains', red.key, red.stateKey)).toMatchObject({ state: { fields: { state: '0' } } });
    expect(await client.ask('scansExist', [red.key])).toEqual([true]);
    expect(await client.ask('identities', [red.key])).toEqual([expect.stringContaining('"red"')]);
    expect(await client.ask('states', [red.key])).toMatchObject([{ state: { fields: { state: '0' } } }]);
    expect(await client.ask('heads', [{ key: red.stream, scan: red.key }])).toMatchObject([{ exists: true, length: 3 }]);
    expect(await client.ask('log', red.stateKey, originId, 10, red.key)).toMatchObject([{ fields: { state: '0' } }]);
    expect(await client.ask('text', 'id00/red', red.key)).toBe('1');
    expect(await client.ask('search', { prefix: 'esrf', criteria: [] })).toMatchObject({ keys: [red.key] });
    expect(client.armed).toEqual([red.stateKey]);
  });

  it('is seen whatever the case, as by a search', async () => {
    expect(await calls.client(ofSession('RED')).ask('scansExist', [red.key, blue.key])).toEqual([true, false]);
  });

  it('meets one list of criteria, and all of it', async () => {
    const text = (field: string, value: string) => ({ field, _tag: 'text', kind: 'equals', text: value }) as const;
    const number = (value: number) => ({ field: 'number', _tag: 'number', min: value, max: value }) as const;
    const either = calls.client({ read: [[text('session', 'red'), number(2)], [text('session', 'blue'), number(2)]] });
    expect(await either.ask('scansExist', [red.key, blue.key])).toEqual([false, true]);
    expect(await calls.client({ read: [] }).ask('scansExist', [red.key, blue.key])).toEqual([false, false]);
  });

  it('shows its last states when it was deleted, also through a gateway that never saw it before', async () => {
    await firstValueFrom(calls.other.deleteScan({ key: red.key, force: true }));
    await firstValueFrom(calls.other.deleteScan({ key: blue.key, force: true }));
    expect(await client.ask('scan', red.key)).toBeNull();
    expect(await client.ask('remains', red.key, red.stateKey)).toMatchObject({ state: { fields: { state: '4' } } });
    expect(await client.ask('remains', blue.key, blue.stateKey)).toBeNull();
    expect(await client.ask('remains', red.key, blue.stateKey)).toBeNull();
  });
});

describe('a scan that may not be seen', () => {
  it('is missing for every call, and wakes nobody', async () => {
    expect(await client.ask('scan', blue.key)).toBeNull();
    expect(await client.ask('scan', blue.key, blue.stateKey)).toBeNull();
    expect(await client.ask('scan', blue.key, red.stateKey)).toBeNull();
    expect(await client.ask('remains', blue.key, blue.stateKey)).toBeNull();
    expect(await client.ask('scansExist', [blue.key, red.key])).toEqual([false, true]);
    expect(await client.ask('identities', [blue.key])).toEqual([null]);
    expect(await client.ask('states', [blue.key, red.key])).toMatchObject([null, {}]);
    expect(await client.ask('text', 'id00/blue', blue.key)).toBeNull();
    expect(await client.ask('text', 'id00/blue', red.key)).toBeNull();
    expect(await client.ask('log', blue.stateKey, originId, 10, blue.key)).toEqual([]);
    expect(client.armed).toEqual([]);
  });

  it('is no other than one that does not exist', async () => {
    const missing = sampleScan(3);
    const ask = async ({ key, stateKey, stream }: SampleScan): Promise<readonly unknown[]> => [
      await client.ask('scan', key),
      await client.ask('remains', key, stateKey),
      await client.ask('scansExist', [key]),
      await client.ask('identities', [key]),
      await client.ask('states', [key]),
      await client.ask('log', stateKey, originId, 10, key),
      (await client.ask('heads', [{ key: stream, scan: key }])) instanceof Array,
      await client.ask('text', 'id00/blue', key),
    ];
    expect(await ask(blue)).toEqual(await ask(missing));
  });

  it('is not reached by the keys of its streams: without a scan, with one that may be seen, with its own', async () => {
    for (const key of [blue.stream, blue.stateKey]) {
      for (const scan of [undefined, red.key, blue.key, sampleScan(3).key, 'esrf:scan:index', historyKey, '']) {
        expect(await client.ask('heads', [{ key, ...(scan === undefined ? {} : { scan }) }])).toEqual([head(key)]);
        expect(await client.ask('log', key, originId, 10, scan)).toEqual([]);
      }
      expect(await client.ask('logTail', key, { count: 10 })).toEqual([]);
      expect(await client.ask('scan', red.key, key)).toMatchObject({ state: { fields: { state: '0' } }, json: expect.stringContaining('"red"') as unknown });
      expect(await client.ask('remains', red.key, key)).toBeNull();
    }
    expect(client.armed).toEqual([]);
  });

  it('is left out where it is one of several', async () => {
    const refs = [{ key: blue.stream, scan: blue.key }, { key: red.stream, scan: red.key }, { key: red.stream, scan: blue.key }, { key: red.stream }];
    expect(await client.ask('heads', refs)).toMatchObject([{ exists: false }, { exists: true }, { exists: false }, { exists: false }]);
  });
});

describe('the history', () => {
  it('has the scans that may be seen, however many others lie between them', async () => {
    for (let n = 10; n < 1210; n++) await publish(n, n % 300 === 0 ? 'red' : 'blue');
    const seen = [red.key, ...[300, 600, 900, 1200].map((n) => sampleScan(n).key)];
    const keysIn = (entriesOf: unknown): unknown => (Array.isArray(entriesOf) ? entriesOf.map((entry: { fields: { key: string } }) => entry.fields.key) : entriesOf);
    const page = await client.ask('history', originId, 100);
    expect(keysIn(page !== null && typeof page === 'object' && 'entries' in page ? page.entries : undefined)).toEqual(seen);
    expect(keysIn(await client.ask('log', historyKey, originId, 3))).toEqual(seen.slice(0, 3));
    expect(keysIn(await client.ask('logTail', historyKey, { count: 1 }))).toEqual(seen.slice(-1));
    expect(keysIn(await client.ask('logTail', historyKey, { count: 100 }))).toEqual([...seen].reverse());
    expect(await client.ask('search', { prefix: 'esrf', criteria: [] })).toHaveProperty('keys.length', 5);
  });

  it('says what was lost, whether it could be seen or not', async () => {
    for (let n = 10; n < 2500; n++) await publish(n, 'blue');
    const page = await client.ask('history', originId, 100);
    expect(page).toEqual({ entries: [], lostUntil: expect.any(String) as unknown });
    const all = await calls.client().ask('history', originId, 1);
    expect(page).toHaveProperty('lostUntil', all !== null && typeof all === 'object' && 'lostUntil' in all ? all.lostUntil : 'nothing');
    const [newest] = await firstValueFrom(calls.other.logTail(historyKey, { count: 1 }));
    expect(await client.ask('history', newest?.id ?? '', 100)).toMatchObject({ entries: [] });
  });

  it('says what was lost between two of its pages, but not what was trimmed off after it was read', async () => {
    const page = (first: number, count: number, lostUntil?: string): Observable<HistoryPage> =>
      of({ entries: Array.from({ length: count }, (_, i) => ({ id: `${first + i}-0`, fields: { key: i === 0 ? red.key : blue.key } })), ...(lostUntil === undefined ? {} : { lostUntil }) });
    const history = jest.spyOn(calls.database, 'history');
    history.mockReturnValueOnce(page(10, 500)).mockReturnValueOnce(page(510, 1, '300-0'));
    expect(await client.ask('history', '5-0', 100)).toEqual({ entries: [expect.objectContaining({ id: '10-0' }), expect.objectContaining({ id: '510-0' })] });
    await calls.time.advance(1000);
    history.mockReturnValueOnce(page(10, 500, '4-0')).mockReturnValueOnce(page(600, 1, '599-0'));
    expect(await client.ask('history', '6-0', 100)).toMatchObject({ lostUntil: '599-0' });
    history.mockReturnValueOnce(page(10, 1, '8-0'));
    expect(await client.ask('history', '7-0', 100)).toMatchObject({ lostUntil: '8-0' });
  });

  it('and searches read no identity of scans that may not be seen, where one list of criteria says which', async () => {
    for (let n = 10; n < 200; n++) await publish(n, 'blue');
    const identities = jest.spyOn(calls.database, 'identities');
    expect(await client.ask('search', { prefix: 'esrf', criteria: [{ _tag: 'number', field: 'number', max: 100 }] })).toMatchObject({ keys: [red.key] });
    expect(identities.mock.calls).toEqual([[[red.key]]]);
    const both = calls.client({ read: ['red', 'blue'].map((text) => [{ _tag: 'text', field: 'session', kind: 'equals', text }]) });
    expect(await both.ask('search', { prefix: 'esrf', criteria: [{ _tag: 'number', field: 'number', max: 2 }] })).toMatchObject({ keys: [red.key, blue.key] });
    expect(await calls.client({ read: [] }).ask('search', { prefix: 'esrf', criteria: [] })).toMatchObject({ keys: [] });
    expect(await calls.client({ read: [[]] }).ask('search', { prefix: 'esrf', criteria: [] })).toHaveProperty('keys.length', 192);
  });

  it('reads the identities of scans once', async () => {
    await client.ask('history', originId, 100);
    const cost = await calls.cost(async () => {
      await publish(3, 'red');
      await calls.time.advance(10);
      for (let i = 0; i < 20; i++) await calls.client(ofSession('red')).ask('history', originId, 100);
    });
    expect(cost).toEqual({ history: 1, identities: 1 });
  });
});

describe('guesses', () => {
  it('make the gateway read the JSON of a scan once a second at most, whoever makes them', async () => {
    await client.ask('heads', [{ key: red.stream, scan: red.key }]);
    const cost = await calls.cost(async () => {
      const guessers = Array.from({ length: 50 }, () => calls.client(ofSession('red')));
      const start = calls.time.now();
      for (let n = 0; n < 20; n++) await calls.together(guessers, 'heads', Array.from({ length: 10 }, (_, i) => ({ key: sampleScan(1000 + 10 * n + i).stream, scan: red.key })));
      expect(calls.time.now() - start).toBeGreaterThan(18_000);
    });
    expect(cost.scan).toBeLessThanOrEqual(21);
    expect(cost.heads).toBeUndefined();
  });

  it('of scans that may not be seen read no JSON at all', async () => {
    const cost = await calls.cost(async () => {
      for (let n = 0; n < 20; n++) await client.ask('heads', [{ key: sampleScan(1000 + n).stream, scan: blue.key }]);
    });
    expect(cost).toEqual({ identities: 1 });
  });

  it('do not hide a stream that the scan gets later', async () => {
    const late = sampleScan(50).stream;
    expect(await client.ask('heads', [{ key: late, scan: red.key }])).toEqual([head(late)]);
    calls.server.putScanJson(red.key, jsonWith(1, 'red', [red.stream, late]));
    await append(calls.other, { ...red, stream: late }, originId, entries(0, 2));
    expect(await client.ask('heads', [{ key: late, scan: red.key }])).toMatchObject([{ exists: true, length: 2 }]);
  });

  it('are not waited for by a client that has read the JSON through the same gateway', async () => {
    const late = sampleScan(50).stream;
    await client.ask('heads', [{ key: late, scan: red.key }]);
    calls.server.putScanJson(red.key, jsonWith(1, 'red', [red.stream, late]));
    await client.ask('scan', red.key);
    const start = calls.time.now();
    await client.ask('heads', [{ key: late, scan: red.key }]);
    expect(calls.time.now() - start).toBeLessThan(100);
  });

  it('of a scan that is created later do not hide it', async () => {
    expect(await client.ask('scan', sampleScan(9).key)).toBeNull();
    await publish(9, 'red');
    expect(await client.ask('scan', sampleScan(9).key)).toMatchObject({ state: { fields: { state: '0' } } });
  });
});

describe('writing', () => {
  const create = (n: number, session: string): unknown => ({ key: sampleScan(n).key, json: jsonWith(n, session, [sampleScan(n).stream]), stateKey: sampleScan(n).stateKey, state: ScanState.CREATED, after: originId, announce: true });
  const step = ({ key, stateKey }: SampleScan, json: string): unknown => ({ key, json, stateKey, state: ScanState.PREPARED, after: '9999999999999-0', announce: false });
  let writer: Client;

  beforeEach(() => {
    writer = calls.client(ofSession('red', { write: true }));
  });

  it('takes the right to write, and deleting its own', async () => {
    const denied = { _tag: 'AccessDenied', url: 'id10' };
    expect(await failure(client.ask('commit', create(5, 'red')))).toMatchObject(denied);
    expect(await failure(client.ask('seal', { key: red.stream, scan: red.key, length: 3 }))).toMatchObject(denied);
    expect(await failure(client.ask('deleteScan', { key: red.key, force: true }))).toMatchObject(denied);
    expect(await failure(writer.ask('deleteScan', { key: red.key, force: true }))).toMatchObject(denied);
    expect(await failure(calls.client({ read: 'all', delete: true }).ask('commit', create(5, 'red')))).toMatchObject(denied);
    expect(await calls.client(ofSession('red', { delete: true })).ask('deleteScan', { key: red.key, force: true })).toEqual({ _tag: 'deleted' });
    expect(calls.database.calls).toMatchObject({ commit: 0, seal: 0, deleteScan: 1 });
  });

  it('creates scans that may be seen, and no others', async () => {
    expect(await writer.ask('commit', create(5, 'red'))).toMatchObject({ _tag: 'committed' });
    expect(await writer.ask('scan', sampleScan(5).key)).toMatchObject({ state: { fields: { state: '0' } } });
    // Repeated, as after a lost answer.
    expect(await writer.ask('commit', create(5, 'red'))).toMatchObject({ _tag: 'committed' });
    expect(await failure(writer.ask('commit', create(6, 'blue')))).toMatchObject({ _tag: 'AccessDenied', url: 'id10' });
    expect(await firstValueFrom(calls.other.scan(sampleScan(6).key))).toBeNull();
  });

  it('treats scans that may not be seen as deleted ones', async () => {
    expect(await writer.ask('seal', { key: blue.stream, scan: blue.key, length: 3 })).toEqual({ _tag: 'scanDeleted' });
    expect(await writer.ask('commit', step(blue, jsonWith(2, 'red', [blue.stream])))).toEqual({ _tag: 'scanDeleted' });
    expect(await calls.client(ofSession('red', { delete: true })).ask('deleteScan', { key: blue.key, force: true })).toEqual({ _tag: 'scanDeleted' });
    expect(await firstValueFrom(calls.other.scan(blue.key))).toMatchObject({ json: jsonWith(2, 'blue', [blue.stream], 'id00/blue') });
  });

  it('does not write over a scan that may not be seen', async () => {
    expect(await failure(writer.ask('commit', { ...Object(create(2, 'red')), stateKey: sampleScan(2).stateKey }))).toMatchObject({ _tag: 'AccessDenied' });
    expect(await failure(writer.ask('commit', { ...Object(create(2, 'red')), stateKey: sampleScan(70).stateKey }))).toMatchObject({ _tag: 'InvalidArgument' });
    expect(await firstValueFrom(calls.other.scan(blue.key))).toMatchObject({ json: jsonWith(2, 'blue', [blue.stream], 'id00/blue') });
  });

  it('does not take the states of another scan, nor another identity', async () => {
    expect(await failure(writer.ask('commit', { ...Object(step(red, jsonWith(1, 'red', []))), stateKey: blue.stateKey }))).toMatchObject({ _tag: 'InvalidArgument' });
    expect(await failure(writer.ask('commit', step(red, jsonWith(1, 'blue', []))))).toMatchObject({ _tag: 'AccessDenied' });
    expect(await failure(writer.ask('commit', step(red, 'no JSON')))).toMatchObject({ _tag: 'AccessDenied' });
  });

  it('goes to streams that the JSON has not yet', async () => {
    expect(await writer.ask('seal', { key: sampleScan(80).stream, scan: red.key, length: 0 })).toEqual({ _tag: 'sealed', length: 0 });
  });

  it('to a window of points: asked before it is appended', async () => {
    const visibility = new Visibility({ database: calls.database, name: 'id10', model: ESRFIdentity, scheduler: calls.time });
    const writable = (rights: ReturnType<typeof ofSession>): Promise<unknown> => calls.done(firstValueFrom(visibility.writable(rights, [{ key: red.stream, scan: red.key }, { key: blue.stream, scan: blue.key }, { key: historyKey, scan: red.key }])));
    expect(await writable(ofSession('red', { write: true }))).toEqual([true, false, false]);
    expect(publicError(await failure(writable(ofSession('red'))), 'id10')).toMatchObject({ _tag: 'AccessDenied', fields: { url: 'id10' } });
  });
});
