/** Streams that this package cannot read: they say why, and the rest of their scan works. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { numeric, type Scan, type Stream } from '../../lib/index.js';
import { onRedis } from '../store/on-redis.js';
import { failureOf } from '../store/outcomes.js';
import { edit, identity } from './publishing.js';

const on = onRedis();

const pk = '01J00000000000000000000000';

/** A scan with a good stream of one point, and a bad one as other clients might write it. */
async function scanWith(record: unknown): Promise<Scan> {
  const writer = await on.store.createScan(identity);
  const good = writer.createStream('good', numeric('float64'));
  await writer.prepare();
  good.send(0.5);
  await writer.close();
  await edit(on.client, writer.key, (document) => {
    document.data_streams = { bad: record, ...document.data_streams };
  });
  return firstValueFrom(on.another().loadScan(writer.key));
}

const numbers = (dtype_str: string, shape: unknown = []): unknown => ({ pk, encoding: { type: 'numeric', dtype_str, shape }, info: {} });

const bad: readonly [string, unknown, object][] = [
  ['an unknown encoding', { pk, encoding: { type: 'zstd' }, info: {} }, { _tag: 'UnknownEncoding', stream: 'bad', received: '{"type":"zstd"}' }],
  ['no encoding', { pk, info: {} }, { _tag: 'UnknownEncoding', stream: 'bad' }],
  ['null for its encoding', { pk, encoding: null, info: {} }, { _tag: 'UnknownEncoding', stream: 'bad', received: 'null' }],
  ['"" for its encoding', { pk, encoding: '', info: {} }, { _tag: 'UnknownEncoding', stream: 'bad', received: '""' }],
  ['no shape', { pk, encoding: { type: 'numeric', dtype_str: '<f8' }, info: {} }, { _tag: 'UnknownEncoding', stream: 'bad' }],
  ['a negative length in its shape', numbers('<f8', [-2]), { _tag: 'UnknownEncoding', stream: 'bad' }],
  ['a fraction in its shape', numbers('<f8', [1.5]), { _tag: 'UnknownEncoding', stream: 'bad' }],
  ['long double', numbers('<f16'), { _tag: 'UnsupportedDtype', stream: 'bad', dtype: '<f16' }],
  ['complex long double', numbers('<c32'), { _tag: 'UnsupportedDtype', stream: 'bad', dtype: '<c32' }],
  ['Python objects', numbers('|O'), { _tag: 'UnsupportedDtype', stream: 'bad', dtype: '|O' }],
  ['text', numbers('<U5'), { _tag: 'UnsupportedDtype', stream: 'bad', dtype: '<U5' }],
  ['no dtype at all', numbers(''), { _tag: 'UnsupportedDtype', stream: 'bad', dtype: '' }],
  ['a plugin that is not there', { pk, encoding: { type: 'json' }, info: { plugin: 'spectra' } }, { _tag: 'MissingPlugin', stream: 'bad', plugin: 'spectra' }],
  ['a plugin that is no name', { pk, encoding: { type: 'json' }, info: { plugin: 7 } }, { _tag: 'MissingPlugin', stream: 'bad', plugin: '7' }],
  ['no pk', { encoding: { type: 'json' }, info: {} }, { _tag: 'ScanValidation', problems: [expect.stringContaining('stream "bad": pk')] }],
  ['a number for its pk', { pk: 5, encoding: { type: 'json' }, info: {} }, { _tag: 'ScanValidation', problems: [expect.stringContaining('stream "bad": pk')] }],
  ['a list for its info', { pk, encoding: { type: 'json' }, info: [] }, { _tag: 'ScanValidation', problems: [expect.stringContaining('stream "bad": info')] }],
  ['a text for its record', 'diode', { _tag: 'ScanValidation', problems: [expect.stringContaining('stream "bad"')] }],
  ['null for its record', null, { _tag: 'ScanValidation', problems: [expect.stringContaining('stream "bad"')] }],
];

const reads: readonly [string, (stream: Stream) => unknown][] = [
  ['chunks$', (stream) => stream.chunks$],
  ['chunksFrom', (stream) => stream.chunksFrom(3)],
  ['points$', (stream) => stream.points$],
  ['points, skipping', (stream) => stream.points({ expired: 'skip' })],
  ['latest$', (stream) => stream.latest$],
  ['at', (stream) => stream.at(0)],
  ['slice', (stream) => stream.slice()],
  ['length', (stream) => stream.length()],
  ['for await', (stream) => stream[Symbol.asyncIterator]().next()],
];

describe.each(bad)('a stream that has %s', (_, record, expected) => {
  it('says so in its problem, naming scan and stream, and has no type', async () => {
    const scan = await scanWith(record);
    const stream = await firstValueFrom(scan.stream('bad'));
    expect(stream.problem).toMatchObject({ ...expected, key: scan.key, retriable: false });
    expect(stream.problem?.message).toContain('bad');
    expect(stream).toMatchObject({ name: 'bad', type: undefined, dtype: undefined, encoding: undefined, shape: [] });
  });

  it('errors with it whatever is read, and when it is requested by a type', async () => {
    const scan = await scanWith(record);
    const stream = await firstValueFrom(scan.stream('bad'));
    for (const [, read] of reads) expect(await failureOf(() => read(stream))).toBe(stream.problem);
    expect(await failureOf(scan.stream('bad', 'float64'))).toMatchObject(expected);
  });

  it('does not concern its neighbours', async () => {
    const scan = await scanWith(record);
    const good = await firstValueFrom(scan.stream('good', 'float64'));
    expect(await firstValueFrom(good.points$)).toEqual({ index: 0, value: 0.5 });
    expect([...(await firstValueFrom(scan.streams$)).keys()].sort()).toEqual(['bad', 'good']);
  });
});

it('a stream with null or nothing for its info is a plain one', async () => {
  for (const info of [null, undefined]) {
    const scan = await scanWith({ pk, encoding: { type: 'json' }, ...(info === undefined ? {} : { info }) });
    expect(await firstValueFrom(scan.stream('bad'))).toMatchObject({ problem: undefined, info: {}, type: 'json' });
  }
});

it('a stream with null for its plugin is a plain one', async () => {
  const scan = await scanWith({ pk, encoding: { type: 'json' }, info: { plugin: null } });
  expect(await firstValueFrom(scan.stream('bad'))).toMatchObject({ problem: undefined, type: 'json' });
});
