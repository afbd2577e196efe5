/** Stream kinds whose publisher says what nobody should: places of files, progress of detectors, headers of images. */
import { closeSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from '@jest/globals';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import { firstValueFrom, identity, of, take, throwError, VirtualTimeScheduler, type Observable } from 'rxjs';
import { AllowedPaths } from '../../../lib/files/allowed-paths.js';
import { hdf5Files } from '../../../lib/files.js';
import { decodeEdfHeader, endOfEdfHeader } from '../../../lib/files/edf/edf-format.js';
import { builtInKinds } from '../../../lib/kinds/built-in-kinds.js';
import { StreamOpener } from '../../../lib/stream/stream-opener.js';
import { decodeDataArray } from '../../../lib/kinds/lima/data-array.js';
import { filePath } from '../../../lib/kinds/lima/file-template.js';
import { lima } from '../../../lib/kinds/lima/lima.js';
import { decodeVideoImage } from '../../../lib/kinds/lima/video-image.js';
import { memoryDatabase } from '../../../lib/memory/memory-database.js';
import { MemoryServer } from '../../../lib/memory/memory-server.js';
import { blissdataError, isBlissdataError, isInvalidImage, type ErrorTag } from '../../../lib/model/errors.js';
import type { JsonObject } from '../../../lib/model/json.js';
import { ndArray } from '../../../lib/model/nd-array.js';
import { ScanState } from '../../../lib/model/scan-state.js';
import { coreOver } from '../../../lib/reading/core.js';
import type { ArrayFiles } from '../../../lib/ports/files.js';
import { ScriptedScan } from '../../support/scripted-scan.js';
import { anyJson, damaged, failureOf, fuzz, isOneOf, jsonText, utf8 } from './fuzzing.js';

const template = fc.oneof(
  fc.tuple(fc.string({ maxLength: 5 }), fc.constantFrom('%d', '%04d', '%1000000000d', '%.999999999d', '%0500000000i', `%${'9'.repeat(400)}d`, '%s', '%n', '%-300d', '%+ #0255d', '%%', '%', '%ld'), fc.string({ maxLength: 5 }), fc.constantFrom('', '%d', '%s%s%n', '%%', '../../..')).map((parts) => parts.join('')),
  fc.string({ unit: fc.constantFrom('%', 'd', 's', '.', '0', '9', '-', '/', '$&', '$1') }),
);
const frameNumber = fc.oneof(fc.integer(), fc.constantFrom(0, -1, NaN, Infinity, 2 ** 53, 1e300, 0.5));

describe('templates of file names', () => {
  fuzz('fileTemplates', {
    inputs: fc.tuple(template, frameNumber),
    size: ([text]) => text.length,
    check: ([text, number]) => O.match(() => true, (path: string) => path.length <= text.length + 300 && Number.isSafeInteger(number))(filePath(text, number)),
  });
});

/** Has three images of two pixels, or less, or others. */
const someFiles: ArrayFiles = {
  length: () => of(3),
  read: (place, start, stop) => {
    if (place.file.includes('1')) return throwError(() => blissdataError('FileNotReadable', { path: place.file, reason: 'there is no such file' }));
    const count = Math.max(0, Math.min(stop, 3) - start);
    return of(place.file.includes('2') ? ndArray('float32', [count, 2], new Float32Array(count * 2)) : ndArray('uint16', [count, 2], new Uint16Array(count * 2)));
  },
};

const hostileNumber = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1, 2, 5) }, { weight: 1, arbitrary: fc.constantFrom<unknown>(-1, 0.5, NaN, Infinity, 1e300, Number.MAX_SAFE_INTEGER, 2 ** 32, '3', null, 2n ** 64n) });
const limaInfo = fc.record({
  protocol_version: fc.constant(1),
  server_url: fc.constantFrom('id00/lima', '__proto__', ''),
  buffer_max_number: hostileNumber,
  frame_per_acquisition: hostileNumber,
  acquisition_offset: hostileNumber,
  file_path: fc.oneof(template, fc.constantFrom('/data/a_%d.h5', '/data/../../etc/%04d')),
  data_path: fc.constantFrom<unknown>('/entry/data', '', null, 3),
  file_format: fc.constantFrom('hdf5bs', 'edf', 'edfgz', 'raw'),
  file_offset: hostileNumber,
  frame_per_file: hostileNumber,
});
const status = fc.oneof(
  { weight: 6, arbitrary: fc.record({ last_index: hostileNumber, last_index_saved: hostileNumber }, { requiredKeys: [] }) },
  { weight: 1, arbitrary: anyJson },
);
const readingErrors: readonly ErrorTag[] = ['InvalidEntry', 'InvalidArgument', 'ScanValidation', 'IndexNotYetThere', 'IndexWontBeThere', 'IndexNoMoreThere', 'IndexOutOfRange', 'NotInFile', 'PointsMismatch', 'FileNotReadable'];

