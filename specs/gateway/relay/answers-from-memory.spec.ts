/** What clients ask together after a change is asked of the database once, and nobody gets what was there before it. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { ScanState } from '../../../lib/model/scan-state.js';
import { historyKey } from '../../../lib/wire/protocol.js';
import { originId } from '../../../lib/wire/stream-id.js';
import { commitNext, createScan, sampleScan, scanJson, type SampleScan } from '../../contract/samples.js';
import { Calls, type Client } from './calls.js';

let calls: Calls;
let scan: SampleScan;
let clients: readonly Client[];

beforeEach(async () => {
  calls = new Calls();
  scan = await createScan(calls.other, 1);
  clients = Array.from({ length: 200 }, () => calls.client());
});

const commit = (state: ScanState, database = calls.other): Promise<unknown> => commitNext(database, { key: scan.key, json: scanJson(1, {}, { state }), stateKey: scan.stateKey, state, announce: false });

const states = (answer: unknown): readonly unknown[] => (Array.isArray(answer) ? answer.map((entry: { fields: unknown }) => entry.fields) : []);

describe('200 clients that follow a scan', () => {
  it('cost one command each for its states and its JSON after a change', async () => {
    await calls.together(clients, 'log', scan.stateKey, originId, 100, scan.key);
    await commit(ScanState.PREPARED);
    await calls.time.advance(10);
    expect(clients.every(({ woken }) => woken.length === 1)).toBe(true);
    const cost = await calls.cost(async () => {
      const logs = await calls.together(clients, 'log', scan.stateKey, originId, 100, scan.key);
      for (const log of logs) expect(states(log)).toEqual([{ state: '0' }, { state: '1' }]);
      for (const record of await calls.together(clients, 'scan', scan.key, scan.stateKey)) expect(record).toMatchObject({ json: scanJson(1, {}, { state: ScanState.PREPARED }), state: { fields: { state: '1' } } });
    });
    expect(cost).toEqual({ log: 1, scan: 1 });
  });

  it('cost one command as well where they ask one after another, and are all armed and woken', async () => {
    const cost = await calls.cost(async () => {
      for (const client of clients.slice(0, 20)) await client.ask('history', originId, 100);
    });
    expect(cost).toEqual({ history: 1 });
    await createScan(calls.other, 2);
    await calls.time.advance(10);
    for (const client of clients.slice(0, 20)) expect([client.armed, client.woken]).toEqual([[historyKey], [historyKey]]);
    for (const client of clients.slice(0, 20)) expect(await client.ask('history', originId, 100)).toMatchObject({ entries: [{ fields: { key: scan.key } }, { fields: { key: sampleScan(2).key } }] });
  });

  it('are never answered by what was there before a change that woke them', async () => {
    const [client = calls.client()] = clients;
    for (let n = 2; n < 30; n++) {
      expect(await client.ask('history', originId, 100)).toHaveProperty('entries.length', n - 1);
      await createScan(calls.other, n);
      await calls.time.advance(1);
    }
  });
});

describe('an answer from memory', () => {
  const ask = (): Promise<unknown> => calls.client().ask('log', scan.stateKey, originId, 100, scan.key);

  /** The same, and time stands still. */
  const begin = (): Promise<unknown> =>
    firstValueFrom(calls.plain.answer('log', [scan.stateKey, originId, 100, scan.key], { rights: { read: 'all' }, arm: (keys) => calls.watched.listen(keys[0] ?? '', { changed: () => undefined, allChanged: () => undefined }) }));

  it('is not kept if the key changed while it was on its way', async () => {
    await ask();
    await commit(ScanState.PREPARED);
    await calls.time.advance(10);
    const waiting = begin();
    // The server has read it, the answer is on its way.
    await calls.time.advance(1.5);
    await commit(ScanState.STARTED);
    expect(states(await calls.done(waiting))).toEqual([{ state: '0' }, { state: '1' }]);
    await calls.time.advance(10);
    expect(states(await ask())).toEqual([{ state: '0' }, { state: '1' }, { state: '2' }]);
  });

  it('is dropped when the database says that anything may have changed', async () => {
    await ask();
    expect(await calls.cost(ask)).toEqual({});
    calls.database.cut();
    await calls.time.advance(10);
    expect(calls.plain.bytes).toBe(0);
    expect(await calls.cost(ask)).toEqual({ log: 1 });
  });

  it('is not kept if anything may have changed while it was on its way', async () => {
    await ask();
    await calls.time.advance(1000);
    const waiting = begin();
    // The server has read it, the answer is on its way.
    await calls.time.advance(1.5);
    calls.server.flush();
    expect(states(await calls.done(waiting))).toEqual([{ state: '0' }]);
    expect(states(await ask())).toEqual([]);
  });

  it('is dropped when no client listens to the key any more: its changes are not reported', async () => {
    await ask();
    expect(await calls.cost(ask)).toEqual({});
    const listener = { changed: () => undefined, allChanged: () => undefined };
    const lonely = new Calls();
    const another = await createScan(lonely.other, 1);
    const once = (): Promise<unknown> =>
      lonely.done(firstValueFrom(lonely.plain.answer('log', [another.stateKey, originId, 100, another.key], { rights: { read: 'all' }, arm: (keys) => lonely.watched.listen(keys[0] ?? '', listener) })));
    await once();
    lonely.watched.unlisten([another.stateKey], listener);
    await commitNext(lonely.other, { key: another.key, json: scanJson(1), stateKey: another.stateKey, state: ScanState.PREPARED, announce: false });
    await lonely.time.advance(10);
    expect(states(await once())).toEqual([{ state: '0' }, { state: '1' }]);
  });

  it('is kept for a second only: a scan counts as deleted before anything is reported', async () => {
    await ask();
    await calls.client().ask('scan', scan.key, scan.stateKey);
    expect(await calls.cost(() => calls.client().ask('scan', scan.key, scan.stateKey))).toEqual({});
    await calls.time.advance(1000);
    expect(await calls.cost(() => calls.client().ask('scan', scan.key, scan.stateKey))).toEqual({ scan: 1 });
    expect(await calls.cost(ask)).toEqual({ log: 1 });
  });

  it('is not given to a client that has written since', async () => {
    const client = calls.client();
    await ask();
    expect(await client.ask('scan', scan.key, scan.stateKey)).toMatchObject({ state: { fields: { state: '0' } } });
    await client.ask('commit', { key: scan.key, json: scanJson(1), stateKey: scan.stateKey, state: ScanState.PREPARED, after: '9999999999999-0', announce: false });
    expect(await client.ask('scan', scan.key, scan.stateKey)).toMatchObject({ state: { fields: { state: '1' } } });
    expect(states(await client.ask('log', scan.stateKey, originId, 100, scan.key))).toEqual([{ state: '0' }, { state: '1' }]);
  });

  it('is not given to a client that has written since, even if the database reports late', async () => {
    const client = calls.client();
    const created = (): Promise<unknown> => client.ask('log', historyKey, originId, 100);
    expect(states(await ask())).toEqual([{ state: '0' }]);
    expect(await created()).toHaveLength(1);
    calls.watched.close();
    await client.ask('commit', { key: scan.key, json: scanJson(1), stateKey: scan.stateKey, state: ScanState.PREPARED, after: '9999999999999-0', announce: false });
    expect(states(await ask())).toEqual([{ state: '0' }, { state: '1' }]);
    const { key, stateKey } = sampleScan(2);
    await client.ask('commit', { key, json: scanJson(2), stateKey, state: ScanState.CREATED, after: originId, announce: true });
    expect(await created()).toHaveLength(2);
    await client.ask('deleteScan', { key: scan.key, force: true });
    expect(states(await ask())).toEqual([{ state: '0' }, { state: '1' }, { state: '4' }]);
  });

  it('that failed is not kept, and all who waited for it hear why', async () => {
    calls.database.failNext('history', new Error('gone'));
    const [one, two] = [calls.client(), calls.client()];
    const failures = await Promise.allSettled([one.ask('history', originId, 10), two.ask('history', originId, 10)]);
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await one.ask('history', originId, 10)).toMatchObject({ entries: [{}] });
  });

  it('of a scan is not kept as long as its states are not watched', async () => {
    const client = calls.client();
    const cost = await calls.cost(async () => {
      await client.ask('scan', scan.key, scan.stateKey);
      await client.ask('scan', scan.key, scan.stateKey);
    });
    expect(cost).toEqual({ scan: 2 });
  });
});

describe('all answers together', () => {
  it('take 64 MiB at most', async () => {
    const json = (n: number): string => scanJson(n, {}, { text: 'x'.repeat(900_000) });
    const client = calls.client();
    for (let n = 10; n < 60; n++) {
      const { key, stateKey } = sampleScan(n);
      await firstValueFrom(calls.other.commit({ key, json: json(n), stateKey, state: ScanState.CREATED, after: originId, announce: true }));
      await client.ask('log', stateKey, originId, 100, key);
      await client.ask('scan', key, stateKey);
    }
    expect(calls.plain.bytes).toBeLessThanOrEqual(64 << 20);
    expect(calls.plain.bytes).toBeGreaterThan(40 << 20);
    const { key, stateKey } = sampleScan(10);
    expect(await client.ask('scan', key, stateKey)).toMatchObject({ state: { fields: { state: '0' } } });
  });
});
