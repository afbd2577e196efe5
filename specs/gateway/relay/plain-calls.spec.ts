/** The closed list of plain calls: what is in it answers as the database does, and nothing else is reached. */
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { firstValueFrom, of } from 'rxjs';
import { jsonText } from '../../../lib/gateway/relay/json-text.js';
import { isBlissdataError } from '../../../lib/model/errors.js';
import { ScanState } from '../../../lib/model/scan-state.js';
import { historyKey, journalKey, protocolVersionKey } from '../../../lib/wire/protocol.js';
import { originId, sealId } from '../../../lib/wire/stream-id.js';
import { append, createScan, entries, sampleScan, scanJson, scanKeyOf, streamKeyOf, type SampleScan } from '../../contract/samples.js';
import { Calls, failure, type Client } from './calls.js';

let calls: Calls;
let scan: SampleScan;
let client: Client;

beforeEach(async () => {
  calls = new Calls();
  scan = await createScan(calls.other, 1, { session: 'red' });
  await append(calls.other, scan, originId, entries(0, 3));
  client = calls.client();
});

describe('a plain call', () => {
  const search = { prefix: 'esrf', criteria: [{ _tag: 'text', field: 'session', kind: 'startsWith', text: 're' }] };

  it.each([
    ['protocolVersion', () => [], () => calls.other.protocolVersion()],
    ['heads', () => [[{ key: scan.stream, scan: scan.key }, { key: streamKeyOf(77) }]], () => calls.other.heads([{ key: scan.stream }, { key: streamKeyOf(77) }])],
    ['log', () => [scan.stateKey, originId, 10, scan.key], () => calls.other.log(scan.stateKey, originId, 10)],
    ['log', () => [historyKey, originId, 10], () => calls.other.log(historyKey, originId, 10)],
    ['history', () => [originId, 10], () => calls.other.history(originId, 10)],
    ['logTail', () => [historyKey, { count: 1 }], () => calls.other.logTail(historyKey, { count: 1 })],
    ['logTail', () => [historyKey, { count: 1, max: '1-0' }], () => calls.other.logTail(historyKey, { count: 1, max: '1-0' })],
    ['log', () => [scan.stateKey, originId, 10], () => calls.other.log(scan.stateKey, originId, 10)],
    ['logTail', () => [scan.stateKey, { count: 5 }], () => calls.other.logTail(scan.stateKey, { count: 5 })],
    ['text', () => [protocolVersionKey], () => calls.other.text(protocolVersionKey)],
    ['scan', () => [scan.key], () => calls.other.scan(scan.key)],
    ['scan', () => [scan.key, null], () => calls.other.scan(scan.key)],
    ['scan', () => [scan.key, scan.stateKey], () => calls.other.scan(scan.key, scan.stateKey)],
    ['remains', () => [scan.key, scan.stateKey], () => calls.other.remains(scan.key, scan.stateKey)],
    ['scansExist', () => [[scan.key, scanKeyOf(9)]], () => calls.other.scansExist([scan.key, scanKeyOf(9)])],
    ['identities', () => [[scan.key, scanKeyOf(9)]], () => calls.other.identities([scan.key, scanKeyOf(9)])],
    ['states', () => [[scanKeyOf(9), scan.key]], () => calls.other.states([scanKeyOf(9), scan.key])],
    ['search', () => [search], () => calls.other.search({ prefix: 'esrf', criteria: [{ _tag: 'text', field: 'session', kind: 'startsWith', text: 're' }] })],
    ['search', () => [{ prefix: 'esrf', criteria: [{ _tag: 'number', field: 'number', min: 1 }] }], () => calls.other.search({ prefix: 'esrf', criteria: [] })],
  ] as const)('%s answers as the database does, in JSON', async (call, args, asked) => {
    const answer = await client.ask(call, ...args());
    expect(answer).toEqual(await firstValueFrom<unknown>(asked()));
    expect(JSON.parse(jsonText(answer))).toEqual(answer);
  });

  it('writes where it is allowed', async () => {
    expect(await client.ask('seal', { key: scan.stream, scan: scan.key, length: 3 })).toEqual({ _tag: 'sealed', length: 3 });
    expect(await client.ask('commit', { key: scanKeyOf(2), json: scanJson(2), stateKey: sampleScan(2).stateKey, state: ScanState.CREATED, after: originId, announce: true })).toMatchObject({ _tag: 'committed' });
    expect(await client.ask('deleteScan', { key: scanKeyOf(2), force: false })).toEqual({ _tag: 'open', state: '0' });
    expect(await client.ask('deleteScan', { key: scanKeyOf(2), force: true })).toEqual({ _tag: 'deleted' });
  });

  it('is one request where several clients ask the same in one tick', async () => {
    const clients = [client, calls.client(), calls.client()];
    for (const [call, ...args] of [
      ['protocolVersion'],
      ['heads', [{ key: scan.stream, scan: scan.key }]],
      ['logTail', historyKey, { count: 1 }],
      ['scan', scan.key],
      ['scansExist', [scan.key]],
      ['identities', [scan.key]],
      ['states', [scan.key]],
      ['search', search],
    ] as const) {
      expect([call, await calls.cost(() => calls.together(clients, call, ...args))]).toEqual([call, { [call]: 1 }]);
    }
  });
});