describe('Lima streams', () => {
  fuzz('limaStreams', {
    inputs: fc.record({ info: limaInfo, statuses: fc.array(status, { maxLength: 3 }), sealed: fc.boolean() }),
    size: () => 1000,
    check: ({ info, statuses, sealed }) => {
      const scheduler = new VirtualTimeScheduler();
      const server = new MemoryServer({ scheduler });
      const core = coreOver(memoryDatabase({ server }), { untilClosed: identity, endOfTick: scheduler, scheduler });
      const scan = new ScriptedScan(server);
      const key = scan.declare('images');
      scan.step(ScanState.CREATED);
      statuses.forEach((each, index) => server.putEntry(key, { index, len: 1, payload: utf8(jsonText(each)) }));
      if (sealed) memoryDatabase({ server }).seal({ key, scan: scan.key, length: statuses.length }).subscribe();
      const declared = { plugin: 'lima', dtype: 'uint16', shape: [2], lima_info: info } as JsonObject;
      const stream = new StreamOpener({ files: someFiles }, builtInKinds).open(core, { key, name: 'images', scan: scan.key, stateKey: scan.stateKey }, { scan: { key: scan.key, info: {}, identity: {} }, info: declared, encoding: { type: 'json' } });
      if (stream.problem !== undefined) return isOneOf(stream.problem, 'ScanValidation');
      const reads: readonly Observable<unknown>[] = [
        stream.length(),
        stream.at(0),
        stream.at(-1),
        stream.slice({ stop: 5 }),
        stream.slice({ start: 1, step: 2 }),
        stream.chunks$.pipe(take(5)),
        stream.as(lima)?.references() ?? of(),
        stream.as(lima)?.status$.pipe(take(2)) ?? of(),
      ];
      const failures: unknown[] = [];
      const reading = reads.map((read$) => read$.subscribe({ error: (error: unknown) => failures.push(error) }));
      scheduler.flush();
      for (const subscription of reading) subscription.unsubscribe();
      const unexpected = failures.find((error) => !isBlissdataError(error) || !readingErrors.includes(error._tag));
      if (unexpected !== undefined) throw unexpected;
      return true;
    },
  });
});

