/** The steps of a scan's writer: which are allowed, what each leaves in Redis, and that a refused one leaves nothing. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { numeric, ScanState, scanStateName, type ScanWriter } from '../../lib/index.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf } from '../store/outcomes.js';
import { expire, identity, statesAt } from './publishing.js';

const on = onRedis();

type Step = 'prepare' | 'start' | 'stop' | 'close';
const steps: readonly Step[] = ['prepare', 'start', 'stop', 'close'];
const targets = { prepare: ScanState.PREPARED, start: ScanState.STARTED, stop: ScanState.STOPPED, close: ScanState.CLOSED } as const;

/** A scan that has taken its steps up to this state. */
async function scanIn(state: ScanState): Promise<ScanWriter> {
  const scan = await on.store.createScan(identity);
  for (const step of steps) if (targets[step] <= state) await scan[step]();
  return scan;
}

const pairs = Object.values(ScanState).flatMap((from) => steps.map((step) => ({ from, step, to: targets[step], name: scanStateName(from) })));
const isAllowed = ({ from, to }: { from: ScanState; to: ScanState }): boolean => to === from + 1 || to === ScanState.CLOSED;

describe('a step', () => {
  it.each(pairs.filter(isAllowed))('$step is allowed from $name', async ({ from, step, to }) => {
    const scan = await scanIn(from);
    expect(scan.state).toBe(from);
    await scan[step]();
    expect(scan.state).toBe(to);
    expect((await statesAt(on.client, scan.key)).at(-1)).toBe(String(to));
  });

  it.each(pairs.filter((pair) => !isAllowed(pair)))('$step is refused from $name and changes nothing', async ({ from, step, to }) => {
    const scan = await scanIn(from);
    const before = await statesAt(on.client, scan.key);
    const error = await failureOf(scan[step]());
    expect(error).toMatchObject({ _tag: 'UnauthorizedStateTransition', key: scan.key, from, to, retriable: false });
    expect(String(error)).toContain(`from ${scanStateName(from)} to ${scanStateName(to)}`);
    expect(scan.state).toBe(from);
    expect(await statesAt(on.client, scan.key)).toEqual(before);
  });

  it('leaves exactly one state each', async () => {
    expect(await statesAt(on.client, (await scanIn(ScanState.CLOSED)).key)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('is taken after those requested before, however fast', async () => {
    const scan = await on.store.createScan(identity);
    const reached: number[] = [];
    await Promise.all(steps.map((step) => scan[step]().then(() => reached.push(scan.state))));
    expect(reached).toEqual([1, 2, 3, 4]);
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('is tried although the one before it failed', async () => {
    const scan = await on.store.createScan(identity);
    const outcomes = await Promise.allSettled([scan.start(), scan.prepare(), scan.prepare(), scan.start(), scan.close()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '1', '2', '4']);
  });
});

describe('closing', () => {
  it('a closed scan does nothing, and may be done again and again', async () => {
    const scan = await scanIn(ScanState.CLOSED);
    await scan.close();
    await Promise.all([scan.close(), scan.close()]);
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('works in a finally, whatever failed before', async () => {
    const scan = await on.store.createScan(identity);
    const publish = async (): Promise<void> => {
      try {
        await scan.start();
      } finally {
        await scan.close();
      }
    };
    expect(await failureOf(publish())).toMatchObject({ _tag: 'UnauthorizedStateTransition', to: ScanState.STARTED });
    expect(scan.state).toBe(ScanState.CLOSED);
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '4']);
  });

  it('is what leaving the scope of await using does', async () => {
    const scan = await scanIn(ScanState.PREPARED);
    await scan[Symbol.asyncDispose]();
    expect(scan.state).toBe(ScanState.CLOSED);
  });
});

describe('stopping and closing', () => {
  it.each(['stop', 'close'] as const)('%s writes what was sent and seals every stream first', async (step) => {
    const scan = await on.store.createScan(identity);
    const diode = scan.createStream('diode', numeric('float64'));
    const empty = scan.createStream('empty', numeric('float64'));
    await scan.prepare();
    await scan.start();
    diode.sendBatch([1, 2, 3]);
    await scan[step]();
    const loaded = await firstValueFrom(on.another().loadScan(scan.key));
    for (const [name, length] of [['diode', 3], ['empty', 0]] as const) {
      const stream = await firstValueFrom(loaded.stream(name, 'float64'));
      expect(await failureOf(stream.at(length))).toMatchObject({ _tag: 'IndexWontBeThere', length });
    }
    expect(await failureOf(() => diode.send(4))).toMatchObject({ _tag: 'StreamSealed', stream: 'diode' });
    expect(await failureOf(() => empty.send(4))).toMatchObject({ _tag: 'StreamSealed', stream: 'empty' });
  });

  it('leave a stream alone that was sealed before', async () => {
    const scan = await on.store.createScan(identity);
    const diode = scan.createStream('diode', numeric('float64'));
    await scan.prepare();
    diode.send(1);
    await diode.seal();
    await scan.close();
    expect(await on.client.xlen(diode.key)).toBe(2);
    expect(await diode.seal()).toBe(1);
  });

  it('say so if a stream could not be written to its end; stop stays where it is, close closes all the same', async () => {
    const scan = await on.store.createScan(identity);
    const diode = scan.createStream('diode', numeric('float64'));
    const other = scan.createStream('other', numeric('float64'));
    await scan.prepare();
    await scan.start();
    await on.client.xadd(diode.key, '7-1', 'payload', Buffer.alloc(8));
    diode.send(1);
    other.send(2);
    expect(await failureOf(scan.stop())).toMatchObject({ _tag: 'WriteConflict', stream: 'diode' });
    expect(scan.state).toBe(ScanState.STARTED);
    expect(await failureOf(scan.close())).toMatchObject({ _tag: 'WriteConflict', stream: 'diode' });
    expect(scan.state).toBe(ScanState.CLOSED);
    expect(await statesAt(on.client, scan.key)).toEqual(['0', '1', '2', '4']);
    const stream = await firstValueFrom((await firstValueFrom(on.store.loadScan(scan.key))).stream('other', 'float64'));
    expect(await firstValueFrom(stream.at(-1))).toBe(2);
  });
});

describe('a scan that was deleted', () => {
  /** What is left of scans and streams, index and its bookkeeping aside. */
  const keysLeft = async (): Promise<readonly string[]> => (await on.client.keys('esrf:*')).filter((key) => !key.startsWith('esrf:scan:index'));

  /** In the state before a step, with a stream that has one point. */
  async function scanBefore(step: Step): Promise<ScanWriter> {
    const scan = await on.store.createScan(identity);
    const diode = scan.createStream('diode', numeric('float64'));
    for (const earlier of steps.slice(0, steps.indexOf(step))) await scan[earlier]();
    if (scan.state < ScanState.STOPPED) {
      diode.send(1);
      await diode.flush();
    }
    return scan;
  }

  it.each(steps)('refuses %s with ScanNotFound, and no key of it comes back', async (step) => {
    const scan = await scanBefore(step);
    const { state } = scan;
    await on.client.del(...(await keysLeft()));
    expect(await failureOf(scan[step]())).toMatchObject({ _tag: 'ScanNotFound', key: scan.key, retriable: false });
    expect(scan.state).toBe(state);
    expect(await keysLeft()).toEqual([]);
  });

  it.each(steps)('refuses %s as well in the seconds before its keys expire, and lets them expire', async (step) => {
    const scan = await scanBefore(step);
    const keys = await keysLeft();
    await expire(on.client, ...keys);
    expect(await failureOf(scan[step]())).toMatchObject({ _tag: 'ScanNotFound', key: scan.key });
    expect([...(await keysLeft())].sort()).toEqual([...keys].sort());
    for (const key of keys) expect(await on.client.ttl(key)).toBeGreaterThan(0);
  });
});