describe('what is in no list', () => {
  it.each(['memory', 'record', 'oldest', 'forget', 'trim', 'expireSooner', 'close', 'unwatch', 'recycle', 'read', 'append', 'constructor', '__proto__', 'toString', ''])('%j is no call', async (call) => {
    expect(await failure(client.ask(call))).toMatchObject({ _tag: 'InvalidArgument', argument: 'call' });
    expect(calls.database.calls).toEqual(Object.fromEntries(Object.keys(calls.database.calls).map((method) => [method, 0])));
  });

  it.each([
    ['heads', [[{ key: 7 }]]],
    ['heads', [['esrf:stream:x']]],
    ['heads', ['x']],
    ['heads', []],
    ['heads', [Array.from({ length: 1001 }, (_, i) => ({ key: streamKeyOf(i) }))]],
    ['scansExist', [Array.from({ length: 1001 }, (_, i) => scanKeyOf(i))]],
    ['identities', [['\ud800']]],
    ['states', [['x'.repeat(2000)]]],
    ['log', ['k', '$', 10]],
    ['log', ['k', '1-99999999999999999999', 10]],
    ['log', ['k', '0-0', 0]],
    ['log', ['k', '0-0', 1.5]],
    ['log', ['k', '0-0', -1]],
    ['log', ['k', '0-0', '10']],
    ['history', ['0-0']],
    ['logTail', [historyKey, { count: 1, max: '-' }]],
    ['logTail', [historyKey, {}]],
    ['remains', ['k']],
    ['protocolVersion', ['x']],
    ['search', [{ prefix: 'esrf', criteria: [{ _tag: 'text', field: 'name', kind: 'like', text: 'x' }] }]],
    ['search', [{ prefix: 'esrf', criteria: [{ _tag: 'text', field: 'name', kind: 'equals', text: '' }] }]],
    ['search', [{ prefix: 'esrf', criteria: [{ _tag: 'number', field: 'number', min: 'x' }] }]],
    ['search', [{ prefix: 'esrf', criteria: Array.from({ length: 101 }, () => ({ _tag: 'number', field: 'number', min: 1 })) }]],
    ['search', [{ prefix: 'lab', criteria: [] }]],
    ['seal', [{ key: 'k', scan: 's', length: -1 }]],
    ['commit', [{ key: 'k', json: 1, stateKey: 's', state: 0, after: '0-0', announce: true }]],
    ['commit', [{ key: scanKeyOf(1), json: '{}', stateKey: streamKeyOf(1), state: 7, after: '0-0', announce: true }]],
    ['commit', [{ key: '_SCAN_HISTORY_', json: '{}', stateKey: streamKeyOf(1), state: 0, after: '0-0', announce: true }]],
    ['commit', [{ key: scanKeyOf(1), json: '{}', stateKey: historyKey, state: 0, after: '0-0', announce: false }]],
    ['deleteScan', [{ key: 'k' }]],
    ['deleteScan', [{ key: 'k', force: 1 }]],
  ] as const)('%s does not take %j', async (call, args) => {
    expect(await failure(client.ask(call, ...args))).toMatchObject({ _tag: 'InvalidArgument' });
    expect(Object.values(calls.database.calls).every((count) => count === 0)).toBe(true);
  });
});

