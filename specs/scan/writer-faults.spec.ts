/** The steps of a scan whose server goes away: each is taken once, and waits for as long as it must. */
import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, lastValueFrom, map, toArray } from 'rxjs';
import { blissdataError, DataStore, json, ScanState, type RetryOptions, type ScanWriter, type StreamWriter } from '../../lib/index.js';
import type { Cut } from '../../lib/memory/connection.js';
import { memoryDatabase, type MemoryDatabase } from '../../lib/memory/memory-database.js';
import { stateKeyIn } from '../../lib/memory/scan-commands.js';
import { historyKey } from '../../lib/wire/protocol.js';
import { originId } from '../../lib/wire/stream-id.js';
import { commitNext } from '../contract/samples.js';
import { failureOf } from '../store/outcomes.js';
import { identity } from './publishing.js';

const retry = { firstDelay: 1, maxDelay: 4 };

interface Given {
  readonly database: MemoryDatabase;
  readonly store: DataStore;
  readonly scan: ScanWriter;
  readonly diode: StreamWriter<'json'>;
}

/** A scan in memory with a stream; everything is tried again after some ms. */
async function given(options: RetryOptions | false = retry): Promise<Given> {
  const database = memoryDatabase({ latency: 2 });
  const store = DataStore.over(database, { retry: options });
  const scan = await store.createScan(identity);
  return { database, store, scan, diode: scan.createStream('diode', json()) };
}

/** The scan's JSON and the key of its states, as another client sees them. */
async function seen({ database, scan }: Given): Promise<{ readonly other: MemoryDatabase; readonly text: string; readonly stateKey: string }> {
  const other = memoryDatabase({ server: database.server });
  const { json: text } = (await firstValueFrom(other.scan(scan.key))) ?? { json: '' };
  return { other, text, stateKey: stateKeyIn(scan.key, text) ?? '' };
}

/** Each state that the scan has been in. */
async function statesOf(all: Given): Promise<string> {
  const { other, stateKey } = await seen(all);
  const entries = await firstValueFrom(other.log(stateKey, originId, 100));
  return entries.map(({ fields }) => fields['state']).join('');
}

const pointsOf = async ({ database, scan }: Given): Promise<readonly unknown[]> => {
  const loaded = await firstValueFrom(DataStore.over(memoryDatabase({ server: database.server })).loadScan(scan.key));
  const stream = await firstValueFrom(loaded.stream('diode', 'json'));
  return lastValueFrom(stream.points$.pipe(map(({ value }) => value), toArray()));
};

const untilRetrying = ({ diode }: Given): Promise<unknown> => firstValueFrom(diode.status$.pipe(filter(({ _tag }) => _tag === 'retrying')));

const cuts: readonly (readonly [string, Cut])[] = [
  ['whose request gets lost', { lost: 'requests', away: 10 }],
  ['whose answer gets lost', { lost: 'answers', away: 10 }],
  ['that arrives when it has been done already', { lost: { lateBy: 8 } }],
];

describe('a step', () => {
  it.each(cuts)('%s is taken once, whichever it is', async (_, cut) => {
    const all = await given();
    for (const step of ['prepare', 'start', 'stop', 'close'] as const) {
      all.database.cutDuring('commit', cut);
      await all.scan[step]();
    }
    expect(all.scan.state).toBe(ScanState.CLOSED);
    expect(await statesOf(all)).toBe('01234');
  });

  it.each(cuts)('%s creates one scan', async (_, cut) => {
    const database = memoryDatabase({ latency: 2 });
    const store = DataStore.over(database, { retry });
    await store.createScan(identity);
    database.cutDuring('commit', cut);
    const scan = await store.createScan(identity);
    await scan.prepare();
    const history = await firstValueFrom(database.log(historyKey, originId, 100));
    expect(history.map(({ fields }) => fields['key'])).toEqual([expect.any(String), scan.key]);
  });

  it('whose outcome nobody knows may be asked for again', async () => {
    const all = await given(false);
    all.database.cutDuring('commit', { lost: 'answers' });
    expect(await failureOf(all.scan.prepare())).toMatchObject({ _tag: 'OutcomeUnknown', key: all.scan.key });
    expect(all.scan.state).toBe(ScanState.CREATED);
    await all.scan.prepare();
    expect(all.scan.state).toBe(ScanState.PREPARED);
    expect(await statesOf(all)).toBe('01');
  });

  it.each(['requests', 'answers'] as const)('whose outcome nobody knows leaves close to close the scan (%s)', async (lost) => {
    const all = await given(false);
    all.database.cutDuring('commit', { lost });
    expect(await failureOf(all.scan.prepare())).toMatchObject({ _tag: 'OutcomeUnknown' });
    await all.scan.close();
    expect(all.scan.state).toBe(ScanState.CLOSED);
    expect(await statesOf(all)).toBe(lost === 'answers' ? '014' : '04');
  });
});

