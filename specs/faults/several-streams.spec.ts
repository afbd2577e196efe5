/** Streams that are read together, while connections break: nothing is lost or duplicated, and rows stay aligned. */
import { describe, expect, it } from '@jest/globals';
import { defer, filter, firstValueFrom, map, share } from 'rxjs';
import { numeric, type PacedChunk, type Stream } from '../../lib/index.js';
import { readTogether, zipByIndex } from '../../lib/operators.js';
import { identity, untilAwaited } from '../scan/publishing.js';
import { flawless, Received, valuesFrom } from './records.js';
import { onFaults } from './on-faults.js';
import { bitByBit } from './publisher.js';
import { useTrials, type Trial } from './trials.js';

const on = onFaults();
const tries = useTrials();

/** How many points each stream has before the first read: several reads' worth. */
const backlog = 64 * 512;

/** A motor's values are these of the diode's, so that they cannot be taken for each other. */
const mirror = (value: number): number => ~value;

/** What the other stream has of the same index. */
const mirrored = ({ data, ...chunk }: PacedChunk<'int32'>): PacedChunk<'int32'> => ({ ...chunk, data: { ...data, data: data.data.map(mirror) } });

interface Pair {
  readonly diode: Stream<'int32'>;
  readonly motor: Stream<'int32'>;
}

/** Two streams of one scan, as a reader behind the proxy has them. */
async function pair() {
  const scan = await on.direct().createScan(identity);
  const [diode, motor] = [scan.createStream('diode', numeric('int32'), {}, { coalesce: false }), scan.createStream('motor', numeric('int32'), {}, { coalesce: false })];
  await scan.prepare();
  await scan.start();
  const send = (diodes: number, motors: number): void => {
    if (diodes > 0) diode.sendBatch(valuesFrom(diode.length, diodes));
    if (motors > 0) motor.sendBatch(valuesFrom(motor.length, motors).map(mirror));
  };
  /** So many of each. */
  const publish = async (diodes: number, motors: number): Promise<void> => {
    send(diodes, motors);
    await Promise.all([diode.flush(), motor.flush()]);
  };
  for (let sent = 0; sent < backlog; sent += 512) send(512, 512);
  await publish(0, 0);
  const loaded = await firstValueFrom(on.proxied(bitByBit).loadScan(scan.key));
  const stream = (name: string): Promise<Stream<'int32'>> => firstValueFrom(loaded.stream(name, 'int32'));
  const streams: Pair = { diode: await stream('diode'), motor: await stream('motor') };
  return { scan, streams, publish, lengths: () => [diode.length, motor.length] as const };
}

/** Breaks the connections of a reader that waits for both streams before points come, afterwards, or both. */
async function around(trial: Trial, happen: () => Promise<unknown>): Promise<void> {
  await untilAwaited(on.client, 2);
  trial.struck();
  if (trial.number % 3 !== 1) on.proxy.resetAll();
  await happen();
  if (trial.number % 3 > 0) on.proxy.resetAll();
}

/** Of the diode and of the motor, round after round: either is ahead at times, and in the end there are as many of both. */
const rounds = [[1, 0], [0, 2], [2, 1], [3, 3]] as const;

describe('readTogether across lost connections', () => {
  it.each([
    ['as they come', (streams: Pair) => readTogether({ ...streams })],
    [
      'with work that takes time',
      (streams: Pair) => readTogether({ ...streams }, (arrival) => defer(() => on.client.ping()).pipe(map(() => arrival)), { concurrency: 2 }),
    ],
  ])('gives every point of each stream once, %s', async (how, read) => {
    await tries(`reset under streams read together ${how}`, 6, async (trial) => {
      const { scan, streams, publish, lengths } = await pair();
      const arrivals$ = read(streams).pipe(share());
      const chunksOf = (name: string) => arrivals$.pipe(filter((arrival) => arrival.name === name), map(({ chunk }) => chunk));
      const diode = Received.chunks(chunksOf('diode'));
      const motor = Received.chunks(chunksOf('motor').pipe(map(mirrored)));
      await diode.has(1);
      on.proxy.resetAll();
      for (const [diodes, motors] of rounds) {
        await Promise.all([diode.has(lengths()[0]), motor.has(lengths()[1])]);
        await around(trial, () => publish(diodes, motors));
      }
      await scan.close();
      await Promise.all([diode.ended(), motor.ended()]);
      trial.recovered();
      for (const received of [diode, motor]) expect(received.verdict(backlog + 6)).toEqual(flawless);
    });
  });
});

describe('zipByIndex across lost connections', () => {
  it.each([
    ['of streams', (streams: Pair) => zipByIndex({ ...streams })],
    ['of their points', ({ diode, motor }: Pair) => zipByIndex({ diode: diode.points$, motor: motor.points$ })],
  ])('gives every row once, %s', async (how, zip) => {
    await tries(`reset under rows ${how}`, 6, async (trial) => {
      const { scan, streams, publish, lengths } = await pair();
      // What does not belong together is as wrong as another value.
      const rows = Received.points(zip(streams).pipe(map(({ index, values }) => ({ index, value: values.motor === mirror(values.diode) ? values.diode : NaN }))));
      await rows.has(1);
      on.proxy.resetAll();
      for (const [diodes, motors] of rounds) {
        await rows.has(Math.min(...lengths()));
        await around(trial, () => publish(diodes, motors));
      }
      await scan.close();
      await rows.ended();
      trial.recovered();
      expect(rows.verdict(backlog + 6)).toEqual(flawless);
    });
  });
});
