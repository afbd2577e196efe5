/** Errors as plain data: what leaves a thread, or a machine, comes back as the error that it was. */
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import * as api from '../../lib/index.js';
import * as browser from '../../lib/browser.js';
import { errorFields } from '../../lib/wire/error-field-decoders.js';
import { anyBlissdataError, tags } from './any-error.js';

const { blissdataError, errorFromJson, errorToJson } = api;

const rewound = (): api.BlissdataError => blissdataError('StreamRewound', { key: 'esrf:scan:1', stream: 'diode', expected: 12, found: 3 });

/** What is compared of an error. */
const seen = (error: unknown): unknown => (error instanceof Error ? { ...Object.fromEntries(Object.entries(error)), name: error.name, message: error.message, stack: error.stack, cause: seen(error.cause) } : error);

const ways: readonly (readonly [string, (json: unknown) => unknown])[] = [
  ['structuredClone', (json) => structuredClone(json)],
  ['JSON', (json): unknown => JSON.parse(JSON.stringify(json))],
];

describe.each(ways)('by %s', (_, carried) => {
  it('an error comes back with its tag, its fields and its stack', () => {
    const error = rewound();
    const back = errorFromJson(carried(errorToJson(error)));
    expect(seen(back)).toEqual(seen(error));
    expect(api.isStreamRewound(back) && back.expected - back.found).toBe(9);
    expect(back).toBeInstanceOf(Error);
  });

  it('a chain of causes comes back, of any kind', () => {
    const socket = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', port: 6379, big: 2n ** 60n, lost: NaN, tried: ['a', -Infinity], secret: { of: 'an object' } });
    const error = blissdataError('Disconnected', { url: 'redis://host', reason: 'refused' }, new TypeError('outer', { cause: socket }));
    const back = errorFromJson(carried(errorToJson(error)));
    const { secret: _secret, ...kept } = Object.fromEntries(Object.entries(socket));
    expect(back).toMatchObject({ _tag: 'Disconnected', retriable: true, cause: { name: 'TypeError', message: 'outer', cause: { message: socket.message, ...kept } } });
    expect(JSON.stringify(errorToJson(error))).not.toContain('an object');
  });

  it('several errors in one, an error that is its own cause, and what is no error come through', () => {
    const circle = new Error('round');
    circle.cause = new AggregateError([rewound(), circle, 'text'], 'several');
    const back = errorFromJson(carried(errorToJson(circle)));
    expect(back).toMatchObject({ message: 'round', cause: { message: 'several', errors: [{ _tag: 'StreamRewound' }, 'Error: round', 'text'] } });
    expect(errorFromJson(carried(errorToJson(7n)))).toMatchObject({ cause: 7n });
    expect(errorFromJson(carried(errorToJson(undefined)))).toBeInstanceOf(Error);
  });

  it.each(tags)('%s comes back, with causes behind causes', (tag) => {
    fc.assert(
      fc.property(anyBlissdataError(tag), (error) => {
        const back = errorFromJson(carried(errorToJson(error)));
        expect(seen(back)).toEqual(seen(error));
        expect(api.isBlissdataError(back, tag)).toBe(true);
        expect(errorToJson(back)).toEqual(errorToJson(error));
      }),
      { numRuns: 20 },
    );
  });

  it('numbers that JSON does not have survive in fields', () => {
    const error = blissdataError('TooFarAhead', { source: 'x', limit: Infinity });
    expect(errorFromJson(carried(errorToJson(error)))).toMatchObject({ limit: Infinity, message: error.message });
  });
});

it('structuredClone alone loses what an error of this package carries: that is why there is the pair', () => {
  expect(api.isStreamRewound(structuredClone(rewound()))).toBe(false);
});

it('there is a decoder for the fields of every tag', () => {
  const guards = Object.keys(api).filter((name) => /^is[A-Z]/.test(name) && name !== 'isBlissdataError');
  expect(Object.keys(errorFields).sort()).toEqual(guards.map((name) => name.slice(2)).sort());
});

it('there is a guard for every tag, in both entries', () => {
  const guardsOf = (entry: object): readonly string[] => Object.keys(entry).filter((name) => /^is[A-Z]/.test(name)).sort();
  expect(guardsOf(browser)).toEqual(guardsOf(api));
  expect(guardsOf(api)).toEqual(['BlissdataError', ...tags].map((tag) => `is${tag}`).sort());
});

describe('what is no error is an InvalidArgument', () => {
  const good = errorToJson(rewound());
  it.each([
    ['nothing', undefined],
    ['a text', 'StreamRewound'],
    ['without a message', { name: 'Error' }],
    ['of an unknown tag', { ...good, _tag: 'toString' }],
    ['without its fields', { ...good, fields: {} }],
    ['with fields of other types', { ...good, fields: { ...good.fields, expected: '12' } }],
    ['with a state that there is not', { ...errorToJson(blissdataError('ScanNotClosed', { key: 'k', state: 0 })), fields: { key: 'k', state: 9 } }],
    ['with an invalid cause', { ...good, cause: { name: 1, message: 2 } }],
    ['with a wrong cause behind a good one', { ...good, cause: { name: 'Error', message: 'x', cause: { ...good, fields: {} } } }],
    ['with an invalid bigint', { name: 'E', message: 'x', fields: { n: { bigint: '1.5' } } }],
  ])('%s', (_, json) => {
    expect(() => errorFromJson(json)).toThrow(expect.objectContaining({ _tag: 'InvalidArgument', argument: 'json' }));
  });

  it('and nothing else is ever thrown, nor a prototype changed', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), fc.anything(), (cause, other) => {
        for (const json of [cause, { name: 'E', message: 'x', cause, fields: other }, { ...good, fields: other, cause }]) {
          try {
            expect(errorFromJson(json)).toBeInstanceOf(Error);
          } catch (error) {
            if (!api.isInvalidArgument(error)) throw error;
          }
        }
        expect(() => JSON.stringify(errorToJson(cause))).not.toThrow();
      }),
    );
    const deep = JSON.parse(`${'{"name":"E","message":"x","cause":'.repeat(5000)}1${'}'.repeat(5000)}`);
    expect(() => errorFromJson(deep)).toThrow(expect.objectContaining({ _tag: 'InvalidArgument' }));
    const hostile = errorFromJson(JSON.parse('{"name":"E","message":"x","fields":{"__proto__":"y","message":"z"}}'));
    expect(hostile).toBeInstanceOf(Error);
    expect(hostile.message).toBe('x');
  });
});

it('a worker hands an error over, and gets one', async () => {
  const code = "const { parentPort } = require('node:worker_threads'); parentPort.once('message', (got) => { parentPort.postMessage(got); });";
  const worker = new Worker(code, { eval: true });
  try {
    worker.postMessage({ failed: errorToJson(rewound()) });
    const [{ failed }] = await once(worker, 'message');
    expect(seen(errorFromJson(failed))).toMatchObject({ _tag: 'StreamRewound', expected: 12, found: 3, message: rewound().message });
  } finally {
    await worker.terminate();
  }
});