describe('any call with any arguments', () => {
  const names = ['protocolVersion', 'heads', 'log', 'history', 'logTail', 'text', 'scan', 'remains', 'scansExist', 'identities', 'states', 'search', 'seal', 'commit', 'deleteScan', 'fileLength'];
  const piece = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<fc.JsonValue>(scanKeyOf(1), sampleScan(1).stateKey, sampleScan(1).stream, historyKey, originId, sealId, 1, 10, -1, 1e300, 2 ** 53, '\ud800', '\0', null),
    fc.record({ key: fc.constantFrom(scanKeyOf(1), sampleScan(1).stream, historyKey, ''), scan: fc.constantFrom<fc.JsonValue>(scanKeyOf(1), null, 7) }, { requiredKeys: [] }),
    fc.record({ prefix: fc.constantFrom('esrf', 'lab'), criteria: fc.array(fc.record<Record<string, unknown>>({ _tag: fc.constantFrom('text', 'number'), field: fc.constantFrom('name', '__proto__', 'x y'), kind: fc.constantFrom('equals', 'contains', 'like'), text: fc.string(), min: fc.double() }, { requiredKeys: [] })) }, { requiredKeys: [] }),
  );

  it('is answered, or errs by one of our errors', async () => {
    const quick = new Calls(0);
    const guest = quick.client();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.array(piece, { maxLength: 4 }), async (call, args) => {
        const outcome = await failure(guest.ask(call, ...JSON.parse(JSON.stringify(args)) as unknown[]));
        if (outcome instanceof Error) expect([call, args, isBlissdataError(outcome)]).toEqual([call, args, true]);
        else expect(jsonText(outcome)).toEqual(expect.any(String));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes a message of a million wrong items for one mistake', async () => {
    for (const call of ['heads', 'scansExist', 'identities', 'states']) {
      expect(await failure(client.ask(call, Array(1_000_000).fill(7)))).toMatchObject({ _tag: 'InvalidArgument', received: expect.stringMatching(/^.{1,200}$/) as unknown });
    }
    expect(await failure(client.ask('search', { prefix: 'esrf', criteria: Array(1_000_000).fill(7) }))).toMatchObject({ _tag: 'InvalidArgument' });
  });
});

describe('keys of another form', () => {
  const strange = ['_PROTOCOL_VERSION_', journalKey, 'esrf:scan:index', 'esrf:scan:index:hash', 'esrf:scan:01J', 'lab:scan:01J00000000000000000000001', 'esrf:stream:', 'id00/limaccds/frelon', ''];

  it('are missing, and the database is not asked', async () => {
    for (const key of strange) {
      expect(await client.ask('heads', [{ key, scan: scan.key }])).toEqual([{ key, exists: false, lastId: originId, length: 0, sealed: false }]);
      expect(await client.ask('log', key, originId, 10, scan.key)).toEqual([]);
      expect(await client.ask('logTail', key, { count: 10 })).toEqual([]);
      expect(await client.ask('scan', key)).toBeNull();
      expect(await client.ask('remains', key, scan.stateKey)).toBeNull();
      expect(await client.ask('remains', scan.key, key)).toBeNull();
      expect(await client.ask('scansExist', [key])).toEqual([false]);
      expect(await client.ask('identities', [key])).toEqual([null]);
      expect(await client.ask('states', [key])).toEqual([null]);
      expect(await client.ask('seal', { key, scan: scan.key, length: 1 })).toEqual({ _tag: 'scanDeleted' });
      expect(await client.ask('seal', { key: scan.stream, scan: key, length: 1 })).toEqual({ _tag: 'scanDeleted' });
      expect(await client.ask('deleteScan', { key, force: true })).toEqual({ _tag: 'scanDeleted' });
    }
    expect(Object.values(calls.database.calls).every((count) => count === 0)).toBe(true);
    expect(client.armed).toEqual([]);
  });
});

