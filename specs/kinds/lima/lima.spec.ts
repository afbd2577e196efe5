/** Images of Lima detectors: from complete files, from the server while it has them, and the errors for all others. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, from, lastValueFrom, map, of, toArray, type Observable } from 'rxjs';
import { ndArray, type NdArray, type ScanInfo, type Stream, type StreamWriter } from '../../../lib/index.js';
import { lima, type ImageServer, type LiveImages } from '../../../lib/kinds.js';
import { failureOf, following } from '../../store/outcomes.js';
import { FilesInMemory } from '../../support/array-files.js';
import { documents, opening } from '../opening.js';

const on = opening();

/** An image of two pixels, the first of which is its index. */
const imagesOf = (...indices: readonly number[]): NdArray => ndArray('uint16', [indices.length, 2], Uint16Array.from(indices.flatMap((index) => [index, 7])));

const server = { protocol_version: 1, server_url: 'id00/limaccds/frelon', buffer_max_number: 4, frame_per_acquisition: 5, acquisition_offset: 3 };
const saving = { file_path: '/data/frelon_%02d.h5', data_path: '/entry/data', file_format: 'HDF5BS', file_offset: 10, frame_per_file: 2 };
const info = (parts: ScanInfo): ScanInfo => ({ plugin: 'lima', format: 'lima_v1', dtype: 'uint16', shape: [2], lima_info: { ...server, ...parts } });

/** A server's images, and which of them were requested. */
class Detector implements LiveImages {
  readonly asked: (readonly [ImageServer, number, number])[] = [];
  /** The index in the stream of the acquisition's first frame; null if the server has dropped them all. */
  base: number | null = 0;
  /** Called while an image is being read. */
  meanwhile: (() => Promise<unknown>) | undefined;

  read(device: ImageServer, first: number, stop: number): Observable<NdArray | null> {
    this.asked.push([device, first, stop]);
    const { base } = this;
    const images = base === null ? null : imagesOf(...Array.from({ length: stop - first }, (_, i) => base + first + i));
    return this.meanwhile === undefined ? of(images) : from(this.meanwhile()).pipe(map(() => images));
  }
}

let files: FilesInMemory;
let detector: Detector;
let writer: StreamWriter<'json'>;
let scanKey: string;

async function publish(parts: ScanInfo): Promise<void> {
  const published = await on.publish(documents, info(parts));
  writer = published.writer;
  scanKey = published.scan.key;
}

/** The server has frames up to `last`, files up to `saved`. */
async function advance(last: number, saved: number): Promise<void> {
  writer.send({ last_index: last, last_index_saved: saved });
  await writer.flush();
}

const open = (options = { files, images: detector }): Promise<Stream<'uint16[]'>> => on.read(scanKey, options, 'images', 'uint16[]');
const indices = (of$: Observable<{ readonly data: NdArray<'uint16'> }>): Observable<readonly number[]> => of$.pipe(map(({ data }) => Array.from(data.data).filter((_, i) => i % 2 === 0)));

beforeEach(() => {
  files = new FilesInMemory();
  detector = new Detector();
  // Two files for each acquisition of five frames, of two frames, two, and one.
  for (const [number, frames] of [[0, 1], [2, 3], [4], [5, 6], [7, 8], [9]].entries()) files.put(`/data/frelon_${10 + number}.h5`, '/entry/data', imagesOf(...frames));
});

