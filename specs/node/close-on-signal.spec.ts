/** Programs that are ended by a signal close their scans, with every point that was sent. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { closeOnSignal, ScanState, scanStateName, type ClosableScan, type Scan } from '../../lib/index.js';
import { child, type Child } from '../server/child.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

let started: Child[] = [];
afterEach(async () => {
  for (const { process } of started) process.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  started = [];
});

/** A publisher that has sent so many points. */
async function publishing(mode: string, points = 5): Promise<Child> {
  const publisher = child('specs/node/children/publish-slowly.ts', [on.url, mode]);
  started.push(publisher);
  for (let line = ''; line !== `sent ${points}`; line = await publisher.line());
  return publisher;
}

/** What it says from here on. */
async function rest(publisher: Child): Promise<readonly string[]> {
  const lines: string[] = [];
  for (;;) {
    try {
      lines.push(await publisher.line());
    } catch {
      return lines;
    }
  }
}

const scanOf = async (name: string): Promise<Scan> => {
  const { keys: [key = ''] } = await firstValueFrom(on.store.search({ name }));
  return firstValueFrom(on.store.loadScan(key));
};
const stateOf = async (scan: Scan): Promise<string> => scanStateName(await firstValueFrom(scan.state$));

describe('a publisher that gets a signal', () => {
  it.each([['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const)('by %s closes its scans, with all that was sent, and ends with %i', async (signal, code) => {
    const publisher = await publishing('plain');
    publisher.process.kill(signal);
    const [said, ended] = await Promise.all([rest(publisher), publisher.ended]);
    expect(ended).toEqual({ code, signal: null, stderr: '' });
    const scan = await scanOf('slow');
    expect(await stateOf(scan)).toBe('CLOSED');
    expect((await firstValueFrom(scan.info$))['end_reason']).toBe('USER_ABORT');
    const sent = 6 + said.filter((line) => line.startsWith('sent')).length;
    const diode = await firstValueFrom(scan.stream('diode', 'float64'));
    expect((await firstValueFrom(diode.slice())).data).toEqual(Float64Array.from({ length: sent }, (_, i) => i));
    expect(await lastValueFrom(diode.waitSealed())).toBe(sent);
    const other = await scanOf('other');
    expect([await stateOf(other), (await firstValueFrom(other.info$))['end_reason']]).toEqual(['CLOSED', 'FAILURE']);
  });

  it('ends at once with the second signal, where the server keeps it waiting', async () => {
    const publisher = await publishing('ticking');
    await on.client.call('CLIENT', ['PAUSE', '60000', 'WRITE']);
    publisher.process.kill('SIGINT');
    // Two signals closer together than key presses count as one.
    publisher.process.kill('SIGINT');
    for (let ticks = 0; ticks < 10; ticks += 1) while ((await publisher.line()) !== 'tick');
    publisher.process.kill('SIGINT');
    expect(await publisher.ended).toMatchObject({ code: 130 });
    await on.client.call('CLIENT', ['UNPAUSE']);
    expect(await stateOf(await scanOf('slow'))).toBe('STARTED');
  });

  it('gives up after the time that it has, and says what it could not close', async () => {
    const publisher = await publishing('impatient');
    await on.client.call('CLIENT', ['PAUSE', '60000', 'WRITE']);
    publisher.process.kill('SIGINT');
    const { code, stderr } = await publisher.ended;
    await on.client.call('CLIENT', ['UNPAUSE']);
    expect(code).toBe(130);
    expect(stderr).toMatch(/blissdata-rx: SIGINT: esrf:scan:\w+ could not be closed within the time/);
  });

  it('ends as ever once that is called off, and closes what is left', async () => {
    const publisher = await publishing('called off');
    publisher.process.kill('SIGINT');
    expect((await publisher.ended).code).toBe(130);
    expect([await stateOf(await scanOf('slow')), await stateOf(await scanOf('other'))]).toEqual(['STARTED', 'CLOSED']);
  });

  it('leaves its end to a program that listens itself, and the reason of the end as well', async () => {
    const publisher = await publishing('own');
    publisher.process.kill('SIGTERM');
    const said = await rest(publisher);
    expect(said).toContain('heard it');
    // `send` found the stream sealed, which is the program's own end.
    expect(await publisher.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('StreamSealed') });
    expect(await stateOf(await scanOf('slow'))).toBe('CLOSED');
  });

  it('does not change an end_reason that is there', async () => {
    const publisher = await publishing('reason');
    publisher.process.kill('SIGINT');
    expect((await publisher.ended).code).toBe(130);
    expect((await firstValueFrom((await scanOf('slow')).info$))['end_reason']).toBe('SUCCESS');
  });

  it('listens once, however many scans it publishes', async () => {
    const publisher = child('specs/node/children/publish-slowly.ts', [on.url, 'several']);
    started.push(publisher);
    expect(await publisher.line()).toBe('1 listeners');
    publisher.process.kill('SIGINT');
    expect((await publisher.ended).code).toBe(130);
  });
});

describe('closeOnSignal', () => {
  const listeners = (): number => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM') + process.listenerCount('SIGHUP');

  it('leaves no listener when it is called off, or goes out of scope', async () => {
    const before = listeners();
    const scan = await on.store.createScan({ name: 'x', number: 1, data_policy: 'none' });
    const off = closeOnSignal([scan, on.store]);
    expect(listeners()).toBe(before + 3);
    const disposable = closeOnSignal(scan, { signals: ['SIGUSR2'] });
    expect(process.listenerCount('SIGUSR2')).toBe(1);
    disposable[Symbol.dispose]();
    expect(process.listenerCount('SIGUSR2')).toBe(0);
    off();
    off();
    expect(listeners()).toBe(before);
    await scan.close();
  });

  it('refuses what cannot be closed, and what is no time', () => {
    const scan: ClosableScan = { key: 'x', state: ScanState.CLOSED, info: {}, close: () => Promise.resolve() };
    expect((): unknown => Reflect.apply(closeOnSignal, undefined, [{}])).toThrow(expect.objectContaining({ _tag: 'InvalidArgument' }));
    expect(() => closeOnSignal(scan, { within: NaN })).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'within' }));
  });
});
