/** Fifty streams that are published at once, by joint requests, while these are cut: each stream has all its points, once and in order. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { numeric, type ScanWriter, type StreamWriter } from '../../lib/index.js';
import { identity } from '../scan/publishing.js';
import { onFaults } from './on-faults.js';
import { commandsNamed, type Blow } from './proxy.js';
import { flawless, Received, stored, valueAt } from './records.js';
import { useTrials } from './trials.js';

const on = onFaults();
const tries = useTrials();

const streams = 50;

interface Publishing {
  readonly scan: ScanWriter;
  readonly writers: readonly StreamWriter<'int32'>[];
}

/** A started scan, published through the proxy. */
async function publishing(): Promise<Publishing> {
  const scan = await on.proxied().createScan(identity);
  const writers = Array.from({ length: streams }, (_, i) => scan.createStream(`counter ${i}`, numeric('int32')));
  await scan.prepare();
  await scan.start();
  return { scan, writers };
}

/** Follows each stream over connections that are not touched. */
async function following({ scan, writers }: Publishing): Promise<readonly Received[]> {
  const loaded = await firstValueFrom(on.direct().loadScan(scan.key));
  return Promise.all(writers.map(async ({ name }) => Received.points((await firstValueFrom(loaded.stream(name, 'int32'))).points$)));
}

/** One point of each stream, in one tick. */
const sendRound = ({ writers }: Publishing): void => writers.forEach((writer) => writer.send(valueAt(writer.length)));
const flushed = ({ writers }: Publishing): Promise<unknown> => Promise.all(writers.map((writer) => writer.flush()));

async function nothingIsWrong({ scan, writers }: Publishing, received: readonly Received[], points: number): Promise<void> {
  await scan.close();
  await Promise.all(received.map((one) => one.ended()));
  expect(writers.map(({ length }) => length)).toEqual(writers.map(() => points));
  expect(received.map((one) => one.verdict(points))).toEqual(received.map(() => flawless));
  expect(await Promise.all(writers.map(({ key }) => stored(on.client, key, points)))).toEqual(writers.map(() => flawless));
}

describe('the points of fifty streams', () => {
  it('that are cut on their way, or whose answer is lost, arrive once', async () => {
    const all = await publishing();
    const received = await following(all);
    sendRound(all);
    await flushed(all);
    // A joint request has some 3,800 bytes.
    const blows: readonly Blow[] = [
      ...Array.from({ length: 12 }, (_, i): Blow => ({ what: i % 2 === 0 ? 'reset' : 'end', after: 300 * i })),
      ...Array.from({ length: 4 }, (_, i): Blow => ({ what: 'reset in the answer', after: i })),
    ];
    await tries('cut joint request', blows.length, async (trial) => {
      const struck = on.proxy.strike(commandsNamed('EVALSHA'), blows[trial.number] ?? { what: 'reset', after: 0 });
      sendRound(all);
      await struck;
      trial.struck();
      // These wait for the ones before them.
      sendRound(all);
      await flushed(all);
      trial.recovered();
    });
    await nothingIsWrong(all, received, 1 + 2 * blows.length);
  });

  it('that are sent again and again while all connections break arrive once', async () => {
    const all = await publishing();
    const received = await following(all);
    await tries('reset under joint requests', 20, async (trial) => {
      sendRound(all);
      if (trial.number % 2 === 0) await all.writers[trial.number]?.flush();
      sendRound(all);
      on.proxy.resetAll();
      trial.struck();
      sendRound(all);
      await flushed(all);
      trial.recovered();
    });
    await nothingIsWrong(all, received, 60);
  });

  it('arrive through a proxy that breaks requests of that size, which become smaller', async () => {
    const all = await publishing();
    const received = await following(all);
    on.proxy.requestLimit = 2500;
    for (let i = 0; i < 20; i++) {
      sendRound(all);
      await flushed(all);
    }
    const { made } = on.proxy;
    const requests: unknown[] = [];
    const passing = on.proxy.passed$.subscribe((passed) => commandsNamed('EVALSHA')(passed) && requests.push(passed));
    for (let i = 0; i < 5; i++) {
      sendRound(all);
      await flushed(all);
    }
    passing.unsubscribe();
    expect(on.proxy.made).toBe(made);
    expect(requests.length).toBeLessThan(streams);
    // The scan's own document is larger.
    on.proxy.requestLimit = Infinity;
    await nothingIsWrong(all, received, 25);
  });

  it('go on after the server has crashed and come back with all it had acknowledged', async () => {
    const all = await publishing();
    sendRound(all);
    await flushed(all);
    await tries('crash under joint requests', 2, async (trial) => {
      sendRound(all);
      await on.server.crash();
      sendRound(all);
      await on.server.restart();
      trial.struck();
      await flushed(all);
      trial.recovered();
    });
    await nothingIsWrong(all, [], 5);
  });
});
