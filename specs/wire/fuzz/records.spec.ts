/** What scans' documents say, ids and criteria, where they say something else than they should. */
import { describe } from '@jest/globals';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import { EMPTY, VirtualTimeScheduler } from 'rxjs';
import { builtInKinds } from '../../../lib/kinds/built-in-kinds.js';
import { StreamOpener } from '../../../lib/stream/stream-opener.js';
import { pointsPerPiece } from '../../../lib/kinds/piece-size.js';
import { memoryDatabase } from '../../../lib/memory/memory-database.js';
import { MemoryServer } from '../../../lib/memory/memory-server.js';
import { ESRFIdentity, type SearchCriteria } from '../../../lib/model/identity-model.js';
import { coreOver } from '../../../lib/reading/core.js';
import { decodeScan } from '../../../lib/scan/snapshot.js';
import { ScanStreams } from '../../../lib/scan/scan-streams.js';
import { decodeEncoding, encodingRecord } from '../../../lib/wire/encoding/encoding.js';
import { codecOf } from '../../../lib/wire/encoding/codec.js';
import { prefixOfScanKey } from '../../../lib/wire/keys.js';
import { meetsCriteria } from '../../../lib/wire/search-match.js';
import { decodeCriteria, searchQuery } from '../../../lib/wire/search-query.js';
import { compareIds, isStreamId, plainId, predecessor } from '../../../lib/wire/stream-id.js';
import { where } from '../encoding/blocks.js';
import { anyJson, damaged, failureOf, fuzz, isOneOf, jsonText, utf8 } from './fuzzing.js';

/** Mostly what it should be. */
const orAny = (right: unknown): fc.Arbitrary<unknown> => fc.oneof({ weight: 12, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: anyJson });

const dimension = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -1, max: 5 }) }, { weight: 1, arbitrary: fc.constantFrom<unknown>(2 ** 40, Number.MAX_SAFE_INTEGER, -2, 0.5, NaN, '1', null) });
const encodingText = fc.oneof(
  fc.record({ type: orAny('numeric'), dtype_str: fc.oneof(fc.constantFrom<unknown>('<f8', '>c16', '|b1', '=f8', '<f16', '|O', '<i4\n', '|i8', 'f8'), anyJson), shape: fc.oneof({ weight: 5, arbitrary: fc.array<unknown>(dimension, { maxLength: 40 }) }, { weight: 1, arbitrary: anyJson }) }),
  fc.record({ type: orAny('json') }),
  anyJson,
);

describe('encodings', () => {
  fuzz('encodings', {
    inputs: encodingText,
    size: () => 1000,
    check: (raw) => {
      const decoded = decodeEncoding(raw, where);
      if (E.isLeft(decoded)) return isOneOf(decoded.left, 'UnknownEncoding', 'UnsupportedDtype');
      const again = decodeEncoding(encodingRecord(decoded.right), where);
      codecOf(decoded.right).empty();
      return E.isRight(again) && again.right.type === decoded.right.type && Number.isSafeInteger(pointsPerPiece(decoded.right));
    },
  });
});

const plugin = fc.oneof({ weight: 5, arbitrary: fc.constantFrom<unknown>('hdf5_fallback', 'lima', 'lima2', 'scan_sequence', null, undefined) }, { weight: 1, arbitrary: anyJson });
const streamInfo = fc.oneof(
  fc.record({ plugin, format: orAny('lima_v1'), dtype: orAny('uint16'), shape: orAny([2, 3]), file_path: orAny('/data/scan.h5'), data_path: orAny('/1.1'), lima_info: anyJson, master_file: orAny(['a', 'b']), protocol_version: orAny(2) }, { requiredKeys: [] }),
  anyJson,
);
const stream = fc.record({ pk: orAny('01J0000000000000000000000A'), encoding: encodingText, info: streamInfo }, { requiredKeys: [] });
const identity = { pk: null, name: 'ascan', number: 1, data_policy: 'ESRF', session: null, proposal: null, collection: null, dataset: null, path: '/data/scan.h5' };
const document = fc.record({
  pk: orAny('01J0000000000000000000000B'),
  id: fc.oneof({ weight: 10, arbitrary: fc.record(Object.fromEntries(Object.entries(identity).map(([name, value]) => [name, orAny(value)]))) }, { weight: 1, arbitrary: anyJson }),
  info: fc.oneof({ weight: 4, arbitrary: fc.record({ save: orAny(true) }) }, { weight: 1, arbitrary: anyJson }),
  state_stream: fc.oneof({ weight: 10, arbitrary: fc.record({ pk: orAny('01J0000000000000000000000C') }) }, { weight: 1, arbitrary: anyJson }),
  data_streams: fc.oneof({ weight: 10, arbitrary: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '')), fc.oneof({ weight: 6, arbitrary: stream }, { weight: 1, arbitrary: anyJson }), { maxKeys: 4 }) }, { weight: 1, arbitrary: anyJson }),
});

