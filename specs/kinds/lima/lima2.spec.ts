/** Images of Lima2 detectors: counted by the stream, read from the master file once it is sealed, before that from the conductor. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, of, toArray, type Observable } from 'rxjs';
import { ndArray, numeric, type NdArray, type ScanInfo, type Stream, type StreamWriter } from '../../../lib/index.js';
import { lima2, type LiveImages } from '../../../lib/kinds.js';
import { latestTogether, zipByIndex } from '../../../lib/operators.js';
import { failureOf, following } from '../../store/outcomes.js';
import { upTo } from '../../stream/samples.js';
import { FilesInMemory } from '../../support/array-files.js';
import { opening } from '../opening.js';

const on = opening();

const imagesOf = (...indices: readonly number[]): NdArray => ndArray('uint8', [indices.length, 2], Uint8Array.from(indices.flatMap((index) => [index, 7])));
const conductor = { protocol_version: 2, acq_uuid: '0a', source_name: 'frame', conductor_hostname: 'lid00', conductor_port: 58712 };
const info = (parts: ScanInfo): ScanInfo => ({ plugin: 'lima2', dtype: 'uint8', shape: [2], ...conductor, ...parts });
const saved = info({ master_file: ['/data/master.h5', '/entry/data'] });

let files: FilesInMemory;
let writer: StreamWriter<'uint32'>;
let stream: Stream<'uint8[]'>;

/** Has the images 0 to 9, except those that it has dropped. */
const images = { forgotten: 0, asked: [] as unknown[] };
const live: LiveImages = {
  read: (server, first, stop): Observable<NdArray | null> => {
    images.asked.push([server, first, stop]);
    return of(first < images.forgotten ? null : imagesOf(...upTo(stop).slice(first)));
  },
};

async function publish(declared: ScanInfo, options: object = { files, images: live }): Promise<void> {
  const published = await on.publish(numeric('uint32'), declared);
  writer = published.writer;
  stream = await on.read(published.scan.key, options, 'images', 'uint8[]');
}

async function advance(count: number): Promise<void> {
  writer.send(count);
  await writer.flush();
}

beforeEach(() => {
  files = new FilesInMemory();
  files.put('/data/master.h5', '/entry/data', imagesOf(...upTo(10)));
  Object.assign(images, { forgotten: 0, asked: [] });
});

const indices = (of$: Observable<{ readonly data: NdArray<'uint8'> }>): Observable<readonly number[]> => of$.pipe(map(({ data }) => Array.from(data.data).filter((_, i) => i % 2 === 0)));

describe('the images of a Lima2 detector', () => {
  it('come from the conductor, and from the master file once the stream is sealed', async () => {
    await publish(saved);
    expect(stream.kind).toBe('lima2');
    await advance(2);
    const chunks$ = following(indices(stream.chunks$));
    expect(await firstValueFrom(chunks$)).toEqual([0, 1]);
    expect(images.asked).toEqual([[{ _tag: 'lima2', conductorHostname: 'lid00', conductorPort: 58712, acquisition: '0a', source: 'frame' }, 0, 2]]);
    images.forgotten = 3;
    await advance(6);
    const frame2$ = following(stream.at(2));
    expect((await firstValueFrom(stream.at(4))).data[0]).toBe(4);
    await writer.seal();
    expect((await firstValueFrom(frame2$)).data[0]).toBe(2);
    expect((await lastValueFrom(chunks$.pipe(toArray()))).flat()).toEqual(upTo(6));
    expect(files.reads).toContain('/data/master.h5:/entry/data 2-6');
    expect(await firstValueFrom(stream.length())).toBe(6);
  });

  it('that are not saved are lost with the conductor', async () => {
    await publish(info({ master_file: null }));
    await advance(3);
    images.forgotten = 1;
    expect(await failureOf(stream.at(0))).toMatchObject({ _tag: 'IndexNoMoreThere', index: 0 });
    expect((await firstValueFrom(stream.at(1))).data[0]).toBe(1);
    expect(await failureOf(stream.as(lima2)?.references() ?? of())).toMatchObject({ _tag: 'IndexNoMoreThere' });
  });

  it('have references within the master file', async () => {
    await publish(saved);
    await advance(3);
    expect(stream.as(lima2)?.saved).toBe(true);
    expect(await firstValueFrom(stream.as(lima2)?.references(1, 9) ?? of([]))).toEqual([1, 2].map((index) => ({ format: 'hdf5', file: '/data/master.h5', dataset: '/entry/data', index })));
  });

  it('are PointsMismatch if they have another shape than was declared', async () => {
    await publish(saved);
    files.put('/data/master.h5', '/entry/data', ndArray('uint8', [2, 3], new Uint8Array(6)));
    await advance(2);
    await writer.seal();
    expect(await failureOf(stream.chunks$)).toMatchObject({ _tag: 'PointsMismatch', index: 0, expected: 'points of uint8, shape [2]', origin: '/data/master.h5' });
  });

  it('work with operators like all points', async () => {
    await publish(saved);
    const other = await on.publish(numeric('float64'), {});
    const diode = await on.read(other.scan.key, {}, 'images', 'float64');
    for (const value of [0.5, 1.5, 2.5]) other.writer.send(value);
    await other.writer.seal();
    await advance(4);
    await writer.seal();
    const rows$ = zipByIndex({ stream, diode }).pipe(map(({ index, values }) => [index, values.stream.data[0], values.diode]));
    expect(await lastValueFrom(rows$.pipe(toArray()))).toEqual([[0, 0, 0.5], [1, 1, 1.5], [2, 2, 2.5]]);
    expect(await lastValueFrom(latestTogether({ stream, diode }))).toMatchObject({ stream: { index: 3 }, diode: { index: 2 } });
  });

  it('are a problem if the entries are not counts', async () => {
    const { scan } = await on.publish(numeric('float64'), saved);
    expect((await on.read(scan.key)).problem).toMatchObject({ _tag: 'DtypeMismatch', expected: 'uint32', received: 'float64' });
  });
});
