/** Points in real files that a gateway opens: a client says which stream and range, and gets what it would read itself. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { hdf5Files } from '../../lib/files.js';
import { numeric, type NdArray, type ScanInfo, type StreamType, type Encoder } from '../../lib/index.js';
import type { ArrayFiles, ArrayPlace } from '../../lib/kinds.js';
import type { Database } from '../../lib/ports/database.js';
import type { PlaceOrigin } from '../../lib/ports/files.js';
import { redisDatabase } from '../../lib/redis/redis-database.js';
import { expectSame, onFiles, part } from '../files/on-files.js';
import { failureOf } from '../store/outcomes.js';
import { servedFiles } from '../support/served-files.js';
import { documents, opening } from './opening.js';

const on = opening();
const written = onFiles();

let database: Database;
let files: ArrayFiles;
beforeEach(() => {
  database = redisDatabase(on.url);
  files = servedFiles(database, written.files);
});
afterEach(() => firstValueFrom(database.close(), { defaultValue: undefined }));

const dataset = (file: string, name: string): NdArray => {
  const [, array] = written.datasets(file).find(([each]) => each === name || each === `/${name}`) ?? [];
  if (array === undefined) throw new Error(`there is no ${name}`);
  return array;
};

/** A stream whose entries were all trimmed off but the last one. */
async function saved<T extends StreamType>(type: Encoder<T>, info: ScanInfo, send: (send: (point: unknown) => void) => void): Promise<{ readonly key: string; readonly stream: string }> {
  const { scan, writer } = await on.publish(type, info);
  const sendAny: (point: never) => void = writer.send.bind(writer);
  send((point) => sendAny(point as never));
  await writer.seal();
  return { key: scan.key, stream: writer.key };
}

const trimmed = async (stream: string): Promise<void> => void (await on.client.xtrim(stream, 'MAXLEN', 1));

describe('a stream that is saved', () => {
  const numbers = (): NdArray => dataset('layouts.h5', 'rank 1');
  const info = (file = 'layouts.h5', name = 'rank 1'): ScanInfo => ({ plugin: 'hdf5_fallback', file_path: file, data_path: name });
  const publish = (of: ScanInfo = info()): Promise<{ readonly key: string; readonly stream: string }> =>
    saved(numeric('int64'), of, (send) => {
      for (let i = 0; i < 50; i++) send(BigInt(i));
    });

  it('has the points that the gateway reads from its file', async () => {
    const { key, stream } = await publish();
    await trimmed(stream);
    const images = await on.read(key, { files });
    const chunks = await lastValueFrom(images.chunks$.pipe(toArray()));
    expect(chunks[0]).toMatchObject({ index: 0, expired: 0, data: { dtype: 'int64', shape: [50] } });
    expect(await firstValueFrom(images.at(17))).toBe(numbers().data[17]);
    const slice = await firstValueFrom(images.slice({ start: 3, stop: 40, step: 6 }));
    expect(slice).toMatchObject({ dtype: 'int64', shape: [7] });
  });

  it('says what a client would hear itself where there is no such file, dataset or permission', async () => {
    const failures: unknown[] = [];
    mkdirSync(join(written.folder, 'private'), { recursive: true });
    symlinkSync('/etc/hostname', join(written.folder, 'link.h5'));
    for (const saving of [info('missing.h5'), info('layouts.h5', 'missing/dataset'), info('/etc/hostname'), info('../../etc/hostname'), info('link.h5'), info('private')]) {
      const { key, stream } = await publish(saving);
      await trimmed(stream);
      failures.push(await failureOf((await on.read(key, { files })).at(0)));
    }
    expect(failures).toMatchObject([
      { _tag: 'FileNotReadable', path: 'missing.h5', reason: 'there is no such file', retriable: true },
      { _tag: 'FileNotReadable', path: 'layouts.h5' },
      { _tag: 'PathNotAllowed', path: '/etc/hostname' },
      { _tag: 'PathNotAllowed', path: '../../etc/hostname' },
      { _tag: 'PathNotAllowed', path: 'link.h5' },
      { _tag: 'UnsupportedFile', path: 'private', received: 'a folder' },
    ]);
    for (const failure of failures) expect(JSON.stringify([failure, String(failure)]).includes(written.folder)).toBe(false);
  });

  it('is read in pieces of 1 MiB, and not in larger ones than 8', async () => {
    const asked: number[] = [];
    const counting: ArrayFiles = { length: (place) => written.files.length(place), read: (place, start, stop) => {
      asked.push(stop - start);
      return written.files.read(place, start, stop);
    } };
    const { key } = await publish(info('layouts.h5', 'contiguous'));
    const origin: PlaceOrigin = { scan: key, stream: 'images' };
    const place = { format: 'hdf5', file: '', dataset: '', origin } as const satisfies ArrayPlace;
    const counted = servedFiles(database, counting);
    // Its dataset has images of 2,400 bytes, whatever the scan says.
    expectSame(await firstValueFrom(counted.read(place, 2, 5)), part(dataset('layouts.h5', 'contiguous'), 2, 5), 'three images');
    expect(asked).toEqual([1, 3]);
    expect(await failureOf(counted.read(place, 0, 3496))).toMatchObject({ _tag: 'InvalidArgument', argument: 'stop', expected: 'at most 3495 points of 2400 bytes at once' });
    expect((await firstValueFrom(counted.read(place, 0, 3495))).shape).toEqual([20, 30, 40]);
    expect(asked).toEqual([1, 3, 3495]);
    expect(await firstValueFrom(counted.length(place))).toBe(20);
    expect((await firstValueFrom(counted.read(place, 20, 30))).shape).toEqual([0, 30, 40]);
  });
});