describe('somebody else who changes the state', () => {
  const step = async (all: Given, state: ScanState): Promise<void> => {
    const { other, text, stateKey } = await seen(all);
    await commitNext(other, { key: all.scan.key, json: text, stateKey, state, announce: false });
  };

  it('is ScanConflict, which changes nothing', async () => {
    const all = await given();
    await step(all, ScanState.STARTED);
    expect(await failureOf(all.scan.prepare())).toMatchObject({ _tag: 'ScanConflict', key: all.scan.key, expected: ScanState.CREATED, found: '2', retriable: false });
    expect(all.scan.state).toBe(ScanState.CREATED);
    expect(await statesOf(all)).toBe('02');
  });

  it('does not keep the scan open, but close says so', async () => {
    const all = await given();
    await step(all, ScanState.STARTED);
    expect(await failureOf(all.scan.close())).toMatchObject({ _tag: 'ScanConflict', found: '2' });
    expect(all.scan.state).toBe(ScanState.CLOSED);
    expect(await statesOf(all)).toBe('024');
    await all.scan.close();
  });
});

describe('close in a finally', () => {
  it.each(['append', 'seal', 'commit'] as const)('waits for a server that goes away during %s, and has written everything', async (method) => {
    const all = await given();
    const values = Array.from({ length: 100 }, (_, i) => i);
    await all.scan.prepare();
    await all.scan.start();
    try {
      for (const value of values) all.diode.send(value);
      all.database.cutDuring(method, { lost: 'answers', away: 20 });
    } finally {
      await all.scan.close();
    }
    expect(await statesOf(all)).toBe('0124');
    expect(await pointsOf(all)).toEqual(values);
  });

  it('closes the scan where its points cannot be written, and says why', async () => {
    const all = await given({ ...retry, attempts: 2 });
    await all.scan.prepare();
    all.diode.send(1);
    all.database.failNext('append', blissdataError('ServerError', { command: 'EVALSHA append', code: 'NOPERM', reply: 'NOPERM' }));
    expect(await failureOf(all.scan.close())).toMatchObject({ _tag: 'ServerError', code: 'NOPERM' });
    expect(await statesOf(all)).toBe('014');
    expect(await pointsOf(all)).toEqual([]);
  });
});

describe('while the server is away', () => {
  it('flush and ready wait, and points that are sent meanwhile are there afterwards', async () => {
    const all = await given();
    await all.scan.prepare();
    all.database.cutDuring('append', { lost: 'requests', away: 20 });
    all.diode.send('a');
    const flushed = all.diode.flush().then(() => firstValueFrom(all.diode.acknowledged$));
    await untilRetrying(all);
    all.diode.send('b');
    await all.diode.ready();
    expect(await flushed).toBe(1);
    expect(await all.diode.seal()).toBe(2);
    expect(await pointsOf(all)).toEqual(['a', 'b']);
  });

  it('a store that closes ends the wait, with what kept the points from being written', async () => {
    const all = await given();
    await all.scan.prepare();
    all.database.cut({ away: 1e9 });
    all.diode.send('a');
    const flushed = failureOf(all.diode.flush());
    await untilRetrying(all);
    expect(await failureOf(all.store.close({ within: 0 }))).toMatchObject({ _tag: 'Disconnected' });
    expect(await flushed).toMatchObject({ _tag: 'Disconnected' });
    expect(await failureOf(all.diode.seal())).toMatchObject({ _tag: 'Disconnected' });
    expect(await failureOf(() => all.diode.send('b'))).toMatchObject({ _tag: 'Disconnected' });
  });
});