describe('places of files', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'blissdata-rx-fuzz-')));
  const root = join(folder, 'root');
  mkdirSync(join(root, 'sub'), { recursive: true });
  writeFileSync(join(folder, 'secret.h5'), 'secret');
  writeFileSync(join(root, 'text.h5'), 'no HDF5 file');
  writeFileSync(join(root, 'cut.h5'), Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 1, 2));
  symlinkSync('../secret.h5', join(root, 'leak.h5'));
  symlinkSync('loop.h5', join(root, 'loop.h5'));
  symlinkSync('/', join(root, 'sub', 'top'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const part = fc.constantFrom('..', '.', '', 'root', 'sub', 'top', 'text.h5', 'cut.h5', 'leak.h5', 'loop.h5', 'secret.h5', 'etc', 'passwd', '\0', '%s', '~', '\\', 'a'.repeat(300), '\ud800', 'é');
  const path = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.constantFrom('', '/', root, folder, `${root}/../root`), fc.array(part, { maxLength: 6 })).map(([start, parts]) => [start, ...parts].join('/')) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.constantFrom('a/'.repeat(100_000), '../'.repeat(2000), '/x'.repeat(2049), 'y'.repeat(5000)) },
  );
  const allowed = new AllowedPaths([root]);
  const files = hdf5Files({ root });
  const number = fc.oneof(fc.nat(5), fc.constantFrom(-1, NaN, Infinity, 0.5, 2 ** 53, Number.MAX_SAFE_INTEGER));
  fuzz('fileReferences', {
    inputs: fc.record({ file: path, dataset: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('/', '', '..', 'x/'.repeat(5000))), format: fc.constantFrom('hdf5' as const, 'edf' as const), start: number, stop: number }),
    size: ({ file }) => file.length + (1 << 22), // the HDF5 library's own memory
    check: async ({ start, stop, ...place }) => {
      const failure = failureOf(() => {
        const { realPath, descriptor } = allowed.open(place.file);
        closeSync(descriptor);
        if (!realPath.startsWith(`${root}/`)) throw new Error(`${place.file} led to ${realPath}`);
      });
      if (!isOneOf(failure, 'PathNotAllowed', 'FileNotReadable', 'UnsupportedFile')) return false;
      const outcome: unknown = await firstValueFrom(files.read(place, start, stop)).catch(identity);
      return isBlissdataError(outcome) && isOneOf(outcome, 'PathNotAllowed', 'FileNotReadable', 'UnsupportedFile', 'InvalidArgument');
    },
  });
});

describe('headers of EDF images', () => {
  const name = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('DataType', 'ByteOrder', 'Dim_1', 'Dim_2', 'dim_8', 'Dim_99999999999', 'Size', 'EDF_BinarySize', 'Compression', '__proto__') }, { weight: 1, arbitrary: fc.string() });
  const value = fc.oneof(fc.constantFrom('UnsignedShort', 'FloatValue', 'LowByteFirst', 'HighByteFirst', 'None', '-1', '1e9', '9007199254740991', '9'.repeat(400), '3.000'), fc.nat(9).map(String), fc.string());
  const header = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((fields) => utf8(`{\n${fields.map(([key, text]) => `${key} = ${text} ;`).join('\n')}\n}\n`));
  fuzz('edfHeaders', {
    inputs: fc.oneof(header, damaged(header)),
    size: (bytes) => bytes.length,
    check: (bytes) => {
      const end = endOfEdfHeader(bytes);
      const decoded = decodeEdfHeader(bytes);
      if (E.isLeft(end) && !isInvalidImage(end.left)) return false;
      if (E.isLeft(decoded)) return isInvalidImage(decoded.left);
      return Number.isSafeInteger(decoded.right.dataBytes) && decoded.right.storedBytes >= decoded.right.dataBytes;
    },
  });
});

describe('live images', () => {
  /** A right one, before it is damaged. */
  const dataArray = (version: number): Uint8Array => {
    const view = new DataView(new ArrayBuffer(80 + 12));
    [[0, 0x5944, 2], [2, 0x4454, 2], [4, version, 2], [6, 80, 2], [12, 1, 4], [18, 2, 2], [20, 3, 2], [22, 2, 2]].forEach(([at = 0, value = 0, size]) => (size === 2 ? view.setUint16(at, value, true) : view.setUint32(at, value, true)));
    view.setUint32(0, 0x44544159, true);
    return new Uint8Array(view.buffer);
  };
  const video = (): Uint8Array => {
    const view = new DataView(new ArrayBuffer(32 + 12));
    view.setUint32(0, 0x5644454f);
    [[4, 1], [6, 1], [18, 3], [22, 2], [26, 32]].forEach(([at = 0, value = 0]) => view.setUint16(at, value));
    return new Uint8Array(view.buffer);
  };
  const right = fc.oneof(fc.integer({ min: 0, max: 5 }).map(dataArray), fc.constant(0).map(video));
  fuzz('liveImages', {
    inputs: fc.oneof({ weight: 1, arbitrary: right }, { weight: 4, arbitrary: damaged(right) }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 120 }) }),
    size: (bytes) => bytes.length,
    check: (bytes) => {
      const decoded = [decodeDataArray(bytes), decodeVideoImage(bytes)] as const;
      return decoded.every((each) => each._tag === 'Right' || isInvalidImage(each.left));
    },
  });
});
