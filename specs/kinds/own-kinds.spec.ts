/** Stream kinds written by users, and streams whose kind is unknown or fails. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, of, toArray } from 'rxjs';
import { json, ndArray, numeric, type Json, type JsonObject } from '../../lib/index.js';
import { countedPoints, mapPoints, scanSequence, type StreamKind } from '../../lib/kinds.js';
import { failureOf } from '../store/outcomes.js';
import { upTo } from '../stream/samples.js';
import { opening } from './opening.js';

const on = opening();

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const heightOf = (document: Json): number => (isObject(document) && typeof document['height'] === 'number' ? document['height'] : NaN);

/** Documents, of which only one number is read. */
const heights: StreamKind<{ readonly unit: string }> = {
  name: 'heights',
  recognises: ({ info }) => info['format'] === 'heights',
  open: (declared) => ({
    type: numeric('float64'),
    points: mapPoints<'json', 'float64'>(declared.entries('json'), (documents) => ndArray('float64', [documents.length], Float64Array.from(documents, heightOf))),
    access: { unit: declared.info['unit'] === 'mm' ? 'mm' : 'none' },
  }),
};

/** Squares, which the entries count. */
const squares: StreamKind = {
  name: 'squares',
  open: (declared) => {
    const type = numeric('int32');
    const points = countedPoints(declared, {
      entries: 'uint32',
      type,
      count: (newest) => newest,
      read: (first, stop) => of(ndArray('int32', [stop - first], Int32Array.from(upTo(stop).slice(first), (i) => i * i))),
    });
    return { type, points, access: undefined };
  },
};

describe('a user’s kind', () => {
  it.each([{ plugin: 'heights' }, { format: 'heights' }])('opens streams with %j', async (how) => {
    const { scan, writer } = await on.publish(json(), { ...how, unit: 'mm' });
    const stream = await on.read(scan.key, { kinds: [squares, heights] }, 'images', 'float64');
    expect(stream).toMatchObject({ kind: 'heights', type: 'float64', shape: [] });
    expect(stream.as(heights)).toEqual({ unit: 'mm' });
    expect(stream.as(scanSequence)).toBeUndefined();
    for (const height of [1.5, 2.5, 3.5]) writer.send({ height });
    await writer.seal();
    expect(await lastValueFrom(stream.points$.pipe(map(({ value }) => value), toArray()))).toEqual([1.5, 2.5, 3.5]);
    expect(await firstValueFrom(stream.at(1))).toBe(2.5);
    expect(await firstValueFrom(stream.at(-1))).toBe(3.5);
    expect(await failureOf(stream.at(3))).toMatchObject({ _tag: 'IndexWontBeThere' });
    expect(await firstValueFrom(stream.slice({ step: 2 }))).toEqual(ndArray('float64', [2], Float64Array.of(1.5, 3.5)));
    expect(await firstValueFrom(stream.length())).toBe(3);
  });

  it('may count points that it reads from elsewhere', async () => {
    const { scan, writer } = await on.publish(numeric('uint32'), { plugin: 'squares' });
    const stream = await on.read(scan.key, { kinds: [squares] }, 'images', 'int32');
    for (const count of [3, 7]) writer.send(count);
    await writer.seal();
    expect(await lastValueFrom(stream.points$.pipe(map(({ value }) => value), toArray()))).toEqual([0, 1, 4, 9, 16, 25, 36]);
    expect(await firstValueFrom(stream.slice({ start: -5, step: 2 }))).toEqual(ndArray('int32', [3], Int32Array.of(4, 16, 36)));
    expect(await firstValueFrom(stream.chunksFrom(5))).toMatchObject({ index: 5, data: { data: Int32Array.of(25, 36) } });
  });

  it('replaces a built-in one of the same name', async () => {
    const { scan } = await on.publish(json(), { plugin: 'lima' });
    const own: StreamKind = { name: 'lima', open: (declared) => ({ type: json(), points: declared.entries('json'), access: undefined }) };
    expect(await on.read(scan.key, { kinds: [own] })).toMatchObject({ kind: 'lima', type: 'json', problem: undefined });
    expect((await on.read(scan.key)).problem).toMatchObject({ _tag: 'ScanValidation' });
  });

  it.each<[string, Partial<StreamKind>, object]>([
    ['fails to open', { open: () => { throw new TypeError('no such field'); } }, { _tag: 'BrokenPlugin', plugin: 'own', reason: 'no such field', cause: expect.any(TypeError) }],
    ['fails to tell', { recognises: () => { throw new TypeError('no such field'); } }, { _tag: 'BrokenPlugin', plugin: 'own', reason: 'no such field' }],
    ['expects other entries', { open: (declared) => ({ type: json(), points: declared.entries('int8'), access: 0 }) }, { _tag: 'DtypeMismatch', expected: 'int8', received: 'json' }],
  ])('that %s is a problem of that stream alone', async (_, parts, problem) => {
    const own: StreamKind = { name: 'own', open: () => { throw new Error('not this one'); }, ...parts };
    const { scan } = await on.publish(json(), parts.recognises === undefined ? { plugin: 'own' } : {});
    const stream = await on.read(scan.key, { kinds: [own] });
    expect(stream.problem).toMatchObject(problem);
    expect(await failureOf(stream.points$)).toBe(stream.problem);
    expect(stream.as(own)).toBeUndefined();
  });
});

describe('a stream of unknown kind', () => {
  it('says which plugin is missing', async () => {
    const { scan } = await on.publish(json(), { plugin: 'lima3' });
    const stream = await on.read(scan.key);
    expect(stream).toMatchObject({ kind: 'lima3', problem: { _tag: 'MissingPlugin', plugin: 'lima3' } });
    expect(await failureOf(stream.length())).toBe(stream.problem);
  });

  it('is plain without a plugin, and not a sequence of scans', async () => {
    const { scan } = await on.publish(json(), { plugin: null, format: 'subscan' });
    const stream = await on.read(scan.key);
    expect(stream).toMatchObject({ kind: 'plain', type: 'json', problem: undefined });
    expect(await failureOf(on.store.subScans(stream).scans$)).toMatchObject({ _tag: 'DtypeMismatch', expected: 'scan_sequence', received: 'plain of json' });
  });

  it('is not a sequence of scans if its points do not name scans', async () => {
    const { scan, writer } = await on.publish(json(), { plugin: 'scan_sequence' });
    writer.send({ scan: 1 });
    await writer.flush();
    expect(await failureOf(on.store.subScans(await on.read(scan.key)).at(0))).toMatchObject({ _tag: 'InvalidEntry', index: 0, received: '{"scan":1}' });
  });
});