describe('a text', () => {
  const withServer = (url: string): string => scanJson(3, {}, {}).replace('"data_streams":{}', `"data_streams":{"frelon":{"pk":"01J00000000000000000000777","info":{"lima_info":{"server_url":${JSON.stringify(url)}}}}}`);
  const put = (key: string, value: string): void => calls.server.setText(key, value);

  it('is only the count of a detector that the named scan has', async () => {
    const { key, stateKey } = sampleScan(3);
    await firstValueFrom(calls.other.commit({ key, json: withServer('id00/limaccds/frelon'), stateKey, state: ScanState.PREPARED, after: originId, announce: true }));
    put('id00/limaccds/frelon', '12');
    put('id00/limaccds/other', '13');
    expect(await client.ask('text', 'id00/limaccds/frelon', key)).toBe('12');
    expect(await client.ask('text', 'id00/limaccds/frelon')).toBeNull();
    expect(await client.ask('text', 'id00/limaccds/frelon', scan.key)).toBeNull();
    expect(await client.ask('text', 'id00/limaccds/other', key)).toBeNull();
  });

  it('is nothing but a count, even if a scan names another key as that of its detector', async () => {
    const { key, stateKey } = sampleScan(3);
    await firstValueFrom(calls.other.commit({ key, json: withServer('secret'), stateKey, state: ScanState.PREPARED, after: originId, announce: true }));
    put('secret', 'swordfish');
    expect(await client.ask('text', 'secret', key)).toBeNull();
  });
});

describe('a log', () => {
  it('has 1,000 entries at most, and all of them if it is read on', async () => {
    for (let n = 0; n < 1500; n++) await createScan(calls.other, 2000 + n);
    const first = await client.ask('history', originId, 5000);
    expect(first).toHaveProperty('entries.length', 1000);
    const tail = await client.ask('logTail', historyKey, { count: 5000 });
    expect(tail).toHaveLength(1000);
  });

  it('does not read the points of a stream instead of states, of which each may be an image', async () => {
    // To Redis both are streams.
    const image = { id: '0-1', fields: { payload: 'x'.repeat(1 << 20) } };
    const tail = jest.spyOn(calls.database, 'logTail').mockReturnValue(of([image]));
    const log = jest.spyOn(calls.database, 'log').mockReturnValue(of([image]));
    for (let i = 0; i < 5; i++) expect(await client.ask('log', sampleScan(5).stream, originId, 1000)).toEqual([]);
    expect(await client.ask('logTail', sampleScan(5).stream, { count: 1000 })).toEqual([]);
    expect(log).not.toHaveBeenCalled();
    expect(tail.mock.calls).toEqual([[sampleScan(5).stream, { count: 1 }]]);
    expect(client.armed).toEqual([]);
  });

  it('of a scan whose states are those of a stream has no points', async () => {
    const json = scanJson(1, { session: 'red' });
    jest.spyOn(calls.database, 'scan').mockReturnValue(of({ json, state: { id: '0-1', fields: { payload: 'x' } } }));
    expect(await client.ask('scan', scan.key, scan.stream)).toEqual({ json });
  });

  it('may not exist yet, and wakes the client when it does', async () => {
    const { key, stateKey } = sampleScan(6);
    expect(await client.ask('log', stateKey, originId, 100, key)).toEqual([]);
    await createScan(calls.other, 6);
    await calls.time.advance(10);
    expect(client.woken).toEqual([stateKey]);
    expect(await client.ask('log', stateKey, originId, 100, key)).toMatchObject([{ fields: { state: '0' } }]);
  });

  it('after the seal of a stream is empty', async () => {
    expect(await client.ask('log', scan.stateKey, sealId, 100, scan.key)).toEqual([]);
  });
});