describe('the images of a Lima detector', () => {
  it('are the points of the stream', async () => {
    await publish(saving);
    const stream = await open();
    expect(stream).toMatchObject({ kind: 'lima', type: 'uint16[]', dtype: 'uint16', shape: [2] });
    expect(await firstValueFrom(stream.length())).toBe(0);
    await advance(4, 4);
    expect(await firstValueFrom(stream.length())).toBe(5);
    expect(await failureOf(stream.at(5))).toMatchObject({ _tag: 'IndexNotYetThere', index: 5 });
    await writer.seal();
    expect(await failureOf(stream.at(5))).toMatchObject({ _tag: 'IndexWontBeThere', length: 5 });
    expect(await firstValueFrom(stream.at(-1))).toEqual(ndArray('uint16', [2], Uint16Array.of(4, 7)));
    expect(await failureOf(stream.at(-6))).toMatchObject({ _tag: 'IndexOutOfRange' });
  });

  it('come from files that are complete, in runs of one file', async () => {
    await publish(saving);
    await advance(9, 9);
    await writer.seal();
    const stream = await open();
    expect(await lastValueFrom(indices(stream.chunks$).pipe(toArray()))).toEqual([[0, 1], [2, 3], [4], [5, 6], [7, 8], [9]]);
    expect(await firstValueFrom(stream.slice({ start: 3, stop: 7 }))).toEqual(imagesOf(3, 4, 5, 6));
    expect(await firstValueFrom(stream.slice({ start: 1, step: 4 }))).toEqual(imagesOf(1, 5, 9));
    expect(await firstValueFrom(stream.slice({ start: 12 }))).toEqual(imagesOf());
    expect(await firstValueFrom(stream.latest$)).toMatchObject({ index: 9, value: { data: Uint16Array.of(9, 7) } });
    expect(detector.asked).toEqual([]);
  });

  it('come from the server until the file is complete, if the server is at that acquisition', async () => {
    await publish(saving);
    await on.client.set(server.server_url, '3');
    await advance(3, 3);
    const stream = await open();
    expect(await firstValueFrom(stream.slice({ stop: 4 }))).toEqual(imagesOf(0, 1, 2, 3));
    expect(files.reads).toEqual(['/data/frelon_10.h5:/entry/data 0-2']);
    expect(detector.asked).toEqual([[{ _tag: 'lima', url: server.server_url }, 2, 4]]);
  });

  it('are waited for if the server no longer has them', async () => {
    await publish(saving);
    await on.client.set(server.server_url, '4');
    await advance(4, 3);
    const stream = await open();
    const frame3$ = following(stream.at(3));
    const chunks$ = following(indices(stream.chunks$));
    expect(await firstValueFrom(chunks$)).toEqual([0, 1]);
    await advance(4, 4);
    expect((await firstValueFrom(frame3$)).data[0]).toBe(3);
    await writer.seal();
    expect(await lastValueFrom(chunks$.pipe(toArray()))).toEqual([[0, 1], [2, 3], [4]]);
    expect(detector.asked).toEqual([]);
  });

  it('are not taken from a server that has begun another acquisition meanwhile', async () => {
    await publish(saving);
    await on.client.set(server.server_url, '3');
    await advance(1, 1);
    const stream = await open();
    detector.meanwhile = (): Promise<unknown> => on.client.set(server.server_url, '4');
    using cursor = stream.cursor();
    expect(await cursor.read({ wait: false })).toEqual({ _tag: 'none' });
    await writer.seal();
    expect(await cursor.read()).toMatchObject({ index: 0, data: { data: Uint16Array.of(0, 7, 1, 7) } });
  });

  it('that are not saved are lost once the server has dropped them', async () => {
    await publish({});
    await on.client.set(server.server_url, '3');
    await advance(4, -1);
    const stream = await open();
    expect((await firstValueFrom(stream.at(1))).data[0]).toBe(1);
    expect(await failureOf(stream.at(0))).toMatchObject({ _tag: 'IndexNoMoreThere', index: 0, hint: 'not in a file: images are not saved; not live: id00/limaccds/frelon no longer has it' });
    expect(await failureOf(stream.chunks$)).toMatchObject({ _tag: 'IndexNoMoreThere', index: 0 });
    expect(await failureOf(stream.as(lima)?.references() ?? of())).toMatchObject({ _tag: 'IndexNoMoreThere', hint: 'images are not saved' });
    await on.client.del(server.server_url);
    expect(await failureOf(stream.at(4))).toMatchObject({ _tag: 'IndexNoMoreThere', index: 4 });
  });

  it('cannot be read by a store without files and images', async () => {
    await publish(saving);
    await advance(1, 1);
    const stream = await on.read(scanKey);
    expect(await failureOf(stream.at(0))).toMatchObject({ _tag: 'IndexNoMoreThere', hint: 'not in a file: the store has no `files`; not live: the store has no `images`' });
  });

  it('are NotInFile if a file that should be complete has fewer', async () => {
    await publish(saving);
    await advance(4, 4);
    files.put('/data/frelon_11.h5', '/entry/data', imagesOf(2));
    using cursor = (await open()).cursor({ from: 3 });
    expect(await failureOf(cursor.read({ wait: false }))).toMatchObject({ _tag: 'NotInFile', index: 3, file: '/data/frelon_11.h5', length: 1 });
    files.put('/data/frelon_11.h5', '/entry/data', imagesOf(2, 3));
    expect(await cursor.read({ wait: false })).toMatchObject({ index: 3, data: { data: Uint16Array.of(3, 7) } });
  });

  it('can be followed by the newest alone, or the last few', async () => {
    await publish({ ...saving, frame_per_acquisition: 0 });
    await on.client.set(server.server_url, '3');
    await advance(3, -1);
    const stream = await open();
    using newest = stream.cursor({ policy: 'newest' });
    using few = stream.cursor({ policy: { window: 2 } });
    expect(await newest.read()).toMatchObject({ index: 3, dropped: 3, expired: 0 });
    expect(await few.read()).toMatchObject({ index: 2, dropped: 2, data: { shape: [2, 2] } });
    expect(await newest.read({ wait: false })).toEqual({ _tag: 'none' });
    await advance(8, -1);
    expect(await newest.read()).toMatchObject({ index: 8, dropped: 4 });
    expect(await few.read()).toMatchObject({ index: 7, dropped: 3 });
    expect(newest.status).toMatchObject({ position: 9, points: 2, dropped: 7 });
    await writer.seal();
    expect(await newest.read()).toEqual({ _tag: 'end' });
    expect(await few.read()).toEqual({ _tag: 'end' });
  });

  it('have references, and their acquisition a status', async () => {
    await publish(saving);
    await advance(6, 2);
    const access = (await open()).as(lima);
    const references = await firstValueFrom(access?.references(4) ?? of([]));
    expect(references.map(({ file, index }) => [file, index])).toEqual([['/data/frelon_12.h5', 0], ['/data/frelon_13.h5', 0], ['/data/frelon_13.h5', 1]]);
    expect(references[0]).toMatchObject({ format: 'HDF5BS', dataset: '/entry/data' });
    const statuses$ = following(access?.status$ ?? of());
    expect(await firstValueFrom(statuses$)).toEqual({ lastIndex: 6, lastIndexSaved: 2 });
    await writer.seal();
    expect(await lastValueFrom(statuses$.pipe(toArray()))).toHaveLength(1);
  });

  it.each([NaN, Infinity, -Infinity, 0.5, 1e300, '3'])('are not counted by a status of %p', async (last_index) => {
    await publish(saving);
    writer.send({ last_index, last_index_saved: 0 });
    await writer.flush();
    const stream = await open();
    expect(await failureOf(stream.length())).toMatchObject({ _tag: 'InvalidEntry' });
    expect(await failureOf(stream.chunks$)).toMatchObject({ _tag: 'InvalidEntry' });
  });

  it('take no memory for an absurd count', async () => {
    await publish(saving);
    await advance(2 ** 40, 2 ** 40);
    await writer.seal();
    const stream = await open();
    expect(await failureOf(stream.as(lima)?.references() ?? of())).toMatchObject({ _tag: 'InvalidArgument', expected: 'at most 1000000 images at once' });
    expect(await firstValueFrom(stream.as(lima)?.references(2 ** 40, 2 ** 40 + 9) ?? of())).toHaveLength(1);
    files.put('/data/frelon_11.h5', '/entry/data', ndArray('uint8', [2, 2], new Uint8Array(4)));
    expect(await failureOf(stream.slice({ start: 1, step: 2 }))).toMatchObject({ _tag: 'PointsMismatch', index: 3 });
  });

  it('cannot be counted once the last status was trimmed off', async () => {
    await publish(saving);
    await advance(1, 1);
    await writer.seal();
    await on.client.xtrim(writer.key, 'MINID', '5-0');
    const stream = await open();
    expect(await failureOf(stream.length())).toMatchObject({ _tag: 'IndexNoMoreThere' });
    expect(await failureOf(stream.chunks$)).toMatchObject({ _tag: 'IndexNoMoreThere' });
  });

  it.each<[string, ScanInfo, string]>([
    ['without a dtype', { ...info(saving), dtype: undefined }, 'info.dtype'],
    ['of an unknown protocol', { ...info(saving), lima_info: { ...server, protocol_version: 2 } }, 'info.lima_info.protocol_version'],
    ['whose saving makes no sense', { ...info({ ...saving, frame_per_file: 'two' }) }, 'info.lima_info.frame_per_file'],
  ])('%s are a problem of that stream', async (_, bad, part) => {
    const { scan } = await on.publish(documents, bad);
    const stream = await on.read(scan.key);
    expect(stream.problem).toMatchObject({ _tag: 'ScanValidation', problems: [expect.stringContaining(part)] });
    expect(await failureOf(stream.length())).toBe(stream.problem);
  });
});