describe('scans', () => {
  const scheduler = new VirtualTimeScheduler();
  const core = coreOver(memoryDatabase({ server: new MemoryServer({ scheduler }), latency: 0 }), { untilClosed: () => EMPTY, endOfTick: scheduler, scheduler });
  const text = document.map(jsonText);
  const json = fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: damaged(text.map(utf8)).map((bytes) => new TextDecoder().decode(bytes)) });
  const state = fc.oneof({ weight: 8, arbitrary: fc.constantFrom('0', '4') }, { weight: 1, arbitrary: fc.string() });
  fuzz('scanDocuments', {
    inputs: fc.tuple(json, state),
    size: ([written]) => written.length * 2,
    check: ([written, number]) => {
      const scan = { key: 'esrf:scan:01J0000000000000000000000B', json: written, state: { id: '1-0', fields: { state: number } } };
      const opened: boolean[] = [];
      const failure = failureOf(() => {
        const { document: decoded } = decodeScan(ESRFIdentity, scan.key, scan);
        for (const [name, { problem, type }] of new ScanStreams(core, 'esrf', scan.key, 'esrf:stream:s', new StreamOpener({}, builtInKinds)).update(decoded)) {
          const isTyped = problem === undefined ? type !== undefined : isOneOf(problem, 'ScanValidation', 'UnknownEncoding', 'UnsupportedDtype', 'MissingPlugin', 'DtypeMismatch');
          opened.push(isTyped && (decoded.streams.has(name) || problem !== undefined));
        }
      });
      return !opened.includes(false) && isOneOf(failure, 'ScanValidation');
    },
  });
});

describe('ids and keys', () => {
  const digits = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String), fc.constantFrom('', '0', '00', '007', '-1', '1e3', '99999999999999999999', '18446744073709551615', ' 1', '１'));
  const id = fc.oneof({ weight: 4, arbitrary: fc.tuple(digits, digits).map(([ms, seq]) => `${ms}-${seq}`) }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) });
  const key = fc.tuple(fc.string(), fc.constantFrom(':scan:', ':scan', ''), fc.oneof(fc.ulid(), fc.string())).map((parts) => parts.join(''));
  fuzz('streamIds', {
    inputs: fc.tuple(id, id, key),
    size: (texts) => texts.join('').length,
    check: ([a, b, scan]) => {
      const prefix = prefixOfScanKey(scan);
      const order = compareIds(a, b) + compareIds(b, a);
      if (!isStreamId(a)) return order === 0 && (O.isNone(prefix) || scan.startsWith(prefix.value));
      const plain = plainId(a);
      const before = predecessor(plain);
      return isStreamId(plain) && isStreamId(before) && compareIds(plain, a) <= 0 && (plain === '0-0' ? before === '0-0' : compareIds(before, plain) < 0);
    },
  });
});

describe('search criteria', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const unserialisable: unknown = { toJSON: () => { throw new TypeError('no JSON'); } };
  const bound = fc.oneof(fc.double(), fc.integer(), fc.constantFrom<unknown>(NaN, Infinity, -0, 1n, '3', null, undefined));
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom('', '*', '**'), fc.string({ unit: fc.constantFrom('a', '*', ' ', '\\', '|', '\0', '{', '}', '@', '"', '\ud800', 'é') }), fc.constantFrom('', '*', '\\*')).map((parts) => parts.join('')) },
    { weight: 3, arbitrary: fc.record({ min: bound, max: bound, more: bound }, { requiredKeys: [] }) },
    { weight: 3, arbitrary: bound },
    { weight: 2, arbitrary: anyJson },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(circular, unserialisable, Symbol('x'), () => 1, new Date(NaN), 'x'.repeat(5000), `*${'é'.repeat(3000)}*`) },
  );
  const inputs = fc.dictionary(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...Object.keys(ESRFIdentity.fields)) }, { weight: 1, arbitrary: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor')) }), value, { maxKeys: 3 });
  fuzz('searchCriteria', {
    inputs,
    size: () => 20_000,
    check: (criteria) => {
      const decoded = decodeCriteria(ESRFIdentity, criteria as SearchCriteria);
      if (E.isLeft(decoded)) return isOneOf(decoded.left, 'UnsupportedQuery');
      const { text, parameters } = searchQuery(decoded.right);
      meetsCriteria({ name: 'ascan', number: 1 }, decoded.right);
      // Nothing of what is looked for is in the text of the query.
      return /^(\*|(@id_\w+:(\[[-+\w.]+ [-+\w.]+\]|\{\*?\$v\d\*?\}) ?)+)$/.test(text) && parameters.length % 2 === 0;
    },
  });
});