describe('images of detectors', () => {
  const frame = { dtype: 'uint8', shape: [2, 4] };
  const header = `{\nHeaderID = EH:000001:000000:000000 ;\nByteOrder = LowByteFirst ;\nDataType = UnsignedByte ;\nDim_1 = 4 ;\nDim_2 = 2 ;\nSize = 8 ;\n${' '.repeat(380)}}\n`;
  const server = { protocol_version: 1, server_url: 'id00/limaccds/frelon', buffer_max_number: 0, frame_per_acquisition: 5, acquisition_offset: 0 };
  const edf = { ...server, file_path: 'frelon_%03d.edf', data_path: null, file_format: 'EDF', file_offset: 8, frame_per_file: 2 };
  /** Image i is eight times i; acquisitions of five, files of two. */
  const write = (): void => {
    for (const [n, images] of [[0, 1], [2, 3], [4], [5, 6], [7, 8], [9]].entries()) {
      writeFileSync(join(written.folder, `frelon_${String(8 + n).padStart(3, '0')}.edf`), images.map((i) => header + String.fromCharCode(i).repeat(8)).join(''));
    }
  };

  it('of Lima come from the right one of many files', async () => {
    write();
    const { key } = await saved(documents, { plugin: 'lima', ...frame, lima_info: edf }, (send) => send({ last_index: 9, last_index_saved: 9 }));
    const direct = await on.read(key, { files: written.files }, 'images', 'uint8[]');
    const served = await on.read(key, { files }, 'images', 'uint8[]');
    const all = await firstValueFrom(served.slice());
    expect(all).toEqual(await firstValueFrom(direct.slice()));
    expect(Array.from(all.data).filter((_, i) => i % 8 === 0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(Array.from((await firstValueFrom(served.at(7))).data)).toEqual(Array(8).fill(7));
  });

  it('of older publishers as well, which name no plugin', async () => {
    write();
    const { key } = await saved(documents, { format: 'lima_v1', ...frame, lima_info: edf }, (send) => send({ last_index: 9, last_index_saved: 9 }));
    const served = await on.read(key, { files }, 'images', 'uint8[]');
    expect(Array.from((await firstValueFrom(served.at(4))).data)).toEqual(Array(8).fill(4));
  });

  it('of Lima2 come from the master file', async () => {
    const images = dataset('layouts.h5', 'contiguous');
    const info = { plugin: 'lima2', protocol_version: 2, acq_uuid: 'a', source_name: 'frame', conductor_hostname: 'h', conductor_port: 1, dtype: 'uint16', shape: [30, 40], master_file: ['layouts.h5', 'contiguous'] };
    const { key } = await saved(numeric('uint32'), info, (send) => send(20));
    const served = await on.read(key, { files }, 'images', 'uint16[]');
    expectSame(await firstValueFrom(served.slice({ start: 5, stop: 9 })), part(images, 5, 9), 'images 5 to 8');
  });
});

describe('a client that was written to find more', () => {
  const place = (origin: PlaceOrigin): ArrayPlace => ({ format: 'hdf5', file: '/etc/passwd', dataset: 'x', origin });
  const failure = (origin: PlaceOrigin, through = files): Promise<unknown> => failureOf(through.read(place(origin), 0, 1));

  it('gets no files of streams that are not saved, of unknown ones, and of scans that it may not see', async () => {
    const { key } = await saved(numeric('float64'), {}, (send) => send(1));
    const { key: own } = await saved(numeric('int64'), { plugin: 'hdf5_fallback', file_path: 'layouts.h5', data_path: 'rank 1' }, (send) => send(1n));
    const { key: plain } = await saved(numeric('int64'), { plugin: null, file_path: 'layouts.h5', data_path: 'rank 1' }, (send) => send(1n));
    const { key: unknown } = await saved(numeric('int64'), { plugin: 'mosca', file_path: 'layouts.h5', data_path: 'rank 1' }, (send) => send(1n));
    expect(await failure({ scan: key, stream: 'images' })).toMatchObject({ _tag: 'UnsupportedFile' });
    expect(await failure({ scan: plain, stream: 'images' })).toMatchObject({ _tag: 'UnsupportedFile' });
    expect(await failure({ scan: unknown, stream: 'images' })).toMatchObject({ _tag: 'UnsupportedFile' });
    expect(await failure({ scan: own, stream: '../images' })).toMatchObject({ _tag: 'StreamNotFound' });
    expect(await failure({ scan: own, stream: '__proto__' })).toMatchObject({ _tag: 'StreamNotFound' });
    expect(await failure({ scan: 'esrf:scan:index', stream: 'images' })).toMatchObject({ _tag: 'ScanNotFound' });
    expect(await failure({ scan: 'esrf:scan:01J00000000000000000000000', stream: 'images' })).toMatchObject({ _tag: 'ScanNotFound' });
    const elsewhere = servedFiles(database, written.files, { read: [[{ _tag: 'text', field: 'session', kind: 'equals', text: 'another' }]] });
    expect(await failure({ scan: own, stream: 'images' }, elsewhere)).toMatchObject({ _tag: 'ScanNotFound', key: own });
    expect(await failureOf(elsewhere.length(place({ scan: own, stream: 'images' })))).toMatchObject({ _tag: 'ScanNotFound' });
    expect((await firstValueFrom(files.read(place({ scan: own, stream: 'images' }), 0, 1))).dtype).toBe('int64');
  });

  it('does not choose paths by numbers either', async () => {
    const info = { plugin: 'lima', dtype: 'uint8', shape: [2, 4], lima_info: { protocol_version: 1, server_url: 's', buffer_max_number: 0, frame_per_acquisition: 5, acquisition_offset: 0, file_path: 'frelon_%03d.edf', data_path: null, file_format: 'EDF', file_offset: 0, frame_per_file: 2 } };
    const { key } = await saved(documents, info, (send) => send({ last_index: 1, last_index_saved: 1 }));
    for (const number of [-1, 1.5, 1e300, '0', '../0', null]) expect(await failure({ scan: key, stream: 'images', part: number as number })).toMatchObject({ _tag: 'InvalidArgument' });
    expect(await failure({ scan: key, stream: 'images', part: Number.MAX_SAFE_INTEGER })).toMatchObject({ _tag: 'FileNotReadable', path: 'frelon_9007199254740991.edf' });
  });

  it('gets none at all from a gateway without files of its own folder', async () => {
    const { key } = await saved(numeric('int64'), { plugin: 'hdf5_fallback', file_path: 'layouts.h5', data_path: 'rank 1' }, (send) => send(1n));
    const elsewhere = servedFiles(database, hdf5Files({ root: '/nowhere' }));
    expect(await failure({ scan: key, stream: 'images' }, elsewhere)).toMatchObject({ _tag: 'FileNotReadable', path: 'layouts.h5' });
  });
});
