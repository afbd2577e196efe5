/** What is published here is read by Python: live, while it is being published, and afterwards, in every way its clients have. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { lastValueFrom } from 'rxjs';
import type { ScanWriter } from '../../lib/index.js';
import { useInterop, versions } from './interop.js';
import { renderDocument } from './rendering.js';
import { firstHalf, samples, secondHalf, type Sample } from './samples.js';

const Points = t.record(t.string, t.array(t.string));
const FirstHalf = t.type({ key: t.string, points: Points, sealed: t.array(t.string) });
const Read = t.record(
  t.string,
  t.type({
    encoding: t.string,
    info: t.string,
    sealed: t.boolean,
    live: t.array(t.string),
    byCursor: t.array(t.string),
    byIndex: t.array(t.string),
    fromTheEnd: t.array(t.string),
    bySlice: t.array(t.array(t.string)),
    beyond: t.string,
  }),
);
type ReadStream = t.TypeOf<typeof Read>[string];
const Found = t.type({ timetag: t.string, keys: t.array(t.string) });
const Last = t.type({ timetag: t.string, key: t.string });

const identity = {
  name: 'published here',
  number: 42,
  data_policy: 'ESRF',
  session: 'id00-1',
  proposal: 'blc001',
  collection: 'sample A',
  dataset: 'äöü',
  path: '/data/visitor/blc001.h5',
};

const slices: readonly (readonly (number | null)[])[] = [[0, null], [3, null], [2, 9], [4, 16, 3], [-5, null], [null, -2], [19, 100], [7, 7]];

/** Python's slice of a list. */
const sliced = (all: readonly string[], [start, stop, step]: readonly (number | null | undefined)[]): readonly string[] =>
  all.slice(start ?? 0, stop ?? undefined).filter((_, i) => i % (step ?? 1) === 0);

describe.each(versions)('what is published here, as Python blissdata %s reads it', (version) => {
  const interop = useInterop(version, 'Python');
  let scan: ScanWriter;
  let half: t.TypeOf<typeof FirstHalf>;
  let beyond: unknown;
  let read: t.TypeOf<typeof Read>;
  let sealed: readonly (readonly [string, number])[];

  beforeAll(async () => {
    const { store, python } = interop();
    const since = await lastValueFrom(store.lastTimetag());
    // Python waits for the scan before there is one, and has to have read the first half before the other is sent.
    const following = python.ask(FirstHalf, 'follow_first_half', { since, lengths: Object.fromEntries(samples.map((sample) => [sample.name, sample.half])) });
    scan = await store.createScan(identity, { title: 'a scan of everything' });
    const senders = samples.map((sample) => sample.declare(scan));
    await scan.prepare();
    await scan.start();
    const send = async (turns: readonly number[]): Promise<void> => {
      for (const turn of turns) {
        for (const sender of senders) sender.send(turn);
        await Promise.all(senders.map(({ writer }) => writer.flush()));
      }
    };
    await send(firstHalf);
    half = await following;
    beyond = await python.ask(t.unknown, 'read_index', { key: scan.key, name: 'float64 []', index: 11 });
    await send(secondHalf);
    const reading = python.ask(Read, 'follow_to_the_end', { slices });
    // Some end by themselves, the others with the scan.
    sealed = await Promise.all(senders.filter((_, i) => i % 5 === 0).map(async ({ writer }) => [writer.name, await writer.seal()] as const));
    await scan.stop();
    await scan.close();
    read = await reading;
  });

  const each = <A>(look: (stream: ReadStream) => A) => Object.fromEntries(Object.entries(read).map(([name, stream]) => [name, look(stream)]));
  const sent = <A>(look: (sample: Sample) => A) => Object.fromEntries(samples.map((sample) => [sample.name, look(sample)]));

  it('arrives while it is published, every value of every stream identical', () => {
    expect(half.key).toBe(scan.key);
    expect(half.points).toEqual(sent((sample) => sample.points.slice(0, sample.half)));
    expect(each((stream) => stream.live)).toEqual(sent((sample) => sample.points));
  });

  it('is open while it is published, and sealed at its end', () => {
    expect(half.sealed).toEqual([]);
    expect(beyond).toBe('IndexNotYetThereError');
    expect(each((stream) => stream.sealed)).toEqual(sent(() => true));
    expect(each((stream) => stream.beyond)).toEqual(sent(() => 'IndexWontBeThereError'));
    expect(sealed).toEqual(samples.filter((_, i) => i % 5 === 0).map(({ name, points }) => [name, points.length]));
  });

  it('is described as it was declared here', () => {
    expect(each((stream) => stream.encoding)).toEqual(sent((sample) => renderDocument(sample.encoding)));
    expect(each((stream) => stream.info)).toEqual(sent((sample) => renderDocument(sample.info)));
  });

  it('is read by cursors that come after its end', () => {
    expect(each((stream) => stream.byCursor)).toEqual(sent((sample) => sample.points));
  });

  it('is read by index, from the start and from the end', () => {
    expect(each((stream) => stream.byIndex)).toEqual(sent((sample) => sample.points));
    expect(each((stream) => stream.fromTheEnd)).toEqual(sent((sample) => sample.points.toReversed()));
  });

  it.each(slices.map((bounds, i) => [JSON.stringify(bounds), bounds, i] as const))('is read by the slice %s', (_, bounds, i) => {
    expect(each((stream) => stream.bySlice[i])).toEqual(sent((sample) => sliced(sample.points, bounds)));
  });

  it('is the last scan, and is found by what identifies it', async () => {
    const { store, python } = interop();
    const timetag = await lastValueFrom(store.lastTimetag());
    expect(await python.ask(Last, 'last_scan')).toEqual({ timetag, key: scan.key });
    for (const criteria of [identity, { name: 'publ*' }, { path: '*visitor*' }, { session: 'ID00-1', number: 42 }]) {
      expect(await python.ask(Found, 'search', { criteria })).toEqual({ timetag, keys: [scan.key] });
    }
    expect(await python.ask(Found, 'search', { criteria: { name: 'published', number: 42 } })).toEqual({ timetag, keys: [] });
  });
});
